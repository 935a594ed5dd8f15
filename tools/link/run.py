#!/usr/bin/env python3
# The real programs over an emulated 2G line (emulator.py): how long 200 applications and 50 scans take, against the line's
# own time, and what a cut costs. As root, after cargo build --locked --workspace --bins:
#
#   tools/link/run.py [--seeds 3] [--loss 0,0.05,0.2] [--scans 50] [--scan-kb 100] [--cut PERIOD,LENGTH] [WORK...]
#
# WORK: texts (200 applications), change (one more), nothing, scans, cut (a scan over a line that goes dead for a minute).
# HTTP without TLS: a handshake costs one round trip and 2 KB more. Figures: docs/reliability.md.
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("BIN", ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug"))
PORT = os.environ.get("PORT", "18300")
RATE = 50_000
TRIES_MAX = 60
PASSPHRASE = "sungai tapin perahu jukung"
FIRST = "Agus Dewi Bambang Sri Yohanes Maria Made Ketut Wayan Putu Joko Endang Slamet Sumiati Tuti Dadang Asep".split()
SECOND = "Wibowo Susanti Setiawan Handayani Nugroho Siregar Tarigan Pratiwi Kusuma Suryani Purnomo Hutapea".split()
STREET = ["Dusun Contoh Krajan", "Lorong Contoh Melati", "Jl. Contoh Kebun Raya", "Perum Contoh Asri", "Dk. Contoh Wetan"]
WHY = ["Tertinggal di rumah, menyusul", "Hilang saat pindah", "Dibawa anak ke kota", "Rusak terendam air"]


def application(chance, scan):
    """A made-up person who needs a new card: long enough, and no two alike."""
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(1940, 2005)
    made = json.loads((ROOT / "tests/sample/01-ktp-damaged.json").read_text())
    f = made["fields"]
    rare = "".join(chance.choice(["wi", "ngo", "pur", "sim", "be", "gar", "ndo"]) for _ in range(3)).capitalize()
    f["applicant.name"] = f"{chance.choice(FIRST)} {chance.choice(SECOND)} {rare}"
    f["applicant.nik"] = f"630504{day:02}{month:02}{year % 100:02}99{chance.randint(1, 99):02}"
    f["applicant.kk"] = f"630504{chance.randint(1, 28):02}{chance.randint(1, 12):02}{chance.randint(5, 20):02}99{chance.randint(1, 99):02}"
    f["applicant.birthDate"] = f"{year}-{month:02}-{day:02}"
    f["applicant.address"] = f"{chance.choice(STREET)} Nomor {chance.randint(1, 90)}"
    f["applicant.rt"] = f"{chance.randint(1, 9):03}"
    f["helper.name"] = f"{chance.choice(FIRST)} {chance.choice(SECOND)}"
    f["helper.phone"] = f"+62812{chance.randint(0, 9_999_999):07}"
    if scan:
        made["attachments"] = [{"requirement": "ktp_damaged", "file": scan}]
    else:
        made.pop("attachments")
        made["missing"] = {"ktp_damaged": chance.choice(WHY)}
    return made


def paper(chance, size):
    """A page of one picture that no compression makes smaller."""
    width, height = 400, size // 400
    noise = chance.randbytes(width * height)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Resources<</XObject<</I 4 0 R>>>>>>",
               b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d>>stream\n%s\nendstream"
               % (width, height, len(noise), noise)]
    out, places = b"%PDF-1.4\n", []
    for n, obj in enumerate(objects):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n + 1, obj)
    table = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table


