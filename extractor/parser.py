"""Tags and trees of sentences: the shipped model's parser, trained by `training/syntax.py`, run with numpy.

Over the encoder of `network` a linear layer for tags and biaffine ones for heads and labels (Dozat and Manning 2017, "Deep
Biaffine Attention for Neural Dependency Parsing"); heads make the best projective tree.  Sentence boundaries are
those set before; a Doc without any is cut at full stops.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from spacy.attrs import DEP, HEAD, TAG
from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

from extractor.network import Encoder, Stored, batches, rectified, sentence_bounds, shared_forms
from extractor.trees import best_heads


class Parser(Stored):
    """Tagger and dependency parser in one component; sets `token.tag_`, `token.head` and `token.dep_`."""

    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def __call__(self, doc: Doc) -> Doc:
        if not len(doc):
            return doc
        words = [token.text for token in doc]
        parts = [
            self._parse(words[start:end], inside) for start, end, inside in batches(sentence_bounds(doc))
        ]
        return doc.from_array([HEAD, DEP, TAG], np.concatenate(parts))  # type: ignore[arg-type]

    def _parse(self, words: list[str], bounds: list[tuple[int, int]]) -> np.ndarray:
        """Relative head, label and tag of each word of whole sentences, as `Doc.from_array` takes them."""
        x = self.encoder(words, bounds)
        tags = (x @ self.weights["tag"] + self.weights["tag_bias"]).argmax(axis=1)
        heads = np.zeros(len(words), dtype="int64")
        roots = np.zeros(len(words), dtype=bool)
        dep = self._layer(x, "arc_dep") @ self.weights["arc"] + self.weights["arc_bias"]
        head = self._layer(x, "arc_head")
        root = self._layer(self.weights["root"], "arc_head")
        for start, end in bounds:
            scores = dep[start:end] @ np.vstack([root, head[start:end]]).T
            np.fill_diagonal(scores[:, 1:], -np.inf)
            found = best_heads(scores)
            roots[start:end] = found == 0
            heads[start:end] = np.where(found == 0, np.arange(start, end), start + found - 1)
        labels = self._labels(x, heads, roots)
        values = np.zeros((len(words), 3), dtype="uint64")
        values[:, 0] = (heads - np.arange(len(words))).astype("int64").astype("uint64")
        values[:, 1] = self.label_ids[labels]
        values[:, 2] = self.tag_ids[tags]
        return values

    def _layer(self, x: np.ndarray, name: str) -> np.ndarray:
        return rectified(x @ self.weights[name] + self.weights[f"{name}_bias"])

    def _labels(self, x: np.ndarray, heads: np.ndarray, roots: np.ndarray) -> np.ndarray:
        dep, head = self._layer(x, "label_dep"), self._layer(x, "label_head")
        head = head[heads]
        head[roots] = self._layer(self.weights["root"], "label_head")
        ones = np.ones((len(x), 1), dtype="float32")
        dep, head = np.hstack([dep, ones]), np.hstack([head, ones])
        by_label = (dep @ self.weights["labelling"]).reshape(len(x), len(self.labels), dep.shape[1])
        scores = np.matmul(by_label, head[:, :, None])[:, :, 0]
        scores[:, self.labels.index("ROOT")] = np.where(roots, np.inf, -np.inf)
        return np.asarray(scores.argmax(axis=1))

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Score tags, trees (punctuation left out) and sentences, as spaCy's own tagger and parser do."""
        examples = list(examples)
        scores = Scorer.score_token_attr(examples, "tag")
        scores.update(Scorer.score_spans(examples, "sents"))
        scores.update(Scorer.score_deps(examples, "dep", ignore_labels=("p", "punct")))
        return scores

    def take(self, stored: dict[str, Any]) -> None:
        self.tags, self.labels = tuple(stored["tags"]), tuple(stored["labels"])
        strings = self.nlp.vocab.strings
        self.tag_ids = np.array([strings.add(tag) for tag in self.tags], dtype="uint64")
        self.label_ids = np.array([strings.add(label) for label in self.labels], dtype="uint64")
        self.weights = {name: value.astype("float32") for name, value in stored["weights"].items()}
        self.encoder = Encoder(shared_forms(self.nlp), stored)


@Language.factory("extractor_parser", assigns=["token.tag", "token.dep", "token.head", "doc.sents"])
def create_parser(nlp: Language, name: str) -> Parser:
    """spaCy component: tagger and parser of the shipped model; see the module."""
    return Parser(nlp, name)
