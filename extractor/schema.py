"""The records that enter and leave the extractor, and those that travel on the Doc between stages.

Offsets everywhere are Unicode code points into the document text, start inclusive, end exclusive, and
`text == document_text[start:end]` holds for every span. Pydantic models are what is written to disk (field
order is key order); dataclasses are what stages leave on the spaCy `Doc` for the stages after them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_serializer

Kind = Literal[
    "armed_group", "state_force", "government", "intergovernmental", "organisation", "media", "person",
    "people", "facility", "place", "operation", "weapon", "agreement",
]  # fmt: skip
EventType = Literal[
    "attack", "clash", "killing", "kidnapping", "abuse", "arrest", "release", "prosecution", "verdict",
    "sanction", "designation", "operation", "deployment", "withdrawal", "territory", "support", "coup",
    "appointment", "resignation", "election", "protest", "declaration", "policy", "agreement", "formation",
    "merger", "split", "renaming", "allegiance", "membership", "meeting", "claim", "accusation", "denial",
    "threat", "statement", "displacement",
]  # fmt: skip
Role = Literal["actor", "target", "party", "instrument", "place", "result", "beneficiary"]
Measure = Literal[
    "killed", "injured", "abducted", "arrested", "released", "displaced", "troops", "attacks", "money",
    "sentenced", "missing",
]  # fmt: skip
Modality = Literal["actual", "planned", "threatened", "alleged", "denied", "conditional"]
BlockKind = Literal["heading", "paragraph", "list_item", "dateline", "citation", "furniture"]


TYPE_HELP = "One of the guide's types, or one that a user's frames name."


class Record(BaseModel):
    """Base of everything written to disk: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class Span(Record):
    """A stretch of the document text."""

    text: str
    start: int
    end: int


class Block(Record):
    """A piece of a document's layout. A dateline block lies at the start of the paragraph it opens, a
    citation block at the end of the paragraph it documents; all others tile the text without overlap."""

    kind: BlockKind
    start: int
    end: int
    page: int | None = None


class Article(Record):
    """One document as read: a line of documents.jsonl.

    `source` is a path or an address, `sha256` is of the bytes read, `published` an ISO day or null,
    `language` an ISO 639-1 code or null.
    """

    id: str
    source: str
    sha256: str
    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    language: str | None = None
    text: str
    blocks: list[Block] = []


class Sentence(Record):
    start: int
    end: int


class EventDate(Record):
    """When an event happened. `value` is EDTF, `earliest`/`latest` are ISO days, null where open."""

    value: str
    earliest: str | None
    latest: str | None
    basis: Literal["explicit", "context"]
    span: Span
    anchor: Span | None = None


class Argument(Record):
    """A participant. `refers_to` is the name that a pronoun or bare noun stands for."""

    role: Role
    text: str
    start: int
    end: int
    kind: Kind | None
    entity: str | None
    refers_to: str | None = None


class QuantityRecord(Record):
    measure: Measure
    min: int | None
    max: int | None
    approximate: bool
    span: Span


class Attribution(Span):
    """Who the text says said so, with the canonical entity where known."""

    entity: str | None = None


class Review(Record):
    """A reviewer's mark on an event. `standing` is conflict where the text changed under the decision and the
    event is as extracted; else the event says what was decided."""

    standing: Literal["accepted", "corrected", "added", "conflict"]
    by: str
    decision: str


class Event(Record):
    """One event mention: a line of events.jsonl. `reviewed` is written only where there is something to say."""

    id: str
    document: str
    type: str = Field(
        description="One of the guide's types, or one that a user's frames name.",
        examples=list(get_args(EventType)),
    )
    subtype: str | None
    trigger: Span
    sentence: Sentence
    date: EventDate | None
    arguments: list[Argument]
    quantities: list[QuantityRecord]
    modality: Modality
    attribution: list[Attribution]
    sources: list[Span]
    incident: str | None
    rule: str
    confidence: float
    reviewed: Review | None = None

    @model_serializer(mode="wrap")
    def _without_review(self, handler):  # type: ignore[no-untyped-def]
        record = handler(self)
        if record.get("reviewed", self) is None:
            del record["reviewed"]
        return record


class MentionRecord(Record):
    """Where an entity was met. `rule` is the rule that found it."""

    document: str
    text: str
    start: int
    end: int
    rule: str


class Entity(Record):
    """One canonical entity: a line of entities.jsonl. `known` is true when the knowledge base has it."""

    id: str
    kind: Kind
    name: str
    names: list[str]
    known: bool
    attributes: dict[str, Any]
    mentions: list[MentionRecord]


class ConflictValue(Record):
    value: Any
    events: list[str]


class Conflict(Record):
    """A field on which reports of one incident disagree, with every value and who gives it."""

    field: str
    values: list[ConflictValue]


