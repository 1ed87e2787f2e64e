"""The networks, in PyTorch: the encoder and, over it, the parser's and the name recogniser's layers.

The parser is that of Dozat and Manning (2017, "Deep Biaffine Attention for Neural Dependency Parsing"), with tags
predicted beside the tree, not given to it; the recogniser a linear-chain CRF (Lample et al. 2016).  They run with
numpy in `extractor/network.py`, `parser.py` and `recogniser.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from extractor.forms import Forms


@dataclass(frozen=True)
class Sizes:
    """Widths of the network's parts."""

    word: int = 64
    affix: int = 32
    hidden: int = 160
    layers: int = 2
    arc: int = 128
    label: int = 64
    drop: float = 0.33


class Shared(nn.Module):
    """Dropout that falls on the same places of every word of a sentence."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.rate:
            return x
        keep = torch.empty(x.shape[0], 1, x.shape[2]).bernoulli_(1 - self.rate) / (1 - self.rate)
        return x * keep


def flipped(x: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """Return each sentence's words in the given order."""
    return torch.gather(x, 1, order[:, :, None].expand_as(x))


class Encoder(nn.Module):
    """From forms to one vector a word."""

    def __init__(self, forms: Forms, sizes: Sizes) -> None:
        super().__init__()
        self.forms = forms
        counts = [len(keys) + 1 for keys in forms.keys]
        widths = [sizes.word, sizes.affix, sizes.affix, sizes.affix]
        self.tables = nn.ModuleList([nn.Embedding(n, w) for n, w in zip(counts, widths, strict=True)])
        for table in self.tables:
            nn.init.normal_(table.weight, std=0.3)
        width = sum(widths) + forms.width
        self.mask = nn.Parameter(torch.zeros(forms.width))
        self.lstms = nn.ModuleList(
            [nn.LSTM(width if k < 2 else 2 * sizes.hidden, sizes.hidden, batch_first=True)
             for k in range(2 * sizes.layers)])  # fmt: skip
        self.drop = Shared(sizes.drop)
        self.cache: dict[str, tuple[tuple[int, ...], np.ndarray]] = {}

    def look_up(self, forms: set[str]) -> None:
        new = sorted(forms - self.cache.keys())
        if new:
            for form, row in zip(new, self.forms.subwords(new), strict=True):
                self.cache[form] = (self.forms.ids(form), row)

    def forward(
        self, sentences: list[list[str]], lengths: torch.Tensor, hidden: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Encode padded sentences; where `hidden` is true a word's spelling is not shown."""
        self.look_up({w for s in sentences for w in s})
        longest = int(lengths.max())
        ids = np.zeros((len(sentences), longest, 4), dtype="int64")
        subwords = np.zeros((len(sentences), longest, self.forms.width), dtype="float32")
        for row, sentence in enumerate(sentences):
            for column, form in enumerate(sentence):
                ids[row, column], subwords[row, column] = self.cache[form]
        rows = torch.from_numpy(ids)
        vectors = torch.from_numpy(subwords)
        if hidden is not None:
            rows = rows.masked_fill(hidden.unsqueeze(-1), 0)
            vectors = torch.where(hidden.unsqueeze(-1), self.mask, vectors)
        elif self.training:
            lost = torch.rand(rows.shape[:2]) < 0.15
            rows[..., 0] = rows[..., 0].masked_fill(lost, 0)
        x = torch.cat([*(table(rows[..., k]) for k, table in enumerate(self.tables)), vectors], dim=-1)
        places = torch.arange(longest)
        backwards = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
        for right, left in zip(self.lstms[::2], self.lstms[1::2], strict=True):
            x = self.drop(x)
            forth = right(x)[0]
            back = flipped(left(flipped(x, backwards))[0], backwards)
            x = torch.cat([forth, back], dim=-1)
        return x


class Perceptron(nn.Module):
    """One layer with a leaky rectifier and shared dropout."""

    def __init__(self, inputs: int, outputs: int, drop: float) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.drop = Shared(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.drop(nn.functional.leaky_relu(self.linear(x), 0.1))


class Network(nn.Module):
    """Encoder and the three heads: tags, arcs, labels."""

    def __init__(self, forms: Forms, tags: list[str], labels: list[str], sizes: Sizes) -> None:
        super().__init__()
        self.tags, self.labels, self.sizes = tags, labels, sizes
        self.encoder = Encoder(forms, sizes)
        width = 2 * sizes.hidden
        self.drop = Shared(sizes.drop)
        self.root = nn.Parameter(torch.zeros(width))
        self.tag = nn.Linear(width, len(tags))
        self.arc_dep = Perceptron(width, sizes.arc, sizes.drop)
        self.arc_head = Perceptron(width, sizes.arc, sizes.drop)
        self.label_dep = Perceptron(width, sizes.label, sizes.drop)
        self.label_head = Perceptron(width, sizes.label, sizes.drop)
        self.arc = nn.Parameter(torch.zeros(sizes.arc + 1, sizes.arc))
        self.labelling = nn.Parameter(torch.zeros(len(labels), sizes.label + 1, sizes.label + 1))
        nn.init.xavier_uniform_(self.arc)

    def forward(self, sentences: list[list[str]], lengths: torch.Tensor) -> tuple[Any, ...]:
        """Scores of tags [b, n, t], heads [b, n, 1 + n] (0 is the root) and what `label_scores` needs."""
        x = self.drop(self.encoder(sentences, lengths))
        tags = self.tag(x)
        with_root = torch.cat([self.root.expand(x.shape[0], 1, -1), x], dim=1)
        dep, head = self.arc_dep(x), self.arc_head(with_root)
        ones = torch.ones(*dep.shape[:2], 1)
        arcs = torch.cat([dep, ones], -1) @ self.arc @ head.transpose(1, 2)
        beyond = torch.arange(arcs.shape[2])[None, :] > lengths[:, None]
        arcs = arcs.masked_fill(beyond[:, None, :], -1e9)
        return tags, arcs, self.label_dep(x), self.label_head(with_root)

    def label_scores(self, dep: torch.Tensor, head: torch.Tensor) -> torch.Tensor:
        """Scores of labels for words [m, d] under their heads [m, d]."""
        ones = torch.ones(dep.shape[0], 1)
        dep, head = torch.cat([dep, ones], -1), torch.cat([head, ones], -1)
        return torch.einsum("md,lde,me->ml", dep, self.labelling, head)


def laid_out(net: Network, batch: list[tuple[list[str], Any]]) -> tuple[Any, ...]:
    """Run the network over a batch of words with what is known of them.

    Returns:
        Scores of tags and heads, a row a word, and a function that gives those of labels under given heads.
    """
    lengths = torch.tensor([len(words) for words, _ in batch])
    tags, arcs, dep, head = net([words for words, _ in batch], lengths)
    rows = torch.cat([torch.full((n,), i) for i, n in enumerate(lengths.tolist())])
    columns = torch.cat([torch.arange(n) for n in lengths.tolist()])
    return (
        tags[rows, columns],
        arcs[rows, columns],
        lambda heads: net.label_scores(dep[rows, columns], head[rows, heads]),
    )


def narrow(table: np.ndarray) -> dict[str, np.ndarray]:
    """Return a table as bytes with a scale for each row."""
    scale = np.abs(table).max(axis=1) / 127 + 1e-7
    return {"rows": np.round(table / scale[:, None]).astype("int8"), "scale": scale.astype("float16")}


def half(value: torch.Tensor) -> np.ndarray:
    """Return weights in half precision."""
    return np.asarray(value.detach().numpy(), dtype="float16")


def stored_forms(forms: Forms) -> dict[str, Any]:
    """Return word lists and vectors as the component `extractor_forms` reads them."""
    vectors = narrow(np.asarray(forms.vectors.data, dtype="float32"))
    return {"keys": forms.keys, "settings": forms.settings, "vectors": vectors}


def stored_encoder(encoder: Encoder) -> dict[str, Any]:
    """Return tables and LSTM weights as `extractor/network.py` reads them."""

    def ordered(value: torch.Tensor) -> torch.Tensor:
        """Gates in the order forget, in, out, candidate; the first three halved (see `_lstm` there)."""
        into, forget, candidate, out = value.detach().chunk(4, dim=0)
        return torch.cat([forget / 2, into / 2, out / 2, candidate], dim=0)

    return {
        "tables": [narrow(table.weight.detach().numpy()) for table in encoder.tables],
        "lstms": [
            (half(ordered(lstm.weight_ih_l0).T), half(ordered(lstm.weight_hh_l0).T),
             half(ordered(lstm.bias_ih_l0 + lstm.bias_hh_l0)))
            for lstm in encoder.lstms
        ],
    }  # fmt: skip


def stored_parser(net: Network) -> dict[str, Any]:
    """Return the network as `extractor/parser.py` reads it."""
    weights = {
        "tag": half(net.tag.weight.T),
        "tag_bias": half(net.tag.bias),
        "root": half(net.root),
        "arc": half(net.arc[:-1]),
        "arc_bias": half(net.arc[-1]),
        # [dep, label * head], so that one product scores all labels
        "labelling": half(net.labelling.permute(1, 0, 2).reshape(net.labelling.shape[1], -1)),
    }
    for name in ("arc_dep", "arc_head", "label_dep", "label_head"):
        linear = getattr(net, name).linear
        weights[name], weights[f"{name}_bias"] = half(linear.weight.T), half(linear.bias)
    return {"tags": net.tags, "labels": net.labels, "weights": weights, **stored_encoder(net.encoder)}


class NameNetwork(nn.Module):
    """Encoder, BIO tags and a linear-chain CRF over them."""

    def __init__(self, forms: Forms, tags: list[str], sizes: Sizes) -> None:
        super().__init__()
        self.tags = tags
        self.encoder = Encoder(forms, sizes)
        self.drop = Shared(sizes.drop)
        self.tag = nn.Linear(2 * sizes.hidden, len(tags))
        self.moves = nn.Parameter(torch.zeros(len(tags) + 1, len(tags)))
        barred = torch.zeros(len(tags) + 1, len(tags), dtype=torch.bool)
        for b, after in enumerate(tags):
            for a, before in enumerate([*tags, "O"]):
                barred[a, b] = after.startswith("I-") and before not in (after, "B-" + after[2:])
        self.register_buffer("barred", barred)

    def transitions(self) -> torch.Tensor:
        """Scores of moves; those that BIO does not allow are out of reach."""
        return self.moves.masked_fill(self.barred, -1e4)

    def forward(self, sentences: list[list[str]], lengths: torch.Tensor) -> torch.Tensor:
        return self.tag(self.drop(self.encoder(sentences, lengths)))

    def loss(self, sentences: list[list[str]], lengths: torch.Tensor, gold: torch.Tensor) -> torch.Tensor:
        """Mean negative log-likelihood of the gold tags [b, n] for a sentence."""
        scores, moves = self(sentences, lengths), self.transitions()
        real = torch.arange(scores.shape[1]) < lengths[:, None]
        total = scores[:, 0] + moves[-1]
        path = total.gather(1, gold[:, :1])[:, 0]
        for t in range(1, scores.shape[1]):
            after = torch.logsumexp(total[:, :, None] + moves[:-1], dim=1) + scores[:, t]
            total = torch.where(real[:, t, None], after, total)
            step = moves[gold[:, t - 1], gold[:, t]] + scores[:, t].gather(1, gold[:, t, None])[:, 0]
            path = path + torch.where(real[:, t], step, torch.zeros_like(step))
        return (torch.logsumexp(total, dim=1) - path).mean()


def stored_recogniser(net: NameNetwork) -> dict[str, Any]:
    """Return the network as `extractor/recogniser.py` reads it."""
    weights = {"weight": half(net.tag.weight.T), "bias": half(net.tag.bias), "moves": half(net.transitions())}
    return {"tags": net.tags, "weights": weights, **stored_encoder(net.encoder)}
