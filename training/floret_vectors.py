"""Word vectors from hashed subwords (floret), the targets of pretraining."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from spacy.strings import StringStore
from spacy.vectors import Mode, Vectors


class Floret:
    """Unit-length vectors of words from a floret table."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.width = int(vectors.data.shape[1])
        self.known: dict[str, np.ndarray] = {}

    def rows(self, words: list[str]) -> np.ndarray:
        """Return one unit row per word."""
        for word in set(words) - self.known.keys():
            row = np.asarray(self.vectors.get_batch([word])[0], dtype="float32")
            self.known[word] = row / (np.linalg.norm(row) + 1e-8)
        return np.stack([self.known[word] for word in words])


def load_floret(path: Path) -> Floret:
    """Read the ``.floret`` file that floret writes; its first line holds the settings."""
    with path.open(encoding="utf-8") as lines:
        count, width, minn, maxn, hashes, seed, bow, eow = lines.readline().split()
        table = np.zeros((int(count), int(width)), dtype="float32")
        for line in lines:
            row, *values = line.rstrip().split(" ")
            table[int(row)] = [float(value) for value in values]
    settings = {
        "minn": int(minn),
        "maxn": int(maxn),
        "hash_count": int(hashes),
        "hash_seed": int(seed),
        "bow": bow,
        "eow": eow,
    }
    return Floret(Vectors(strings=StringStore(), mode=Mode.floret, data=table, **settings))


def train_floret(raw: Path, out: Path) -> None:
    """Train vectors on tokenised text; needs the package floret (MIT)."""
    import floret

    options = {"dim": 96, "hashCount": 2, "bucket": 40000, "minn": 4, "maxn": 5, "minCount": 5, "ws": 3}
    model = floret.train_unsupervised(
        str(raw), model="cbow", mode="floret", epoch=5, neg=6, lr=0.05, thread=1, verbose=0, **options
    )
    model.save_floret_vectors(str(out))