class Incident(Record):
    """One real-world event: a line of incidents.jsonl."""

    id: str
    type: str = Field(
        description="One of the guide's types, or one that a user's frames name.",
        examples=list(get_args(EventType)),
    )
    date: EventDate | None
    places: list[str]
    actors: list[str]
    targets: list[str]
    quantities: list[QuantityRecord]
    events: list[str]
    conflicts: list[Conflict]


class Rejection(Record):
    """An input that gave no document. `reason` is a short code, `detail` a sentence."""

    source: str
    reason: str
    detail: str


@dataclass
class Timex:
    """A time expression (TimeML TIMEX3) and what it resolves to.

    `timex` is the TIMEX3 value, `edtf` the EDTF value (null for durations, sets and what is unresolved),
    `earliest`/`latest` ISO days, `anchor` the (start, end) of the expression it was resolved against,
    `unresolved` a reason or None.
    """

    text: str
    start: int
    end: int
    type: Literal["DATE", "TIME", "DURATION", "SET"]
    timex: str | None = None
    edtf: str | None = None
    earliest: str | None = None
    latest: str | None = None
    granularity: str | None = None
    anchor: tuple[int, int] | None = None
    rule: str = ""
    unresolved: str | None = None


@dataclass
class Quantity:
    """A count or an amount: `number` is the (start, end) of the number phrase alone, `start`/`end` also
    cover the counted noun phrase; `noun` is the token index of the counted noun, None where there is none.
    `unit` is count, money, percent, or measure (kilometres, years old). `part` is true for a count that is
    included in another ("including three children"). `increase` is true for additions ("a further six")."""

    text: str
    start: int
    end: int
    number: tuple[int, int]
    min: int | None
    max: int | None
    approximate: bool
    unit: Literal["count", "money", "percent", "measure"]
    noun: int | None
    currency: str | None = None
    part: bool = False
    increase: bool = False
    rule: str = ""


@dataclass
class Arg:
    """A filler of a deep function. `function` is subject, object, indirect, complement (predicate nominal,
    object predicative: "named him *chief*"), prep, poss, compound or amod (last three: of a noun predicate,
    "*Mali's* withdrawal", "*hotel* siege", "*French* withdrawal"). `prep` is the lower-case preposition of a
    prep filler, else ''. `head` is the token index of the filler's head. `route` says how it was reached:
    direct, passive, conjunct, relative, participle, control, raising, light, apposition, ..."""

    function: str
    head: int
    prep: str = ""
    route: str = "direct"


@dataclass
class Governor:
    """A predicate above this one. `relation` is complement (said that, planned to), purpose (deployed to),
    conditional (if, unless), temporal, causal, relative, conjunct, adverbial. `negated` is whether the
    governor is negated."""

    predicate: int
    lemma: str
    relation: str
    negated: bool = False


@dataclass
class Predication:
    """A predicate with its arguments under deep functions: who did what, whatever the surface form.

    `predicate` is the token index; `lemma` carries the particle ("carry out"); `kind` is verb, noun or
    adjective; `light` is the light verb over an event noun ("carried out an attack"), whose subject the noun
    takes over. `modals` are the lemmas of modal auxiliaries, `tense` is past, present, future or None.
    `clause` is main, relative, reduced_relative, participle, infinitive, complement, adverbial, nominal.
    `governors` runs from the nearest to the outermost."""

    predicate: int
    lemma: str
    kind: Literal["verb", "noun", "adjective"]
    arguments: list[Arg] = field(default_factory=list)
    particle: int | None = None
    light: int | None = None
    passive: bool = False
    negated: bool = False
    modals: list[str] = field(default_factory=list)
    tense: str | None = None
    clause: str = "main"
    governors: list[Governor] = field(default_factory=list)


def register_extensions() -> None:
    """Declare what stages keep on spaCy objects. Safe to call again.

    Doc: `published` (ISO day or None), `blocks` (list of Block), `timexes`, `quantities`, `predications`,
    `events` (each a list). doc.spans: "blocks", "entities", "dates", "quantities". A span in
    doc.spans["entities"] has label_ = kind, id_ = rule, kb_id_ = canonical id or ''.
    Span: `mention` (name, nominal or pronoun), `refers_to` (str or None), `attributes` (dict).
    """
    from spacy.tokens import Doc, Span  # not above: who only reads records need not wait for spaCy

    for name, default in (
        ("document", None), ("published", None), ("title", None), ("blocks", None), ("domain", None),
        ("timexes", None), ("quantities", None), ("predications", None), ("events", None),
        ("definitions", None),
    ):  # fmt: skip
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=default)
    for name, value in (("mention", "name"), ("refers_to", None), ("attributes", None)):
        if not Span.has_extension(name):
            Span.set_extension(name, default=value)
