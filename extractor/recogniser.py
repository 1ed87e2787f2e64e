"""Names of persons, places, organisations: the shipped model's recogniser, trained by `training/recognise.py`.

Over the encoder of `network` a linear layer for BIO tags and a linear-chain CRF (Lample et al. 2016, "Neural Architectures
for Named Entity Recognition"), decoded over each sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Span
from spacy.training import Example

from extractor.network import Encoder, Stored, batches, sentence_bounds, shared_forms


class Recogniser(Stored):
    """Named entity recogniser; sets `doc.ents`."""

    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def __call__(self, doc: Doc) -> Doc:
        if not len(doc):
            return doc
        words = [token.text for token in doc]
        found: list[Span] = []
        for first, last, inside in batches(sentence_bounds(doc)):
            scores = self.encoder(words[first:last], inside) @ self.weight + self.bias
            for start, end in inside:
                found += self._spans(doc, first + start, best_path(scores[start:end], self.moves))
        doc.set_ents(found)
        return doc

    def _spans(self, doc: Doc, start: int, path: list[int]) -> list[Span]:
        spans: list[Span] = []
        opened, label = -1, ""
        for i, tag in enumerate([*(self.tags[k] for k in path), "O"], start):
            if opened >= 0 and not (tag.startswith("I-") and tag[2:] == label):
                spans.append(Span(doc, opened, i, label=label))
                opened = -1
            if tag != "O" and opened < 0:
                opened, label = i, tag[2:]
        return spans

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Score names by exact span and label."""
        return dict(get_ner_prf(examples))

    def take(self, stored: dict[str, Any]) -> None:
        self.tags = tuple(stored["tags"])
        self.labels = tuple(sorted({tag[2:] for tag in self.tags if tag != "O"}))
        self.weight, self.bias, self.moves = (
            stored["weights"][name].astype("float32") for name in ("weight", "bias", "moves")
        )
        self.encoder = Encoder(shared_forms(self.nlp), stored)


def best_path(scores: np.ndarray, moves: np.ndarray) -> list[int]:
    """Return the best sequence of tags (Viterbi).

    Args:
        scores: [n, tags].
        moves: [tags + 1, tags], what going from one tag to another adds; the last row is for the first word.
    """
    total = scores[0] + moves[-1]
    inner = moves[:-1]
    back: list[np.ndarray] = []
    for row in scores[1:]:
        through = total[:, None] + inner
        best = through.argmax(axis=0)
        back.append(best)
        total = through[best, np.arange(len(row))] + row
    path = [int(total.argmax())]
    for best in reversed(back):
        path.append(int(best[path[-1]]))
    return path[::-1]


@Language.factory("extractor_recogniser", assigns=["doc.ents", "token.ent_iob", "token.ent_type"])
def create_recogniser(nlp: Language, name: str) -> Recogniser:
    """spaCy component: the name recogniser of the shipped model; see the module."""
    return Recogniser(nlp, name)