class Line:
    """The emulator, the district behind it, and one enrolled counter before it."""

    def __init__(self, seed, loss, cut="", dead=""):
        self.tag = f"jw{os.getpid() % 1000}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jukung-link-"))
        self.chance = random.Random(seed)
        words = [sys.executable, str(ROOT / "tools/link/emulator.py"), self.tag, "--rate", str(RATE), "--loss", str(loss), "--seed", str(seed)]
        words += (["--cut", cut] if cut else []) + (["--dead", dead] if dead else [])
        self.link = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.link.stdout.readline().strip() == "READY"
        district = self.folder / "district"
        self.server = subprocess.Popen(
            ["ip", "netns", "exec", f"b{self.tag}", str(BIN / "jukung-district"), "serve", "--data", str(district), "--listen", f"10.9.0.2:{PORT}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.server.stdout.readline()
        code = subprocess.run([BIN / "jukung-district", "enrol", "--data", district, "--office", "63.05.04.1004", "--approve-at-once"],
                              capture_output=True, text=True, check=True).stdout.split()[-1]
        self.office("enrol", "--server", f"http://10.9.0.2:{PORT}", "--code", code, "--name", "Rahmah")

    def office(self, *words, check=True):
        done = subprocess.run(["ip", "netns", "exec", f"a{self.tag}", str(BIN / "jukung-office"), "--data", str(self.folder / "office"), *words],
                              env={**os.environ, "JUKUNG_PASSPHRASE": PASSPHRASE, "RUST_LOG": "warn"}, capture_output=True, text=True, cwd=self.folder)
        if check and done.returncode:
            raise SystemExit(f"{words}: {done.stdout[-500:]} {done.stderr[-500:]}")
        return done.stdout + done.stderr

    def hand_in(self, count, scan_bytes=0):
        lines = []
        for n in range(count):
            name = f"scan{n}.pdf" if scan_bytes else ""
            if name:
                (self.folder / name).write_bytes(paper(self.chance, scan_bytes))
            lines.append(json.dumps(application(self.chance, name)))
        (self.folder / "all.jsonl").write_text("\n".join(lines))
        said = self.office("submit", "all.jsonl", check=False)
        taken = sum("-" in line for line in said.splitlines() if line.strip())
        return said, taken

    def count(self):
        self.link.send_signal(signal.SIGUSR1)

    def end(self):
        self.server.terminate()
        self.server.wait()
        self.link.terminate()
        told = json.loads(self.link.stdout.readline())
        self.link.wait()
        return told

    def received(self):
        return [p.stat().st_size for p in (self.folder / "district" / "scans").rglob("*") if p.is_file()]

    def waits(self):
        return self.office("status")

    def forget(self):
        shutil.rmtree(self.folder)


def one(work, seed, loss, args):
    line = Line(seed, loss, cut=args.cut if work != "cut" else "", dead="10,70" if work == "cut" else "")
    payload = 0
    try:
        if work == "texts":
            line.hand_in(200)
        elif work in ("change", "nothing"):
            line.hand_in(1)
            line.office("sync")
            if work == "change":
                line.hand_in(1)
        elif work in ("scans", "cut"):
            count = args.scans if work == "scans" else 1
            line.hand_in(count, args.scan_kb * 1024)
            payload = sum(p.stat().st_size for p in line.folder.glob("scan*.pdf"))
        line.count()
        tries = 1
        said = line.office("sync", check=False)
        # As the window does after a line died: again, until everything is there.
        expected = {"cut": 1, "scans": args.scans}.get(work, 0)
        while len(line.received()) < expected and tries < TRIES_MAX:
            tries += 1
            said += line.office("sync", check=False)
        status = line.waits()
        scans = line.received()
        told = line.end()
        waits = re.search(r"(\d+) berkas menunggu", status)
        told.update(waits=int(waits[1]) if waits else 0, tries=tries, scans=len(scans), payload=payload, said=said.strip()[-200:], status=status.strip()[-300:])
        return told
    finally:
        for process in (line.server, line.link):
            if process.poll() is None:
                process.terminate()
                process.wait()
        line.forget()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("work", nargs="*", default=["texts", "change", "nothing"])
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--loss", default="0,0.05,0.2")
    p.add_argument("--scans", type=int, default=50)
    p.add_argument("--scan-kb", type=int, default=100)
    p.add_argument("--cut", default="", help="PERIOD,LENGTH: dead for so long in every period")
    p.add_argument("--verbose", action="store_true")
    args = p.parse_args()
    print("| work | loss | seconds (median, all) | not acknowledged | IP bytes up | down | packets up | of the line's own time |")
    print("|---|---:|---|---:|---:|---:|---:|---:|")
    for work in args.work:
        for loss in map(float, args.loss.split(",")):
            runs = [one(work, seed, loss, args) for seed in range(1, args.seeds + 1)]
            if args.verbose:
                for run in runs:
                    print(run, file=sys.stderr)
            middle = lambda key: statistics.median(run[key] for run in runs)
            own = ""
            if work in ("scans", "cut"):
                # The line's own time: the papers' bytes with TCP/IP headers (1500 for 1448), once more for what is lost.
                floors = [run["payload"] * 1500 / 1448 * 8 / RATE / (1 - loss) for run in runs]
                own = " ".join(f"{run['seconds'] / f:.3f}" for run, f in zip(runs, floors))
                if work == "cut":
                    own = "sent twice: " + " ".join(str(round(run["up_bytes"] * 1448 / 1500 - run["payload"])) for run in runs)
            seconds = ", ".join(str(run["seconds"]) for run in runs)
            if any(run["tries"] > 1 for run in runs):
                own += f" ({max(run['tries'] for run in runs)} calls)"
            print(f"| {work} | {loss:.0%} | {middle('seconds')} ({seconds}) | {max(run['waits'] for run in runs)} | {middle('up_bytes'):.0f} | {middle('down_bytes'):.0f} | {middle('up_packets'):.0f} | {own} |", flush=True)


main()
