"""Pretraining and training of the parser's network."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from descent import Descent
from nets import Encoder, Network, laid_out
from silver import Taught
from silver import loss_of as silver_loss
from syntax_data import Sentence, varied
from torch import nn

from extractor.forms import affixes, norm

Pair = tuple[Sentence, list[Sentence]]  # a sentence as it stands, and its simplified pieces


def vocabulary(raw: Path, sentences: list[Sentence], most: int) -> list[list[str]]:
    """Return the known keys: at most `most` words, suffixes, prefixes and shapes, the most frequent first.

    A word of the treebanks counts as five of the running text.
    """
    forms: Counter[str] = Counter()
    for sentence in sentences:
        for word in sentence.words:
            forms[word] += 5
    with raw.open(encoding="utf-8") as lines:
        for line in islice(lines, 60_000):
            forms.update(line.split())
    keys: list[Counter[str]] = [Counter() for _ in range(4)]
    for form, count in forms.items():
        for counter, key in zip(keys, (norm(form), *affixes(form)), strict=True):
            counter[key] += count
    limits = ((most, 5), (4000, 40), (4000, 40), (400, 40))
    return [
        sorted((k for k, n in counter.items() if n >= least), key=lambda k, c=counter: (-c[k], k))[:limit]  # type: ignore[misc]
        for counter, (limit, least) in zip(keys, limits, strict=True)
    ]


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


def raw_batches(path: Path, size: int) -> Iterator[list[list[str]]]:
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


def pretrain(encoder: Encoder, raw: Path, out: Path, *, words: int, targets: int = 8000, batch: int = 2500,
             rate: float = 0.002, seed: int = 0) -> None:  # fmt: skip
    """Train the encoder to name masked words (a fifth of them) among the `targets` most frequent ones."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    guess = nn.Linear(encoder.lstms[-1].hidden_size * 2, targets + 1)
    optimizer = torch.optim.Adam([*encoder.parameters(), *guess.parameters()], lr=rate, betas=(0.9, 0.98))
    done, total, began, right, asked = 0, 0.0, time.monotonic(), 0, 0
    encoder.train()
    for step, pieces in enumerate(raw_batches(raw, batch), 1):
        pieces.sort(key=len)
        if done == 0 or len(encoder.cache) > 150_000:
            encoder.cache.clear()
        lengths = torch.tensor([len(p) for p in pieces])
        hidden = torch.zeros(len(pieces), int(lengths.max()), dtype=torch.bool)
        wanted = []
        for row, piece in enumerate(pieces):
            for column, word in enumerate(piece):
                if rng.random() < 0.2:
                    hidden[row, column] = True
                    target = encoder.forms.rows[0].get(norm(word), 0)
                    wanted.append(target if target <= targets else 0)
        x = encoder(pieces, lengths, hidden)[hidden]
        gold = torch.tensor(wanted)
        known = gold > 0
        scores = guess(x[known])
        loss = nn.functional.cross_entropy(scores, gold[known])
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, step / 200) * max(0.05, 1 - done / words)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(encoder.parameters(), 5.0)
        optimizer.step()
        done += int(lengths.sum())
        total += loss.item()
        right += int((scores.argmax(1) == gold[known]).sum())
        asked += int(known.sum())
        if step % 100 == 0 or done >= words:
            torch.save(encoder.state_dict(), out)
            print(json.dumps({"step": step, "words": done, "words/s": int(done / (time.monotonic() - began)),
                              "loss": round(total / 100, 3), "right": round(100 * right / asked, 1)}), flush=True)  # fmt: skip
            total, right, asked = 0.0, 0, 0
        if done >= words:
            break


def batches_of(items: list[tuple[list[str], Any]], words: int, rng: random.Random) -> list[list]:
    """Return batches of about `words` words, of sentences of about the same length."""
    order = sorted(items, key=lambda item: len(item[0]) + rng.random() * 4)
    result: list[list] = [[]]
    size = 0
    for item in order:
        if result[-1] and size + len(item[0]) > words:
            result.append([])
            size = 0
        result[-1].append(item)
        size += len(item[0])
    rng.shuffle(result)
    return result


