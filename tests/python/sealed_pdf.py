"""Goal: what this build of jukung-district seals is intact, trusted and untouched for pyHanko, the stricter judge; what pyHanko
signs, also as other programs do it, is judged by us; a change or an addition is noticed by both.

sealed_pdf.py PROGRAM
"""

import http.server
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils import generic, writer
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

HERE = Path(__file__).resolve().parent


def blank(stream_xrefs):
    """A page of another program's making."""
    made = writer.PdfFileWriter(stream_xrefs=stream_xrefs)
    made.insert_page(writer.PageObject(
        contents=made.add_object(generic.StreamObject(stream_data=b"q Q")), media_box=(0, 0, 420, 595)))
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


def judged(pdf, roots):
    reader = PdfFileReader(io.BytesIO(pdf))
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    return validate_pdf_signature(reader.embedded_signatures[0], context, context)


def with_update(pdf):
    update = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page, _ = update.find_page_for_modification(0)
    page.get_object()["/Rotate"] = generic.NumberObject(180)
    update.update_container(page.get_object())
    out = io.BytesIO()
    update.write(out)
    return out.getvalue()


class Authority(http.server.BaseHTTPRequestHandler):
    """A time-stamping authority: `openssl ts` behind HTTP."""

    folder = None

    def do_POST(self):  # noqa: N802, the name that http.server calls
        (self.folder / "query").write_bytes(self.rfile.read(int(self.headers["content-length"])))
        answer = openssl(self.folder, "ts -reply -config tsa.cnf -queryfile query")
        self.send_response(200)
        self.send_header("content-type", "application/timestamp-reply")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def openssl(folder, arguments):
    return subprocess.run(["openssl", *arguments.split(" ")], cwd=folder, check=True, capture_output=True).stdout


class District:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def call(self, *arguments, url=""):
        environment = {**os.environ, "JUKUNG_TSA_URL": url}
        command = [self.program, *map(str, arguments), "--data", str(self.folder / "data")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def seal(self, pdf, url=""):
        (self.folder / "in.pdf").write_bytes(pdf)
        done = self.call("seal", self.folder / "in.pdf", self.folder / "out.pdf", url=url)
        assert done.returncode == 0, done.stdout + done.stderr
        return (self.folder / "out.pdf").read_bytes()

    def verdict(self, pdf):
        (self.folder / "seen.pdf").write_bytes(pdf)
        said = self.call("signatures", self.folder / "seen.pdf").stdout.splitlines()[0]
        return json.loads(said)["verdict"] if said.startswith("{") else "refused"


def certificates(path):
    return [x509.Certificate.load(der) for label, _, der in pem.unarmor(path.read_bytes(), multiple=True) if label == "CERTIFICATE"]


def ours(district, url, stamps):
    """Sealed by us, judged by pyHanko."""
    tried = 0
    for stream in (False, True):
        pdf = blank(stream)
        for stamped in (False, True):
            sealed = district.seal(pdf, url if stamped else "")
            roots = certificates(district.folder / "data" / "seal.pem") + stamps
            said = judged(sealed, roots)
            assert sealed.startswith(pdf), "what was there stays byte for byte"
            assert said.bottom_line and said.intact and said.valid and said.trusted, said.pretty_print_details()
            assert said.coverage == SignatureCoverageLevel.ENTIRE_FILE, said.coverage
            assert said.modification_level == ModificationLevel.NONE, said.modification_level
            assert said.docmdp_ok and (said.timestamp_validity is not None) == stamped, said.pretty_print_details()
            assert not stamped or said.timestamp_validity.trusted, said.pretty_print_details()
            appended = with_update(sealed)
            assert not judged(appended, roots).bottom_line, "an update behind the seal is caught"
            assert district.verdict(appended) == "appended"
            changed = bytearray(sealed)
            changed[sealed.index(b"q Q")] ^= 1
            assert not judged(bytes(changed), roots).intact and district.verdict(bytes(changed)) == "changed"
            tried += 1
    return tried


def theirs(district):
    """Signed by pyHanko as others sign, judged by us."""
    tried = 0
    (district.folder / "ca.cnf").write_text("[req]\ndistinguished_name=n\nprompt=no\n[n]\nCN=Kepala Dinas Contoh\nO=Dinas Contoh\n")
    for key in ("rsa:2048", "rsa:3072", "ec -pkeyopt ec_paramgen_curve:P-256", "ec -pkeyopt ec_paramgen_curve:P-384"):
        openssl(district.folder, f"req -x509 -newkey {key} -nodes -days 9000 -config ca.cnf -keyout their.key -out their.pem")
        for cades in (fields.SigSeedSubFilter.PADES, fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED):
            for pss in (False, True) if key.startswith("rsa") else (False,):
                signer = signers.SimpleSigner.load(
                    str(district.folder / "their.key"), str(district.folder / "their.pem"), prefer_pss=pss)
                meta = signers.PdfSignatureMetadata(field_name="Tanda", subfilter=cades, md_algorithm="sha256")
                out = io.BytesIO()
                signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(blank(True))), meta, signer, output=out)
                pdf = out.getvalue()
                # pyHanko salts PSS as long as the key allows, which is not checked here and said so; never "changed".
                expected = ("unknown", "unknown") if pss else ("intact", "appended")
                assert (district.verdict(pdf), district.verdict(with_update(pdf))) == expected, (key, cades, pss)
                tried += 1
    return tried


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tsa.cnf").write_bytes((HERE.parent / "tests" / "seal" / "tsa.cnf").read_bytes())
        (folder / "serial").write_text("01\n")
        openssl(folder, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9000 -config tsa.cnf -keyout tsa.key -out tsa.pem")
        Authority.folder = folder
        server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        district = District(program, folder)
        stamps = [load_cert_from_pemder(str(folder / "tsa.pem"))]
        count = ours(district, f"http://127.0.0.1:{server.server_port}/", stamps)
        print(f"pyHanko: {count} sealed by us are intact, trusted and untouched, with and without a time-stamp; {theirs(district)} of others judged by us")
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
