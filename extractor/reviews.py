"""What reviewers decided: `reviews.jsonl`, one decision a line, only ever appended to.

A decision names its event by content: the document, the sentence's text, and what the reviewer saw there. Spans
inside a decision count from the start of that sentence (below 0 or beyond its end for what stands elsewhere in
the document), so that they hold wherever the sentence moves.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, model_validator

from extractor.calendar import bounds
from extractor.errors import ExtractorError, InputError, OutputError
from extractor.jsonl import LINE_SEPARATORS, parse, without_collecting
from extractor.schema import (
    Argument,
    Attribution,
    EventDate,
    Kind,
    Measure,
    Modality,
    QuantityRecord,
    Record,
    Role,
    Span,
)

Action = Literal["accept", "reject", "correct", "add", "merge", "split", "note", "undo"]
ON_EVENT = ("accept", "reject", "correct", "add")
FILE = "reviews.jsonl"
ROLES: tuple[str, ...] = get_args(Role)
MEASURES: tuple[str, ...] = get_args(Measure)
VALUE_FIELDS = ("type", "subtype", "modality")
FIELDS = (*VALUE_FIELDS, "trigger", "date", "attribution", *ROLES, *MEASURES)


class Facts(Record):
    """What an event says, apart from ids; spans count from the start of its sentence."""

    type: str = Field(min_length=1)
    subtype: str | None = None
    trigger: Span
    date: EventDate | None = None
    arguments: list[Argument] = Field(default_factory=list)
    quantities: list[QuantityRecord] = Field(default_factory=list)
    modality: Modality = "actual"
    attribution: list[Attribution] = Field(default_factory=list)
    sources: list[Span] = Field(default_factory=list)
    rule: str = "review/added"
    confidence: float = 1.0


class Content(Record):
    """Which event a decision is about, and as what it was seen.

    `event` is its id then, `hash` that of the sentence's words (`sentence_hash`), `occurrence` counts the places
    before it in the document with the same sentence, `start` is where it stood.
    """

    document: str
    event: str
    sentence: str
    hash: str
    occurrence: int = 0
    start: int = 0
    facts: Facts


class Value(Record):
    """One value of a field, old or new. `value` is a type, subtype, modality, an EDTF date, or the name that a
    participant stands for; `text`, `start`, `end` its span; a count has min, max, approximate."""

    value: str | None = None
    text: str | None = None
    start: int | None = None
    end: int | None = None
    min: int | None = None
    max: int | None = None
    approximate: bool = False
    kind: Kind | None = None
    entity: str | None = None


class Correction(Record):
    """One field put right: type, subtype, modality, trigger, date, attribution, a role, or a measure.

    `old` null adds a value, `new` null takes one away. A participant given another role is two corrections.
    """

    field: str
    old: Value | None = None
    new: Value | None = None


class Decision(Record):
    """One line of reviews.jsonl. Build it with `decide`.

    `at` is an ISO time in UTC. `content` holds one event; for merge the events that are one incident; for split
    those that are an incident apart from the events of `apart`. `undoes` is the id of a decision that this one takes
    back, or, for another action than undo, replaces.
    """

    id: str
    at: str
    by: str
    action: Action
    content: list[Content] = Field(default_factory=list)
    apart: list[Content] = Field(default_factory=list)
    corrections: list[Correction] = Field(default_factory=list)
    note: str | None = None
    undoes: str | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Decision:
        n = len(self.content)
        wanted = {
            "merge": n >= 2, "split": n >= 1 and bool(self.apart), "undo": n == 0 and bool(self.undoes),
            "note": n <= 1 and bool(self.note),
        }.get(self.action, n == 1)  # fmt: skip
        if not wanted:
            raise ValueError(f"a decision to {self.action} does not have {n} event(s) and these keys")
        if bool(self.corrections) != (self.action == "correct"):
            raise ValueError("corrections belong to correct, and correct has some")
        for content in (*self.content, *self.apart):
            _check_spans(content.facts, content.sentence)
        if self.corrections:
            _check_spans(stated(self), self.content[0].sentence)
        return self


def sentence_hash(text: str) -> str:
    """16 hex digits of the SHA-256 of a sentence's words; the same however its lines are wrapped."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def event_id(document: str, kind: str, trigger: str, sentence: str, count: int = 1) -> str:
    """The id of an event by its content, as the extractor gives it; `count` tells twins of one sentence apart."""
    identity = "|".join((document, kind, trigger, sentence))
    return "ev-" + hashlib.sha256(f"{identity}|{count}".encode()).hexdigest()[:12]