def loss_of(net: Network, batch: list[tuple[list[str], Sentence]]) -> torch.Tensor:
    """Return the summed loss of tags, heads and labels on a batch."""
    tags, arcs, labels = laid_out(net, batch)
    tag_row = {t: i for i, t in enumerate(net.tags)}
    label_row = {t: i for i, t in enumerate(net.labels)}
    gold_tags = torch.tensor([tag_row.get(t, 0) for _, s in batch for t in s.tags])
    gold_heads = torch.tensor([0 if h == i else h + 1 for _, s in batch for i, h in enumerate(s.heads)])
    gold_labels = torch.tensor([label_row.get(t, 0) for _, s in batch for t in s.deps])
    return (
        nn.functional.cross_entropy(tags, gold_tags)
        + nn.functional.cross_entropy(arcs, gold_heads)
        + nn.functional.cross_entropy(labels(gold_heads), gold_labels)
    )


@torch.no_grad()
def score(net: Network, items: list[tuple[list[str], Sentence]]) -> dict[str, float]:
    """Return tag accuracy, UAS and LAS (punctuation left out, heads by the best score alone), per cent."""
    net.eval()
    total = tags_right = counted = heads_right = both = 0
    for batch in batches_of(items, 3000, random.Random(0)):
        lengths = torch.tensor([len(words) for words, _ in batch])
        tags, arcs, dep, head = net([words for words, _ in batch], lengths)
        best_heads = arcs.argmax(-1)
        for b, (_, gold) in enumerate(batch):
            n = len(gold.words)
            labels = net.label_scores(dep[b, :n], head[b, best_heads[b, :n]]).argmax(-1).tolist()
            rows = zip(tags[b, :n].argmax(-1).tolist(), best_heads[b, :n].tolist(), labels, strict=True)
            for i, (tag, mine, label) in enumerate(rows):
                total += 1
                tags_right += net.tags[tag] == gold.tags[i]
                if gold.deps[i] == "punct":
                    continue
                counted += 1
                if mine == (0 if gold.heads[i] == i else gold.heads[i] + 1):
                    heads_right += 1
                    both += net.labels[label] == gold.deps[i]
    net.train()
    return {"tags": round(100 * tags_right / total, 2), "uas": round(100 * heads_right / counted, 2),
            "las": round(100 * both / counted, 2)}  # fmt: skip


def train(net: Network, pairs: list[Pair], dev: dict[str, list], out: Path, *, epochs: int, batch: int = 1200,
          rate: float = 0.002, seed: int = 0, encoder_rate: float = 1.0,
          taught: Sequence[Taught] = (), share: int = 1) -> None:  # fmt: skip
    """Train on sentences, each at random as it stands or simplified, and keep the averaged weights in `out`.

    Each epoch also goes through one of `share` parts of what is `taught`, in turn.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)
    descent = Descent(net, rate, encoder_rate, keep=0.999)
    began, best = time.monotonic(), -1.0
    total = None
    for epoch in range(epochs):
        items: list[tuple[list[str], Sentence]] = []
        for whole, pieces in pairs:
            for sentence in pieces if pieces and rng.random() < 0.5 else [whole]:
                items.append((varied(sentence.words, rng), sentence))
        silver = [(varied(t.words, rng), t) for t in taught[epoch % share :: share]]
        work: list[tuple[Callable[..., torch.Tensor], list]] = [
            (loss_of, group) for group in batches_of(items, batch, rng)
        ]
        work += [(silver_loss, group) for group in batches_of(silver, batch, rng) if group]
        rng.shuffle(work)
        total = total or len(work) * epochs
        shown = 0.0
        for loss, group in work:
            shown += descent.step(loss(net, group), total)
        scores = {name: score(descent.average, items) for name, items in dev.items()}
        mark = sum(s["las"] + s["tags"] for s in scores.values())
        if mark > best:
            best = mark
            torch.save(
                {
                    "tags": net.tags,
                    "labels": net.labels,
                    "sizes": net.sizes,
                    "state": descent.average.state_dict(),
                },
                out,
            )
        elapsed = time.monotonic() - began
        shown /= len(work)
        print(
            json.dumps({"epoch": epoch + 1, "s": int(elapsed), "loss": round(shown, 3), **scores}), flush=True
        )
