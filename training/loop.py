"""The training loop: shuffled batches, a warm-up and a linear decay, averaged weights, checkpoints."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import Adam


def batches(docs: list[Doc], words: int, rng: random.Random) -> list[list[Doc]]:
    """Return the docs shuffled in batches of about `words` tokens."""
    order = list(docs)
    rng.shuffle(order)
    result: list[list[Doc]] = [[]]
    size = 0
    for doc in order:
        if result[-1] and size + len(doc) > words:
            result.append([])
            size = 0
        result[-1].append(doc)
        size += len(doc)
    return result


def fit(
    nlp: Language,
    train: list[Doc],
    dev: list[Example],
    out: Path,
    *,
    vary: Callable[[Doc, random.Random], Example],
    epochs: float,
    key: str,
    words: int = 1000,
    rate: float = 0.001,
    drop: float = 0.1,
    seed: int = 0,
    check_every: int = 400,
) -> float:
    """Train the initialised pipeline and keep its best averaged weights in `out`.

    `key` names the score of `Language.evaluate` to maximise, several joined by ``+``.  Returns the best sum.
    """
    rng = random.Random(seed)
    per_epoch = len(batches(train, words, random.Random(0)))
    total = max(1, int(per_epoch * epochs))
    warm = min(250, total // 10 + 1)
    optimizer = Adam(
        rate, beta1=0.9, beta2=0.999, L2=0.01, grad_clip=1.0, L2_is_weight_decay=True, use_averages=True
    )
    best, step, losses = -1.0, 0, {}
    began = time.monotonic()
    seen = 0
    while step < total:
        for batch in batches(train, words, rng):
            if step < warm:
                optimizer.learn_rate = rate * (step + 1) / warm
            else:
                optimizer.learn_rate = rate * max(0.02, (total - step) / (total - warm))
            nlp.update([vary(doc, rng) for doc in batch], sgd=optimizer, drop=drop, losses=losses)
            optimizer.step_schedules()
            seen += sum(len(doc) for doc in batch)
            step += 1
            if step % check_every == 0 or step == total:
                with nlp.use_params(optimizer.averages):
                    scores = nlp.evaluate(dev)
                    mark = sum(scores[part] for part in key.split("+"))
                    if mark > best:
                        best = mark
                        nlp.to_disk(out)
                shown = {part: round(100 * scores[part], 2) for part in key.split("+")}
                elapsed = time.monotonic() - began
                print(
                    json.dumps(
                        {
                            "step": step,
                            "of": total,
                            "s": int(elapsed),
                            "words/s": int(seen / elapsed),
                            **shown,
                            "loss": {k: int(v) for k, v in losses.items()},
                        }
                    ),
                    flush=True,
                )
                losses = {}
            if step >= total:
                break
    return best