def shifted(facts: Facts, by: int) -> Facts:
    """The same facts with every span moved by so many characters."""
    moved = facts.model_copy(deep=True)
    for span in spans(moved):
        span.start += by
        span.end += by
    return moved


def spans(facts: Facts) -> list[Any]:
    """Every object of the facts that has text, start and end: the trigger first."""
    found: list[Any] = [facts.trigger, *facts.arguments, *facts.attribution, *facts.sources]
    found += [q.span for q in facts.quantities]
    if facts.date is not None:
        found.append(facts.date.span)
        if facts.date.anchor is not None:
            found.append(facts.date.anchor)
    return found


def content_of(event: Mapping[str, Any], text: str) -> Content:
    """An event of events.jsonl as the content of a decision.

    Args:
        event: the event's record as a dict, offsets into `text`.
        text: the text of its document.
    """
    start, end = event["sentence"]["start"], event["sentence"]["end"]
    sentence = text[start:end]
    facts = Facts.model_validate({name: event[name] for name in Facts.model_fields if name in event})
    return Content(
        document=event["document"], event=event["id"], sentence=sentence, hash=sentence_hash(sentence),
        occurrence=text.count(sentence, 0, start), start=start, facts=shifted(facts, -start),
    )  # fmt: skip


def added(document: str, text: str, sentence: tuple[int, int], facts: Mapping[str, Any]) -> Content:
    """The content of a decision to add an event.

    Args:
        document: the document's id.
        text: its text.
        sentence: start and end of the sentence in the text.
        facts: type, trigger and whatever else of `Facts`, offsets into `text`.

    Raises:
        ExtractorError: the facts do not hold together.
    """
    try:
        found = Facts.model_validate(facts)
    except ValidationError as error:
        raise ExtractorError(_told(error), "Mend the event.") from None
    words = text[sentence[0] : sentence[1]]
    event = {
        **found.model_dump(), "document": document, "sentence": {"start": sentence[0], "end": sentence[1]},
        "id": event_id(document, found.type, found.trigger.text, words),
    }  # fmt: skip
    return content_of(event, text)


