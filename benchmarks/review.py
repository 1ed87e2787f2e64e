"""How soon the review page of a large output answers: start, lists, one event, one decision.

    python benchmarks/review.py --events 50000

The output is generated (no extraction). The server is a process of its own, started as a user starts it; what is
measured is what its user waits for, over HTTP. Peak memory is that of the server process.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import mutations


class Client:
    """The requests that the page makes."""

    def __init__(self, address: str) -> None:
        self.base = address.partition("/?")[0]
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.opener.open(address).read()

    def __call__(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.base}/api/{path}", data, {"Content-Type": "application/json"}
        )
        return json.load(self.opener.open(request))


def timed(name: str, work: Any, times: int = 9) -> None:
    took = []
    for n in range(times):
        begin = time.perf_counter()
        work(n)
        took.append(time.perf_counter() - begin)
    print(f"| {name} | {1000 * statistics.median(took):.0f} | {1000 * max(took):.0f} |")


def peak(pid: int) -> str:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return "unknown"
    found = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return f"{int(found.split()[1]) // 1024} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--since", action="store_true", help="compare with an earlier run, 2 % changed")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="review-"))
    mutations.make(folder, asked.events, seed=3, rate=0.02, shift=0.05)
    command = [
        sys.executable,
        "-m",
        "extractor",
        "review",
        str(folder / "new"),
        "--port",
        "0",
        "--by",
        "bench",
    ]
    command += ["--since", str(folder / "old")] if asked.since else []
    begin = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        ask = Client(server.stdout.readline().split()[-1])
        total = ask("state")["counts"]["total"]
        print(f"{total} events; ready after {time.perf_counter() - begin:.1f} s, peak {peak(server.pid)}\n")
        print("| request | median ms | worst ms |\n|---|---|---|")
        first = ask("list?limit=100")
        view, size = first["view"], first["total"]
        timed("list, all", lambda n: ask("list?limit=100"))
        timed("list, one type", lambda n: ask("list?type=killing&limit=100"))
        timed("list, words searched", lambda n: ask("list?q=farmers+arlen&limit=100"))
        timed("page of 100 rows", lambda n: ask(f"list/{view}?offset={n * size // 9}&limit=100"))
        rows = [ask(f"list/{view}?offset={n * size // 9}&limit=1")["rows"][0] for n in range(9)]
        timed("one event", lambda n: ask(f"events/{rows[n]['id']}"))
        timed("its article", lambda n: ask(f"documents/{rows[n]['document']}"))

        def decide(n: int) -> None:
            found = ask(f"events/{rows[n]['id']}")
            about = {"event": rows[n]["id"], "seen": found["seen"], "digest": found["digest"]}
            ask("decisions", {"action": "accept", **about})

        timed("one event, and a decision on it", decide)
        timed("what other tabs decided", lambda n: ask("news?after=0"))
        timed("candidates to join with", lambda n: ask(f"incidents?near={rows[n]['id']}"))
        print(f"\npeak {peak(server.pid)}")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
