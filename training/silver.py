"""What several parsers say together of running text, and a parser's training on it.

The average of networks that were trained apart parses better than each of them; one network learns to give their
average (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network"; for parsers Kuncoro et al. 2016).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nets import Network, laid_out
from raw_data import raw_lines
from spacy.language import Language
from spacy.tokens import Doc
from torch import nn

from extractor import simplify
from extractor.trees import best_heads


@dataclass(frozen=True)
class Taught:
    """A sentence and what its teachers hold of it, as shares of one.

    `tags` is [n, tags]; `arcs` [n, 1 + n], the root first; `labels` [n, labels], under the `heads` of the best tree (0: the
    root, else one more than an index).  Tags and labels are in the first teacher's order.
    """

    words: tuple[str, ...]
    tags: np.ndarray
    arcs: np.ndarray
    heads: np.ndarray
    labels: np.ndarray


def seen_sentences(nlp: Language, folder: Path, words: int, seed: int) -> list[tuple[str, ...]]:
    """Return about `words` words of running text in sentences, by halves as they stand and as the parser sees them.

    Args:
        nlp: layout, sentences, dates and simplify.
        folder: where the running text lies.
        words: how many.
        seed: of the choice of paragraphs.
    """
    rng = random.Random(seed)
    stage = nlp.get_pipe("extractor_simplify")
    found: list[tuple[str, ...]] = []
    count = 0
    for line in raw_lines(folder, rng):
        doc = nlp.make_doc(line[:3000])
        for name in ("extractor_layout", "extractor_sentences", "extractor_dates"):
            doc = nlp.get_pipe(name)(doc)
        if len(doc) and rng.random() < 0.5:
            groups, lifted = stage._groups(doc)  # type: ignore[attr-defined]
            doc, _ = simplify._simplified(doc, groups, lifted, simplify._cuts(doc, groups, lifted))
        for sentence in cut(doc):
            if 3 <= len(sentence) <= 70:
                found.append(sentence)
                count += len(sentence)
        if count >= words:
            break
    return found


def cut(doc: Doc) -> list[tuple[str, ...]]:
    """Return the words of each sentence of a Doc that is not parsed yet."""
    starts = [t.i for t in doc if t.i == 0 or t.is_sent_start]
    ends = [*starts[1:], len(doc)]
    return [tuple(t.text for t in doc[a:b] if not t.is_space) for a, b in zip(starts, ends, strict=True)]


def average(scores: list[tuple[torch.Tensor, list[str]]], names: list[str]) -> torch.Tensor:
    """Return the average, over networks, of the shares of `names`; a network that lacks a name gives it nothing."""
    total: Any = 0
    for score, own in scores:
        places = torch.tensor([own.index(name) if name in own else len(own) for name in names])
        total = total + nn.functional.pad(score.softmax(-1), (0, 1))[..., places]
    return nn.functional.normalize(total, p=1, dim=-1)


@torch.no_grad()
def teach(nets: list[Network], sentences: list[tuple[str, ...]], batch: int = 3000) -> list[Taught]:
    """Return the sentences, shortest first, with the average of what the networks hold of them."""
    first = nets[0]
    for net in nets:
        net.eval()
    taught: list[Taught] = []
    groups: list[list[tuple[str, ...]]] = [[]]
    for sentence in sorted(sentences, key=lambda s: (len(s), s)):
        if groups[-1] and len(sentence) * (len(groups[-1]) + 1) > batch:
            groups.append([])
        groups[-1].append(sentence)
    for group in groups:
        lengths = torch.tensor([len(words) for words in group])
        for net in nets:
            if len(net.encoder.cache) > 150_000:
                net.encoder.cache.clear()
        given = [net([list(words) for words in group], lengths) for net in nets]
        tags = average([(g[0], net.tags) for g, net in zip(given, nets, strict=True)], first.tags)
        arcs = torch.stack([g[1].softmax(-1) for g in given]).mean(0)
        for b, words in enumerate(group):
            n = len(words)
            arc = arcs[b, :n, : n + 1].numpy()
            scores = np.log(arc + 1e-9)
            np.fill_diagonal(scores[:, 1:], -np.inf)
            heads = best_heads(scores)
            labels = average(
                [
                    (net.label_scores(dep[b, :n], head[b, torch.from_numpy(heads)]), net.labels)
                    for net, (_, _, dep, head) in zip(nets, given, strict=True)
                ],
                first.labels,
            )
            half = [x.astype("float16") for x in (tags[b, :n].numpy(), arc, labels.numpy())]
            taught.append(Taught(words, half[0], half[1], heads, half[2]))
    return taught


def loss_of(net: Network, batch: list[tuple[list[str], Taught]]) -> torch.Tensor:
    """Return the summed cross-entropy of tags, heads and labels with what the teachers hold of a batch."""
    tags, arcs, labels = laid_out(net, batch)
    wanted = torch.zeros_like(arcs)
    at = 0
    for _, taught in batch:
        n = len(taught.words)
        wanted[at : at + n, : n + 1] = torch.from_numpy(taught.arcs.astype("float32"))
        at += n
    heads = torch.from_numpy(np.concatenate([t.heads for _, t in batch]))
    return (
        nn.functional.cross_entropy(tags, _joined([t.tags for _, t in batch]))
        + nn.functional.cross_entropy(arcs, wanted)
        + nn.functional.cross_entropy(labels(heads), _joined([t.labels for _, t in batch]))
    )


def _joined(arrays: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(arrays).astype("float32"))
