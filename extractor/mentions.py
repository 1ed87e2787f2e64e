"""Mentions while they are being collected: what a source proposes, and which proposals stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spacy.tokens import Doc, Span

# Where proposals overlap, the longer stands; of equal ones, the source named first here.
SOURCES = (
    "definition",
    "group",
    "country",
    "region",
    "shape",
    "title",
    "person",
    "gazetteer",
    "ner",
    "run",
    "noun",
    "pronoun",
)
_STOPS = {
    "of",
    "in",
    "at",
    "from",
    "for",
    "to",
    "by",
    "with",
    "on",
    "near",
    "against",
    "and",
    "-lrb-",
    "(",
    ",",
    "–",
    "—",
}


@dataclass
class Mention:
    """A proposed mention: tokens [start, end), the head's token index, kind, rule, canonical id and the rest.

    `form` is name, nominal or pronoun. `source` is one of SOURCES. `inner` mentions may lie within others.
    """

    start: int
    end: int
    head: int
    kind: str
    rule: str
    source: str
    entity: str = ""
    form: str = "name"
    refers_to: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[int, int, int]:
        return (-(self.end - self.start), SOURCES.index(self.source), self.start)

    def text(self, doc: Doc) -> str:
        return doc[self.start : self.end].text


def name_head(doc: Doc, start: int, end: int) -> int:
    """The head of a name: the word before its first preposition, else its last word."""
    for i in range(start + 1, end):
        if doc[i].lower_ in _STOPS:
            return i - 1
    last = end - 1
    while last > start and not doc[last].text[-1].isalnum():
        last -= 1
    return last


def settle_names(mentions: Iterable[Mention]) -> list[Mention]:
    """Names that do not overlap: longest first, then by source."""
    taken: dict[int, Mention] = {}
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: m.rank):
        if any(i in taken for i in range(mention.start, mention.end)):
            continue
        kept.append(mention)
        taken.update(dict.fromkeys(range(mention.start, mention.end), mention))
    return sorted(kept, key=lambda m: m.start)


def one_per_head(mentions: Iterable[Mention]) -> list[Mention]:
    """At most one mention per head token, the longest; in reading order."""
    best: dict[int, Mention] = {}
    for mention in sorted(mentions, key=lambda m: m.rank):
        best.setdefault(mention.head, mention)
    return sorted(best.values(), key=lambda m: (m.start, -m.end))


def to_span(doc: Doc, mention: Mention) -> Span:
    """The mention as it stands in doc.spans["entities"]; attribute `head` is the head's token index."""
    span = Span(
        doc, mention.start, mention.end, label=mention.kind, kb_id=mention.entity, span_id=mention.rule
    )
    span._.mention = mention.form
    span._.refers_to = mention.refers_to
    span._.attributes = {"head": mention.head, **mention.attributes}
    return span
