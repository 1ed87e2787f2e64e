"""Word vectors from hashed subwords (floret), what the networks know of a word's spelling."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Floret:
    """A floret table and the settings that say which rows a word has."""

    table: np.ndarray
    settings: dict[str, Any]


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
    return Floret(table, settings)


def train_floret(raw: Path, out: Path, width: int = 96, buckets: int = 40_000, least: int = 5) -> None:
    """Train vectors on tokenised text; needs the package floret (MIT)."""
    import floret

    options = {
        "dim": width,
        "hashCount": 2,
        "bucket": buckets,
        "minn": 4,
        "maxn": 5,
        "minCount": least,
        "ws": 3,
    }
    model = floret.train_unsupervised(
        str(raw), model="cbow", mode="floret", epoch=5, neg=6, lr=0.05, thread=1, verbose=0, **options
    )
    model.save_floret_vectors(str(out))
