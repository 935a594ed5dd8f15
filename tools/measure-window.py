# Start of the window to its first paint, and memory of its processes, beside WebKitGTK's own MiniBrowser in one run.
#
#   xvfb-run -a python3 tools/measure-window.py DATA [ROUNDS]      DATA: an enrolled folder, e.g. that of ./run
# Needs the debug build (release builds refuse WebDriver) and webkit2gtk-driver. PSS: shared pages are counted once.
import glob
import json
import os
import subprocess
import sys
import time
import urllib.request

PORT = 4471
MINI = glob.glob("/usr/lib/*/webkit2gtk-4.1/MiniBrowser")
PAGE = "data:text/html,<h1>x</h1>"


def call(method: str, path: str, body: dict | None = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", data, method=method)
    return json.load(urllib.request.urlopen(request, timeout=60))["value"]


def children(parent: int) -> list[int]:
    found = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = open(stat, encoding="utf-8").read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            pid = int(stat.split("/")[2])
            found += [pid, *children(pid)]
    return found


def pss_mib(pids: list[int]) -> float:
    kib = 0
    for pid in pids:
        for line in open(f"/proc/{pid}/smaps_rollup", encoding="utf-8"):
            kib += int(line.split()[1]) if line.startswith("Pss:") else 0
    return kib / 1024


def once(binary: str, arguments: list[str]) -> tuple[float, float, float]:
    """Seconds from asking for the window to its session, its own first paint in ms, and MiB of all its processes."""
    driver = subprocess.Popen(["WebKitWebDriver", f"--port={PORT}", "--host=127.0.0.1"], stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            call("GET", "/status")
            break
        except OSError:
            time.sleep(0.02)
    began = time.monotonic()
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": {"binary": binary, "args": arguments}}}}
    session = call("POST", "/session", wanted)["sessionId"]
    if arguments:
        call("POST", f"/session/{session}/url", {"url": PAGE})
    opened = time.monotonic() - began
    script = "const done = arguments[0]; const look = () => { const p = performance.getEntriesByType('paint').at(-1); p ? done(p.startTime) : setTimeout(look, 10); }; look();"
    paint = call("POST", f"/session/{session}/execute/async", {"script": script, "args": []})
    memory = pss_mib(children(driver.pid))
    call("DELETE", f"/session/{session}")
    driver.kill()
    driver.wait()
    return opened, float(paint), memory


def main() -> None:
    os.environ |= {"TAURI_WEBVIEW_AUTOMATION": "true", "JUKUNG_DATA": sys.argv[1]}
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    build = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "debug", "jukung")
    subjects = [("jukung", os.path.abspath(build), [])] + [("MiniBrowser", m, ["--automation"]) for m in MINI]
    seen = {name: [] for name, _, _ in subjects}
    for _ in range(rounds):
        for name, binary, arguments in subjects:
            seen[name].append(once(binary, arguments))
    for name, rows in seen.items():
        middle = [sorted(column)[len(rows) // 2] for column in zip(*rows)]
        print(f"{name}: session {middle[0]:.2f} s, first paint {middle[1]:.0f} ms, PSS {middle[2]:.0f} MiB (median of {rounds})")


main()
