"""Whether a long document costs more per word than a short one, and text without punctuation more than prose.

    python benchmarks/length.py [--paragraphs 40] [--times 16]

Documents are made of the corpus' own sentences, shuffled by a seed: prose in short paragraphs, prose in one
paragraph, and the same without commas and stops.  Each is read once short and once so many times as long, in one
process after a first reading; seconds are those of the processor.  The ratio is words per second of the long one
over those of the short one: 1 means that cost grows with length alone.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

from spacy.language import Language

from extractor.pipeline import load, make_doc

ROOT = Path(__file__).parent.parent


def sentences(seed: int, count: int) -> list[str]:
    """Return so many sentences of the corpus, drawn with replacement."""
    told = [
        line.strip()
        for path in sorted((ROOT / "corpus").glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().endswith(".") and len(line) > 60
    ]
    return random.Random(seed).choices(told, k=count)


def speed(nlp: Language, text: str) -> float:
    """Return words per second of the processor's time."""
    begin = time.process_time()
    nlp(make_doc(nlp, text, document="length"))
    return len(text.split()) / (time.process_time() - begin)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--paragraphs", type=int, default=40)
    parser.add_argument("--times", type=int, default=16)
    options = parser.parse_args()
    nlp = load()
    short = sentences(1, options.paragraphs)
    long = sentences(2, options.paragraphs * options.times)
    speed(nlp, "\n\n".join(short))
    kinds = {
        "paragraphs": lambda told: "\n\n".join(told),
        "one paragraph": lambda told: " ".join(told),
        "no punctuation": lambda told: " ".join(told).replace(",", "").replace(".", ""),
    }
    print(f"{'':16}{'words/s short':>16}{'words/s long':>16}{'ratio':>8}")
    for name, join in kinds.items():
        one, other = speed(nlp, join(short)), speed(nlp, join(long))
        print(f"{name:16}{one:16.0f}{other:16.0f}{other / one:8.2f}")


if __name__ == "__main__":
    main()
