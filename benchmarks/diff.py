"""`extractor diff` beside daff, deepdiff and csv-diff on the same generated runs.

    pip install 'extractor[benchmarks]'
    python benchmarks/diff.py

First ours alone on --events, then all four on --beside events: the others are too slow for more (--limit stops one).
Every tool runs in a process of its own; seconds (wall and processor) and peak resident memory are those of the whole
process, start included. The others get what they are made for: daff and csv-diff the events flattened to a table keyed
by id, deepdiff the list of parsed events, order ignored.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mutations

TOOLS = ("extractor", "csv-diff", "daff", "deepdiff")
COLUMNS = ("id", "document", "type", "trigger", "sentence", "date", "arguments", "quantities", "modality")


def measure(tool: str, folder: Path, limit: int) -> tuple[float, float, float, str]:
    """Seconds, processor seconds, peak MB and what the tool said, of one tool in a process of its own."""
    begin = time.perf_counter()
    command = [sys.executable, __file__, "--tool", tool, "--folder", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return float(limit), 0.0, 0.0, "stopped at the limit"
    if done.returncode:
        return 0.0, 0.0, 0.0, done.stderr.strip().splitlines()[-1][:60]
    peak, busy, told = done.stdout.strip().split("\t")
    return time.perf_counter() - begin, float(busy), float(peak), told


def run(tool: str, folder: Path) -> str:
    """Compare folder/old and folder/new with one tool; returns what it counted."""
    if tool == "extractor":
        from extractor.diff import compare

        return f"{len(compare(folder / 'old', folder / 'new').changes)} changes of facts"
    if tool == "csv-diff":
        import csv_diff

        sides = [csv_diff.load_csv((folder / f"{side}.csv").open(), key="id") for side in ("old", "new")]
        found = csv_diff.compare(*sides)
        return ", ".join(f"{name} {len(found[name])}" for name in ("added", "removed", "changed"))
    if tool == "daff":
        import daff

        sides = [list(csv.reader((folder / f"{side}.csv").open())) for side in ("old", "new")]
        flags = daff.CompareFlags()
        flags.addPrimaryKey("id")
        old, new = (daff.PythonTableView(side) for side in sides)
        out: list[list[object]] = []
        daff.TableDiff(daff.compareTables(old, new, flags).align(), flags).hilite(daff.PythonTableView(out))
        return f"{len(out)} rows"
    from deepdiff import DeepDiff

    lists = [
        [json.loads(line) for line in (folder / side / "events.jsonl").open()] for side in ("old", "new")
    ]
    found = DeepDiff(*lists, ignore_order=True, get_deep_distance=False)
    return ", ".join(f"{name} {len(found[name])}" for name in found)


def flatten(folder: Path) -> None:
    """Write old.csv and new.csv: one row an event, nested values as JSON."""
    for side in ("old", "new"):
        with (folder / side / "events.jsonl").open() as lines, (folder / f"{side}.csv").open("w") as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            for line in lines:
                event = json.loads(line)
                writer.writerow([v if isinstance(v := event[c], str) else json.dumps(v) for c in COLUMNS])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=0.02, help="share of the events that change")
    parser.add_argument("--shift", type=float, default=0.0, help="share of the documents whose text moves")
    parser.add_argument("--new-ids", action="store_true", help="give every event another id")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--beside", type=int, default=2000, help="events for all tools; 0 to leave that out")
    parser.add_argument("--limit", type=int, default=120, help="seconds for each tool")
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.tool:
        told = run(asked.tool, asked.folder)
        # Not getrusage: its peak is that of the parent where that was larger.
        peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
        print(f"{int(peak.group(1)) / 1024 if peak else 0:.0f}\t{time.process_time():.2f}\t{told}")
        return
    compare_tools(asked, asked.events, TOOLS[:1])
    if asked.beside:
        compare_tools(asked, asked.beside, TOOLS)


def compare_tools(asked: argparse.Namespace, events: int, tools: tuple[str, ...]) -> None:
    """Print a line for each tool on one pair of runs, and how many of the mutations ours found."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = mutations.make(folder, events, asked.seed, asked.rate, asked.shift, asked.new_ids)
        flatten(folder)
        print(f"{events} events, {sum(truth.kinds.values())} mutations, seed {asked.seed}")
        ours = 0.0
        for tool in tools:
            seconds, busy, peak, told = measure(tool, folder, asked.limit)
            ours = ours or seconds
            print(
                f"{tool:10} {seconds:8.2f} s {busy:8.2f} s cpu {seconds / ours:7.1f} x {peak:7.0f} MB  {told}",
                flush=True,
            )
        from extractor.diff import compare

        changes = compare(folder / "old", folder / "new").changes
        moved = {(c.old[0].event, c.new[0].event) for c in changes if c.kind == "moved"}
        for name in ("all links", "without moved"):
            kept = [c for c in changes if name == "all links" or c.kind != "moved"]
            if name == "without moved":
                truth.groups = {(a, b) for a, b in truth.groups if (*a, *b) not in moved}
            precision, recall, f1 = mutations.score(truth, kept)
            print(f"{name}: precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}")


if __name__ == "__main__":
    main()
