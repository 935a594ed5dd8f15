"""The district as strangers' tools see it: schemathesis asks every operation of /openapi.json, without a session and as an
officer, and each answer must be one that is written there.

    openapi.py PATH_OF_JUKUNG_DISTRICT
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PASSPHRASE = "rantau kiwa pasar terapung"
# Examples for each operation and kind of value: all of it takes a quarter of a minute.
EXAMPLES = "4"
# The same questions every time.
SEED = "1"
START_S = 60


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def started(program, folder, port):
    server = subprocess.Popen(
        [program, "serve", "--data", folder, "--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    for line in server.stdout:
        if str(port) in line:
            return server
    sys.exit("the district did not start")


def cookie(address):
    body = f'{{"name": "Pemeriksa", "passphrase": "{PASSPHRASE}"}}'.encode()
    call = urllib.request.Request(
        f"{address}/officer/api/sign-in", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(call, timeout=START_S) as answer:
        return re.match(r"[^;]+", answer.headers["Set-Cookie"]).group()


def asked(folder, address, *more):
    # In a folder of its own: the tool keeps a diary where it is started.
    tool = pathlib.Path(sys.executable).with_name("schemathesis")
    command = [
        tool, "--config-file", HERE / "schemathesis.toml", "run", f"{address}/openapi.json",
        "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", SEED, *more,
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(HERE)}
    return subprocess.run(command, cwd=folder, env={**os.environ, **hooks}, check=False).returncode


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        officer = {**os.environ, "JUKUNG_OFFICER_PASSPHRASE": PASSPHRASE}
        subprocess.run([program, "officer", "--data", folder, "--name", "Pemeriksa"], env=officer, check=True)
        port = free_port()
        server = started(program, folder, port)
        try:
            address = f"http://127.0.0.1:{port}"
            nobody = asked(folder, address)
            # Signing out would end the session of everything that comes after.
            officer = asked(folder, address, "-H", f"Cookie: {cookie(address)}", "--exclude-path", "/officer/api/sign-out")
        finally:
            server.terminate()
    sys.exit(nobody or officer)


main()
