"""Tokenised running text for word vectors and pretraining."""

from __future__ import annotations

import lzma
import random
from pathlib import Path

import spacy
from tokenizer import set_tokenizer

# Share of the lines of each source that is used.
SHARES = {
    "wikipedia_current_events": 1.0,
    "wikipedia_conflict_politics": 1.0,
    "state_human_rights": 0.7,
    "un_general_debate": 0.25,
    "cia_factbook": 0.4,
}
SKIPPED = ("COVID", "pandemic", "coronavirus", "vaccine")


def raw_lines(folder: Path, rng: random.Random) -> list[str]:
    """Return the chosen paragraphs of all sources, shuffled."""
    lines: list[str] = []
    for name, share in SHARES.items():
        with lzma.open(folder / f"{name}.txt.xz", "rt", encoding="utf-8") as source:
            for line in source:
                if rng.random() < share and not any(word in line for word in SKIPPED):
                    lines.append(line.strip())
    rng.shuffle(lines)
    return lines


def write_raw(folder: Path, out: Path, most: int) -> None:
    """Write about `most` words, the tokens of each paragraph on a line of its own, separated by spaces."""
    nlp = spacy.blank("en")
    set_tokenizer(nlp)
    written = 0
    with out.open("w", encoding="utf-8") as target:
        for doc in nlp.tokenizer.pipe(raw_lines(folder, random.Random(0))):
            words = [token.text for token in doc if not token.is_space]
            target.write(" ".join(words) + "\n")
            written += len(words)
            if written >= most:
                break
