"""Training of the name recogniser's network."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import torch
from augment import augmented_names
from descent import Descent
from nets import NameNetwork
from spacy.tokens import Doc
from syntax import batches_of

from extractor.recogniser import best_path

Tagged = tuple[list[str], list[str]]  # words and their BIO tags


def tagged(doc: Doc) -> list[Tagged]:
    """Return the sentences of a doc with BIO tags; a doc without boundaries is cut after full stops outside names."""
    result: list[Tagged] = [([], [])]
    for token in doc:
        words, tags = result[-1]
        inside = token.ent_iob_ == "I"
        if words and not inside and (words[-1] in (".", "!", "?") and len(words) > 4):
            result.append(([], []))
            words, tags = result[-1]
        if token.is_space:
            continue
        words.append(token.text)
        tags.append(f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O")
    return [item for item in result if item[0]]


@torch.no_grad()
def score(net: NameNetwork, items: list[Tagged]) -> dict[str, float]:
    """Return precision, recall and F1 of names by exact span and label, per cent."""
    net.eval()
    right = found = wanted = 0
    moves = net.transitions().numpy()
    for batch in batches_of(items, 3000, random.Random(0)):
        lengths = torch.tensor([len(words) for words, _ in batch])
        scores = net([words for words, _ in batch], lengths).numpy()
        for row, (words, gold) in zip(scores, batch, strict=True):
            mine = spans([net.tags[k] for k in best_path(row[: len(words)], moves)])
            true = spans(gold)
            right += len(mine & true)
            found += len(mine)
            wanted += len(true)
    net.train()
    p, r = right / max(found, 1), right / max(wanted, 1)
    return {"p": round(100 * p, 1), "r": round(100 * r, 1), "f": round(200 * p * r / max(p + r, 1e-9), 1)}


def spans(tags: list[str]) -> set[tuple[int, int, str]]:
    """Return the spans of a BIO sequence."""
    result = set()
    start = -1
    for i, tag in enumerate([*tags, "O"]):
        if start >= 0 and not tag.startswith("I-"):
            result.add((start, i, tags[start][2:]))
            start = -1
        if tag.startswith("B-"):
            start = i
    return result


def train(net: NameNetwork, train_docs: list[Doc], dev: dict[str, list[Doc]], out: Path, *, epochs: int,
          batch: int = 1200, rate: float = 0.002, encoder_rate: float = 0.5, seed: int = 0) -> None:  # fmt: skip
    """Train on docs with names, varied anew in each epoch, and keep the averaged weights in `out`."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    descent = Descent(net, rate, encoder_rate, keep=0.998)
    tag_row = {tag: row for row, tag in enumerate(net.tags)}
    held = {name: [item for doc in docs for item in tagged(doc)] for name, docs in dev.items()}
    total, best, began = 0, -1.0, time.monotonic()
    for epoch in range(epochs):
        items = [item for doc in train_docs for item in tagged(augmented_names(doc, rng).reference)]
        work = batches_of(items, batch, rng)
        total = total or len(work) * epochs
        shown = 0.0
        for group in work:
            lengths = torch.tensor([len(words) for words, _ in group])
            gold = torch.zeros(len(group), int(lengths.max()), dtype=torch.long)
            for row, (_, tags) in enumerate(group):
                gold[row, : len(tags)] = torch.tensor([tag_row[tag] for tag in tags])
            shown += descent.step(net.loss([words for words, _ in group], lengths, gold), total)
        scores = {name: score(descent.average, items) for name, items in held.items()}
        mark = sum(s["f"] for s in scores.values())
        if mark > best:
            best = mark
            torch.save(descent.average.state_dict(), out)
        print(json.dumps({"epoch": epoch + 1, "s": int(time.monotonic() - began),
                          "loss": round(shown / len(work), 3), **scores}), flush=True)  # fmt: skip
