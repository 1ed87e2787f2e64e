"""How long runs into one folder take: the first, an unchanged one, some documents edited, a new frame.

    python benchmarks/incremental.py --documents 2000

The documents are made of the corpus' own sentences, shuffled by a seed. Every run is a process of its own, start
and loading included; seconds are those of the wall and of the processor. After the last run the output is
compared, byte by byte, with that of a run from scratch.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from extractor.cache import FILES
from extractor.patterns import default_folder

ROOT = Path(__file__).parent.parent
FRAME = """
[[frame]]
id = "meeting/feast"
type = "meeting"
verbs = ["feast"]
roles = { subject = "party" }
"""


def make(folder: Path, count: int, sentences: int, seed: int) -> None:
    """Write `count` text files of so many sentences each."""
    chance = random.Random(seed)
    told = [
        line.strip()
        for path in sorted((ROOT / "corpus").glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().endswith(".") and len(line) > 60
    ]
    folder.mkdir()
    for number in range(count):
        text = f"May {1 + number % 28}, {2000 + number % 25}\n\n" + "\n\n".join(
            chance.sample(told, sentences)
        )
        (folder / f"article-{number:05}.txt").write_text(text + "\n", encoding="utf-8")


def measure(name: str, *args: str | Path) -> float:
    """Wall seconds of one run, printed with those of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    command = [sys.executable, "-m", "extractor", "run", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        sys.exit(done.stderr)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:34} {seconds:9.2f} s {busy:9.2f} s cpu", flush=True)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--paragraphs", type=int, default=4, help="of each document")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--unchanged-only", action="store_true", help="leave out edits and the new frame")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        articles, out = work / "articles", work / "out"
        patterns = shutil.copytree(default_folder(), work / "patterns")
        make(articles, asked.documents, asked.paragraphs, asked.seed)
        run = (articles, "-p", asked.processes, "--patterns", patterns)
        print(f"{asked.documents} documents, seed {asked.seed}")
        first = measure("first run", *run, "-o", out)
        before = {file: (out / file).read_bytes() for file in FILES}
        second = measure("unchanged", *run, "-o", out)
        same = before == {file: (out / file).read_bytes() for file in FILES}
        print(f"unchanged: {first / second:.0f} times faster, {'same bytes' if same else 'OTHER BYTES'}")
        if asked.unchanged_only:
            return
        for path in sorted(articles.iterdir())[:: max(1, asked.documents // 20)]:
            path.write_text(path.read_text(encoding="utf-8") + "\nGunmen killed two herders near Sedda.\n")
        measure("20 documents edited", *run, "-o", out)
        (patterns / "events" / "feasts.toml").write_text(FRAME)
        measure("a new frame", *run, "-o", out)
        measure("the same from scratch", *run, "-o", work / "scratch")
        same = all((out / file).read_bytes() == (work / "scratch" / file).read_bytes() for file in FILES)
        print("incremental and from scratch: " + ("same bytes" if same else "OTHER BYTES"))


if __name__ == "__main__":
    main()
