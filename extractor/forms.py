"""What the parser's network sees of a word: its spelling, by subword vectors, a word list and its affixes and shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from spacy.strings import StringStore
from spacy.vectors import Mode, Vectors

TYPOGRAPHIC = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-"})
PLAIN = {"--": "-", "``": '"', "''": '"'}
UNKNOWN = 0
# Characters of a form that its subwords are made of. A file without spaces is one word, and each character of it would
# take 700 bytes.
LONGEST = 200


def plain(form: str) -> str:
    """Return a form with typewriter quotes and one kind of dash."""
    form = form.translate(TYPOGRAPHIC)
    return PLAIN.get(form, form)


def norm(form: str) -> str:
    """Return the form that the word list knows: plain, in lower case, digits as 0."""
    return "".join("0" if c.isdigit() else c for c in plain(form).lower())


def shape(form: str) -> str:
    """Return the form's shape, runs of more than two alike characters cut to two: "Gao-7" gives "Xxx-d"."""
    result: list[str] = []
    for char in plain(form):
        kind = "X" if char.isupper() else "x" if char.isalpha() else "d" if char.isdigit() else char
        if len(result) > 1 and result[-1] == kind and result[-2] == kind:
            continue
        result.append(kind)
    return "".join(result[:8])


def affixes(form: str) -> tuple[str, str, str]:
    """Return suffix, prefix and shape, the keys of the three small tables."""
    low = norm(form)
    return low[-3:], low[:3], shape(form)


class Forms:
    """Turns forms into rows of the network's tables, remembering what it has seen.

    Args:
        words, suffixes, prefixes, shapes: the known keys; row 0 of each table stands for the unknown.
        vectors: floret table (rows by width).
        settings: floret's own settings (minn, maxn, hash_count, hash_seed, bow, eow).
    """

    def __init__(self, words: list[str], suffixes: list[str], prefixes: list[str], shapes: list[str],
                 vectors: np.ndarray, settings: dict[str, Any]) -> None:  # fmt: skip
        self.keys = [words, suffixes, prefixes, shapes]
        self.rows = [{key: row for row, key in enumerate(keys, 1)} for keys in self.keys]
        self.settings = settings
        self.vectors = Vectors(strings=StringStore(), mode=Mode.floret, data=vectors, **settings)
        self.width = int(vectors.shape[1])

    def ids(self, form: str) -> tuple[int, int, int, int]:
        """Return the rows of a form in the tables of words, suffixes, prefixes and shapes."""
        suffix, prefix, outline = affixes(form)
        words, suffixes, prefixes, shapes = self.rows
        return (
            words.get(norm(form), UNKNOWN),
            suffixes.get(suffix, UNKNOWN),
            prefixes.get(prefix, UNKNOWN),
            shapes.get(outline, UNKNOWN),
        )

    def subwords(self, forms: Iterable[str]) -> np.ndarray:
        """Return a vector of length 4 for each form, made of the vectors of its subwords."""
        rows = np.asarray(self.vectors.get_batch([plain(form)[:LONGEST] for form in forms]), dtype="float32")
        return 4 * rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-8)