def decide(
    action: Action, by: str, content: Iterable[Content] = (), *, apart: Iterable[Content] = (),
    corrections: Iterable[Correction] = (), note: str | None = None, undoes: str | None = None,
    at: str | None = None,
) -> Decision:  # fmt: skip
    """A decision with its id, which comes from all the rest of it.

    Args:
        action: what is decided.
        by: who decides.
        content: the event or events.
        apart: for split, the events it is split from.
        corrections: for correct.
        note: a remark, with any action.
        undoes: the id of the decision to undo, or to replace.
        at: ISO time; now when left out.

    Raises:
        ExtractorError: the decision does not hold together.
    """
    stamp = at or datetime.now(UTC).isoformat(timespec="microseconds")
    try:
        decision = Decision(
            id="", at=stamp, by=by, action=action, content=list(content), apart=list(apart),
            corrections=list(corrections), note=note, undoes=undoes,
        )  # fmt: skip
    except ValidationError as error:
        raise ExtractorError(_told(error), "Mend the decision.") from None
    digest = hashlib.sha256(_dump(decision).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return decision.model_copy(update={"id": f"de-{digest}"})


def stated(decision: Decision) -> Facts:
    """What the event of an accept, correct or add says once decided; spans count from its sentence's start.

    Raises:
        ValueError: a correction does not apply.
    """
    facts = decision.content[0].facts.model_copy(deep=True)
    for correction in decision.corrections:
        _apply(correction, facts)
        if correction.field == "date" and facts.date is not None:
            explicit = _inside(facts.date.span, decision.content[0].sentence)
            facts.date.basis = "explicit" if explicit else "context"
    return facts


def _apply(correction: Correction, facts: Facts) -> None:
    name, old, new = correction.field, correction.old, correction.new
    entry: Any
    if name not in FIELDS:
        raise ValueError(f"{name}: no field that can be corrected; use {', '.join(FIELDS)}")
    if old is None and new is None:
        raise ValueError(f"{name}: neither an old nor a new value")
    if name in VALUE_FIELDS:
        value = new.value if new else None
        if name != "subtype" and not value:
            raise ValueError(f"{name}: needs a value")
        if name == "modality" and value not in get_args(Modality):
            raise ValueError(f"modality {value}: use {', '.join(get_args(Modality))}")
        setattr(facts, name, value)
    elif name == "trigger":
        if new is None:
            raise ValueError("trigger: an event has one")
        facts.trigger = _span(new, name)
    elif name == "date":
        facts.date = None if new is None else _date(new)
    elif name == "attribution":
        entry = new and Attribution(**_span(new, name).model_dump(), entity=new.entity)
        _replace(facts.attribution, old, entry, lambda a: a)
    elif name in ROLES:
        entry = new and Argument.model_validate(
            {"role": name, **_span(new, name).model_dump(), "kind": new.kind, "entity": new.entity,
             "refers_to": new.value}
        )  # fmt: skip
        _replace(facts.arguments, old, entry, lambda a: a if a.role == name else None)
    else:
        if new and new.min is None and new.max is None:
            raise ValueError(f"{name}: needs min or max")
        entry = new and QuantityRecord.model_validate(
            {"measure": name, "min": new.min, "max": new.max, "approximate": new.approximate,
             "span": _span(new, name)}
        )  # fmt: skip
        _replace(facts.quantities, old, entry, lambda q: q.span if q.measure == name else None)


def _replace(entries: list[Any], old: Value | None, entry: Any, span_of: Any) -> None:
    place = len(entries)
    if old is not None:
        at = [
            n for n, e in enumerate(entries) if (s := span_of(e)) and (s.start, s.end) == (old.start, old.end)
        ]
        if not at:
            raise ValueError(f"the old value {old.text!r} is not among those of the event")
        place = at[0]
        del entries[place]
    if entry is not None:
        entries.insert(place, entry)


def _span(value: Value, name: str) -> Span:
    if value.text is None or value.start is None or value.end is None:
        raise ValueError(f"{name}: needs text, start and end")
    return Span(text=value.text, start=value.start, end=value.end)


def _date(value: Value) -> EventDate:
    earliest, latest = bounds(value.value or "")
    return EventDate(value=value.value or "", earliest=earliest, latest=latest, basis="explicit",
                     span=_span(value, "date"))  # fmt: skip


def _check_spans(facts: Facts, sentence: str) -> None:
    """Spans inside the sentence must say what the sentence says; the trigger must lie in it."""
    for number, span in enumerate(spans(facts)):
        inside = _inside(span, sentence)
        if span.end <= span.start or (number == 0 and not inside):
            raise ValueError(f"{span.text!r}: does not lie in its sentence")
        if inside and sentence[span.start : span.end] != span.text:
            raise ValueError(f"{span.text!r}: the sentence has {sentence[span.start : span.end]!r} there")


def _inside(span: Any, sentence: str) -> bool:
    return bool(span.start >= 0 and span.end <= len(sentence))


# ---- the file ----------------------------------------------------------------------------------------------


@dataclass
class Reviews:
    """The decisions of one output folder.

    `decisions` are all lines in order; `effective` those that no undo took back (undo itself left out);
    `standing` is the latest accept, reject, correct or add of each event id; `notes` and `links` (merge, split)
    are what their names say, in order. `torn` is a last line that was cut off and does not count.
    """

    decisions: list[Decision] = field(default_factory=list)
    torn: bytes = b""
    effective: list[Decision] = field(default_factory=list)
    standing: dict[str, Decision] = field(default_factory=dict)
    notes: dict[str, list[Decision]] = field(default_factory=dict)
    links: list[Decision] = field(default_factory=list)

    def add(self, decision: Decision) -> None:
        """Take in one more decision."""
        self.decisions.append(decision)
        if decision.undoes:
            self.fold()
        else:
            self._take(decision)

    def fold(self) -> None:
        """Work out anew what stands: an undo takes its decision back, and can itself be undone."""
        void: set[str] = set()
        for decision in reversed(self.decisions):
            if decision.undoes and decision.id not in void:
                void.add(decision.undoes)
        self.effective, self.standing, self.notes, self.links = [], {}, {}, []
        for decision in self.decisions:
            if decision.action != "undo" and decision.id not in void:
                self._take(decision)

    def _take(self, decision: Decision) -> None:
        self.effective.append(decision)
        if decision.action in ON_EVENT:
            self.standing.pop(decision.content[0].event, None)  # the latest stands last
            self.standing[decision.content[0].event] = decision
        elif decision.action in ("merge", "split"):
            self.links.append(decision)
        if decision.note:
            for content in decision.content:
                self.notes.setdefault(content.event, []).append(decision)


def load(output: Path) -> Reviews:
    """The decisions of an output folder (or of a reviews.jsonl); none where there is no file.

    Raises:
        InputError: a whole line is no decision; names file and line.
    """
    path = _path(output)
    found = Reviews()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return found
    except OSError as error:
        problem = f"{path}: cannot read: {error.strerror or error}."
        raise InputError("unreadable", problem, "Check its permissions.") from None
    lines = data.split(b"\n")
    tail = lines.pop()
    if tail.strip():
        if _whole(tail):
            lines.append(tail)
        else:
            found.torn = tail
    with without_collecting():
        for number, line in enumerate(lines, start=1):
            if line.strip():
                found.decisions.append(read_decision(line, f"{path}:{number}"))
    found.fold()
    return found


def _path(output: Path) -> Path:
    return output if output.suffix == ".jsonl" else output / FILE


def read_decision(line: bytes, where: str) -> Decision:
    """One line of reviews.jsonl.

    Raises:
        InputError: it is no decision; `where` names the place.
    """
    try:
        return Decision.model_validate(parse(line, where))
    except ValidationError as error:
        raise InputError("bad_record", f"{where}: {_told(error)}", "Mend or remove the line.") from None


def _whole(tail: bytes) -> bool:
    """Whether a last line without its line end is a decision all the same."""
    try:
        read_decision(tail, "")
    except InputError:
        return False
    return True


def append(output: Path, decision: Decision) -> None:
    """Write a decision to the end of reviews.jsonl and to the disk; safe with several writers at once.

    A last line that a crash cut off was never acknowledged: it is moved to reviews.jsonl.torn first.

    Raises:
        OutputError: it cannot be written; the file is then as it was.
    """
    path = _path(output)
    line = _dump(decision).encode() + b"\n"
    try:
        with path.open("a+b", buffering=0) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)  # closing lets go of it
            end = _mend(path, stream)
            try:
                written = stream.write(line)
                if written != len(line):
                    raise OSError(28, "No space left on device")
                os.fsync(stream.fileno())
            except OSError:
                with suppress(OSError):
                    stream.truncate(end)
                raise
    except OSError as error:
        raise OutputError(
            f"{path}: the decision was not saved: {error.strerror or error}.",
            "Make room or check the permissions, and decide again.",
        ) from None


def _mend(path: Path, stream: Any) -> int:
    """See to a last line without its line end; returns where the file ends."""
    size = int(stream.seek(0, os.SEEK_END))
    if size == 0:
        return 0
    stream.seek(size - 1)
    if stream.read(1) == b"\n":
        return size
    start, tail = size, b""
    while start > 0 and b"\n" not in tail:
        start = max(0, start - 65536)
        stream.seek(start)
        tail = stream.read(size - start)
    tail = tail[tail.rfind(b"\n") + 1 :]
    if _whole(tail):
        stream.write(b"\n")
        return size + 1
    with path.with_name(f"{path.name}.torn").open("ab") as aside:
        aside.write(tail + b"\n")
    stream.truncate(size - len(tail))
    return size - len(tail)


def _dump(decision: Decision) -> str:
    value = decision.model_dump(mode="json", exclude_defaults=True)
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return LINE_SEPARATORS.sub(lambda match: f"\\u{ord(match.group()):04x}", line)


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    told = first["msg"].removeprefix("Value error, ")
    return f"{place}: {told}." if place else f"{told}."
