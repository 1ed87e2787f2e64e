"""Train the judge that ships, and say what it adds over the rules on documents it was not trained on.

    python training/judge.py NAME=GOLD.jsonl:ARTICLES ... [--write]

With --write, fits on everything and writes extractor/judge.json. Users train their own with `extractor train judge`;
both are `extractor/training.py`, which says what is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from extractor.judge import WEIGHTS
from extractor.training import train


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", help="NAME=GOLD.jsonl:ARTICLES")
    parser.add_argument("--write", action="store_true", help="fit on everything and write the weights")
    parser.add_argument("--errors", type=Path, help="write cross-validated predictions here, one file a set")
    args = parser.parse_args()
    for told in train(args.sets, args.errors):
        if isinstance(told, str):
            print(told, flush=True)
        elif args.write:
            told.write(WEIGHTS)
            print(f"{WEIGHTS}: {WEIGHTS.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
