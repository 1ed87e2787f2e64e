"""The encoder under the shipped model's parser and name recogniser: words through two bidirectional LSTM layers, in numpy.

`training/nets.py` trains it with PyTorch.  The subword vectors and word lists, which both share, are a component of
their own (`extractor_forms`), as a tok2vec is in spaCy's pipelines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import srsly
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc

from extractor.forms import Forms

REMEMBERED = 50_000  # forms kept with their input vectors
BATCH = 8192  # words through the network at a time
FILE = "network.msgpack"


class Stored:
    """A component whose state is one dictionary of arrays and lists, kept in one file."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.nlp, self.name = nlp, name
        self.stored: dict[str, Any] = {}

    def __call__(self, doc: Doc) -> Doc:
        raise NotImplementedError

    def pipe(self, docs: Iterable[Doc], *, batch_size: int = 1) -> Iterator[Doc]:
        """Take docs one by one: what a Doc gets must not hang on its neighbours."""
        for doc in docs:
            yield self(doc)

    def take(self, stored: dict[str, Any]) -> None:
        """Make ready to run with what was stored."""
        raise NotImplementedError

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialise the state."""
        return packed(self.stored)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Take over the state from `to_bytes`."""
        self.stored = srsly.msgpack_loads(data)
        self.take(self.stored)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the state to a folder."""
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / FILE).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Read the state from a folder."""
        return self.from_bytes((Path(path) / FILE).read_bytes())


class SharedForms(Stored):
    """Holds the `Forms` that the parser and the name recogniser look words up in; leaves a Doc as it is."""

    forms: Forms

    def __call__(self, doc: Doc) -> Doc:
        return doc

    def take(self, stored: dict[str, Any]) -> None:
        words, suffixes, prefixes, shapes = stored["keys"]
        vectors = widened(stored["vectors"])
        self.forms = Forms(words, suffixes, prefixes, shapes, vectors, stored["settings"])


class Encoder:
    """From the words of sentences to one vector each.

    Args:
        forms: gives the forms; asked at the first use, since components load one by one.
        stored: tables and LSTM weights as `training/nets.py` writes them.
    """

    def __init__(self, forms: Callable[[], Forms], stored: dict[str, Any]) -> None:
        self.forms = forms
        self.tables = [widened(table) for table in stored["tables"]]
        self.lstms = [tuple(part.astype("float32") for part in lstm) for lstm in stored["lstms"]]
        self.known: dict[str, np.ndarray] = {}

    def __call__(self, words: list[str], bounds: list[tuple[int, int]]) -> np.ndarray:
        """Return a vector for each word; `bounds` are the sentences as [start, end) over all words."""
        x = self._inputs(words)
        order = sorted(range(len(bounds)), key=lambda k: (bounds[k][0] - bounds[k][1], k))
        lengths = [bounds[k][1] - bounds[k][0] for k in order]
        firsts = np.array([bounds[k][0] for k in order])
        counts = [sum(n > t for n in lengths) for t in range(lengths[0])]
        rows = np.concatenate([firsts[:count] + t for t, count in enumerate(counts)])
        offsets = np.concatenate([[0], np.cumsum(counts)]).tolist()
        packed = x[rows]
        there, back = range(len(counts)), range(len(counts) - 1, -1, -1)
        for right, left in zip(self.lstms[::2], self.lstms[1::2], strict=True):
            packed = np.hstack(
                [_lstm(packed, right, counts, offsets, there), _lstm(packed, left, counts, offsets, back)]
            )
        result = np.empty_like(packed)
        result[rows] = packed
        return result

    def _inputs(self, words: list[str]) -> np.ndarray:
        new = sorted(set(words) - self.known.keys())
        if new:
            if len(self.known) + len(new) > REMEMBERED:
                self.known.clear()
                new = sorted(set(words))
            forms = self.forms()
            for form, vector in zip(new, forms.subwords(new), strict=True):
                parts = [table[row] for table, row in zip(self.tables, forms.ids(form), strict=True)]
                self.known[form] = np.concatenate([*parts, vector])
        return np.stack([self.known[form] for form in words])


def packed(stored: dict[str, Any]) -> bytes:
    """Return a component's state as bytes."""
    return bytes(srsly.msgpack_dumps(stored))


def shared_forms(nlp: Language) -> Callable[[], Forms]:
    """Return what finds the pipeline's forms when they are first needed."""

    def find() -> Forms:
        holder = next(pipe for _, pipe in nlp.components if isinstance(pipe, SharedForms))
        return holder.forms

    return find


def rectified(x: np.ndarray) -> np.ndarray:
    """The leaky rectifier with slope 0.1."""
    return np.maximum(x, 0.1 * x)


def widened(table: dict[str, np.ndarray]) -> np.ndarray:
    """A table of bytes and a scale for each of its rows, as numbers."""
    return np.asarray(table["rows"].astype("float32") * table["scale"].astype("float32")[:, None])


def sentence_bounds(doc: Doc) -> list[tuple[int, int]]:
    """Sentences as [start, end) tokens: those set before; a Doc without any is cut after full stops."""
    if doc.has_annotation("SENT_START"):
        marks = doc.to_array(SENT_START) == 1
        marks[0] = True
        starts = [int(i) for i in np.flatnonzero(marks)]
    else:
        starts = [t.i for t in doc if t.i == 0 or (doc[t.i - 1].text in (".", "!", "?") and not t.is_punct)]
    return list(zip(starts, [*starts[1:], len(doc)], strict=True))


def batches(
    bounds: list[tuple[int, int]], size: int = BATCH
) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Whole sentences of about `size` words at a time, so that memory does not grow with the document.

    Yields:
        first token and the one past the last, and the batch's sentences counted from its first token.
    """
    first, inside = 0, []
    for n, (start, end) in enumerate(bounds):
        inside.append((start - first, end - first))
        if end - first >= size or n == len(bounds) - 1:
            yield first, end, inside
            first, inside = end, []


def _lstm(packed: np.ndarray, weights: tuple[np.ndarray, ...], counts: list[int], offsets: list[int],
          steps: range) -> np.ndarray:  # fmt: skip
    """One direction of a layer over sentences packed by position, longest first.

    The gates' weights are stored halved where their function is the logistic one, so that one `tanh` serves all:
    logistic(z) = tanh(z / 2) / 2 + 1 / 2.
    """
    inward, inner, bias = weights
    width = len(inner)
    gates = packed @ inward + bias
    result = np.empty((len(packed), width), dtype="float32")
    hidden = np.zeros((counts[0], width), dtype="float32")
    cell = np.zeros((counts[0], width), dtype="float32")
    for t in steps:
        n = counts[t]
        z = gates[offsets[t] : offsets[t + 1]]
        z += hidden[:n] @ inner
        np.tanh(z, out=z)
        squashed = z[:, : 3 * width]
        squashed *= 0.5
        squashed += 0.5
        c = cell[:n]
        c *= squashed[:, :width]
        c += squashed[:, width : 2 * width] * z[:, 3 * width :]
        np.multiply(squashed[:, 2 * width :], np.tanh(c), out=hidden[:n])
        result[offsets[t] : offsets[t + 1]] = hidden[:n]
    return result


@Language.factory("extractor_forms")
def create_forms(nlp: Language, name: str) -> SharedForms:
    """spaCy component: the word lists and subword vectors of the shipped model; see the module."""
    return SharedForms(nlp, name)
