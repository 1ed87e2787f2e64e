"""Pretraining of the token encoder on running text: predict words' vectors, a fifth of the words masked.

The objective is that of `spacy pretrain` with static vectors as targets (PretrainVectors, cosine); the
vectors themselves are not shipped.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from floret_vectors import load_floret
from spacy.tokens import Doc
from spacy.util import fix_random_seed, load_config
from thinc.api import Adam, Linear, Maxout, chain, list2array

MASK = "[MASK]"


def stretches(path: Path, longest: int = 60) -> Iterator[list[str]]:
    """Yield stretches of at most `longest` tokens, cut after full stops where possible."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            piece: list[str] = []
            for word in line.split():
                piece.append(word)
                if (word == "." and len(piece) > 8) or len(piece) >= longest:
                    yield piece
                    piece = []
            if len(piece) > 3:
                yield piece


def batches(path: Path, size: int) -> Iterator[list[list[str]]]:
    """Yield batches of stretches with about `size` tokens, reading the file again and again."""
    batch: list[list[str]] = []
    held = 0
    while True:
        for piece in stretches(path):
            batch.append(piece)
            held += len(piece)
            if held >= size:
                yield batch
                batch, held = [], 0


def masked(words: list[str], pool: list[str], rng: random.Random) -> list[str]:
    """Return the words, 16 % of them masked and 4 % replaced by words seen before."""
    shown = list(words)
    for index in range(len(shown)):
        draw = rng.random()
        if draw < 0.2:
            shown[index] = MASK if draw < 0.16 else rng.choice(pool)
    return shown


def cosine(guess: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean cosine distance of rows and its gradient (scaled by 100) with respect to `guess`."""
    norm = np.linalg.norm(guess, axis=1, keepdims=True) + 1e-8
    unit = guess / norm
    similarity = (unit * target).sum(axis=1, keepdims=True)
    gradient = (similarity * unit - target) / norm
    return float(1 - similarity.mean()), (gradient / len(guess) * 100).astype("float32")


def pretrain(
    raw: Path,
    vectors_path: Path,
    config: Path,
    out: Path,
    *,
    words: int,
    batch: int = 3000,
    rate: float = 0.001,
) -> None:
    """Train the `tok2vec` of a config on about `words` words; its weights go to `out` every 200 steps."""
    fix_random_seed(0)
    rng = random.Random(0)
    nlp = spacy.util.load_model_from_config(load_config(config), auto_fill=True)
    vectors = load_floret(vectors_path)
    encoder: Any = nlp.get_pipe("tok2vec").model  # type: ignore[attr-defined]
    width = encoder.get_dim("nO")
    hidden: Any = Maxout(nO=256, nI=width, nP=2, normalize=True)
    model: Any = chain(encoder, list2array(), hidden, Linear(nO=vectors.width, nI=256))
    model.initialize(X=[Doc(nlp.vocab, words=["a", "word", "."])])
    optimizer = Adam(rate, beta2=0.98, L2=0.0, grad_clip=1.0, use_averages=False)
    pool = [MASK] * 1000
    done, distance, began = 0, 0.0, time.monotonic()
    for step, pieces in enumerate(batches(raw, batch), 1):
        docs = [Doc(nlp.vocab, words=masked(piece, pool, rng)) for piece in pieces]
        for piece in pieces[:20]:
            pool[rng.randrange(len(pool))] = rng.choice(piece)
        guess, backward = model.begin_update(docs)
        loss, gradient = cosine(guess, vectors.rows([word for piece in pieces for word in piece]))
        backward(gradient)
        optimizer.learn_rate = rate * min(1.0, step / 200) * max(0.1, 1 - done / words)
        model.finish_update(optimizer)
        optimizer.step_schedules()
        done += sum(len(piece) for piece in pieces)
        distance += loss
        if step % 200 == 0 or done >= words:
            out.write_bytes(encoder.to_bytes())
            speed = int(done / (time.monotonic() - began))
            print(f"step {step}  words {done}  words/s {speed}  distance {distance / 200:.4f}", flush=True)
            distance = 0.0
        if done >= words:
            break
