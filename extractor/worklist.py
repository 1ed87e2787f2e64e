"""The events of an output folder as a reviewer works through them: what is new or changed first.

Lines are read where they lie, so that memory holds a row for each event and never the output as a whole.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from extractor import reviews
from extractor.diff import Change, compare
from extractor.errors import InputError
from extractor.jsonl import parse
from extractor.matching import Fact
from extractor.report import because
from extractor.reviews import Content, Decision, Facts, Reviews

State = Literal["conflict", "changed", "new", "removed", "unchanged"]
Status = Literal["open", "accepted", "rejected", "corrected", "added", "withdrawn"]
RANK: dict[State, int] = {"conflict": 0, "changed": 1, "new": 2, "removed": 3, "unchanged": 4}
STATUS: dict[str, Status] = {
    "accept": "accepted", "reject": "rejected", "correct": "corrected", "add": "added",
}  # fmt: skip
# How much of a sentence a row shows, in characters.
BEFORE, AFTER = 56, 140
VIEWS = 32


@dataclass(slots=True)
class Row:
    """One event in the list. `offset` is where its line lies in events.jsonl, -1 for one that a reviewer added.
    `where` is its trigger in `sentence`; `order` its document's place among the documents."""

    id: str
    document: str
    type: str
    subtype: str | None
    trigger: str
    start: int
    end: int
    sentence: str
    where: int
    date: str | None
    confidence: float
    incident: str | None
    offset: int
    order: int
    state: State = "unchanged"
    status: Status = "open"

    @property
    def place(self) -> tuple[int, int, int, str]:
        return RANK[self.state], self.order, self.start, self.id


@dataclass
class Source:
    """A folder's texts and lines, by where they lie."""

    folder: Path
    documents: dict[str, int] = field(default_factory=dict)

    def article(self, name: str) -> dict[str, Any]:
        """A document's record; an empty one where it is not at hand."""
        if name not in self.documents:
            return {"id": name, "text": "", "blocks": []}
        return _article(str(self.folder / "documents.jsonl"), self.documents[name])

    def event(self, offset: int) -> dict[str, Any]:
        path = self.folder / "events.jsonl"
        with path.open("rb") as stream:
            stream.seek(offset)
            return parse(stream.readline(), f"{path}: byte {offset}")


@lru_cache(maxsize=64)
def _article(path: str, offset: int) -> dict[str, Any]:
    with open(path, "rb") as stream:
        stream.seek(offset)
        return parse(stream.readline(), f"{path}: byte {offset}")


class Stale(Exception):
    """A decision on what is no longer so."""


class Worklist:
    """The events of one output folder, with what was decided on them.

    Args:
        output: a folder that `extractor run` wrote.
        since: the folder of an earlier run to compare with.

    Raises:
        InputError: a file is missing or a line is not what a run writes.
    """

    def __init__(self, output: Path, since: Path | None = None) -> None:
        self.output, self.since = output, since
        self.load()

    # ---- reading -------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the folder from its beginning."""
        _article.cache_clear()
        self.stamp = self._stamp()
        self.source = Source(self.output)
        self.old = Source(self.since) if self.since else None
        self.rows: list[Row] = []
        self.by_id: dict[str, int] = {}
        self.by_document: dict[str, list[int]] = defaultdict(list)
        self.changes: dict[str, Change] = {}
        self.views: OrderedDict[str, list[int]] = OrderedDict()
        self.made = 0
        self._entities: dict[str, dict[str, Any]] | None = None
        texts = self._texts(self.source)
        for offset, event in _events(self.output):
            self._add(self._row(event, texts.get(event["document"], ""), offset))
        if self.since is not None:
            self._compare(self.since)
        self.reviews = Reviews()
        self.read = 0
        self.latest: dict[str, str] = {}
        self.moved: dict[str, str] = {}
        self.refresh()
        if self.since is None and self.reviews.decisions:
            for row in self.rows:
                if row.status == "open" and row.state == "unchanged":
                    row.state = "new"
        self.sort()

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = (self.output / "events.jsonl").stat()
        except OSError:
            return 0, 0, 0
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _texts(self, source: Source) -> dict[str, str]:
        path, texts = source.folder / "documents.jsonl", {}
        for offset, line in _lines(path):
            article = parse(line, f"{path}: byte {offset}")
            try:
                source.documents[article["id"]] = offset
                texts[article["id"]] = article["text"]
            except KeyError as error:
                raise InputError("bad_record", f"{path}: byte {offset}: no {error}.", REMEDY) from None
        return texts

    def _row(self, event: dict[str, Any], text: str, offset: int) -> Row:
        try:
            start, end = event["sentence"]["start"], event["sentence"]["end"]
            trigger = event["trigger"]
            return Row(
                id=event["id"], document=event["document"], type=event["type"], subtype=event["subtype"],
                trigger=trigger["text"], start=trigger["start"], end=trigger["end"], sentence=text[start:end],
                where=trigger["start"] - start, date=event["date"]["value"] if event["date"] else None,
                confidence=event["confidence"], incident=event["incident"], offset=offset,
                order=self.source.documents.get(event["document"], -1),
            )  # fmt: skip
        except (KeyError, TypeError) as error:
            where = f"{self.output / 'events.jsonl'}: byte {offset}"
            raise InputError("bad_record", f"{where}: no event as a run writes it ({error}).", REMEDY) from None

    def _add(self, row: Row) -> None:
        self.by_id[row.id] = len(self.rows)
        self.by_document[row.document].append(len(self.rows))
        self.rows.append(row)

    def _compare(self, since: Path) -> None:
        """Mark what differs from an earlier run, and take in what is gone."""
        assert self.old is not None
        gone: dict[str, Change] = {}
        for change in compare(since, self.output).changes:
            if change.kind == "moved":
                continue
            for side in change.new:
                self.changes[side.event] = change
                if side.event in self.by_id:
                    self.rows[self.by_id[side.event]].state = "new" if change.kind == "added" else "changed"
            if change.kind == "removed":
                gone[change.old[0].event] = change
        texts = self._texts(self.old)
        for offset, event in _events(since) if gone else ():
            if event["id"] in gone:
                row = self._row(event, texts.get(event["document"], ""), offset)
                row.id, row.state = f"old:{row.id}", "removed"
                self.changes[row.id] = gone[event["id"]]
                self._add(row)

    def sort(self) -> None:
        self.order = sorted(range(len(self.rows)), key=lambda n: self.rows[n].place)

    # ---- decisions -----------------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Take in what has been decided since, by whomever; True where the output itself was made anew."""
        if self._stamp() != self.stamp:
            self.load()
            return True
        path = self.output / reviews.FILE
        size = path.stat().st_size if path.exists() else 0
        if size < self.read:
            self.load()
            return True
        if size > self.read:
            with path.open("rb") as stream:
                stream.seek(self.read)
                data = stream.read()
            whole = data[: data.rfind(b"\n") + 1]
            for number, line in enumerate(whole.splitlines(), start=len(self.reviews.decisions) + 1):
                if line.strip():
                    self._take(reviews._decision(line, f"{path}:{number}"))
            self.read += len(whole)
        return False

    def _take(self, decision: Decision) -> None:
        self.reviews.add(decision)
        touched = self.touched(decision)
        for event in touched:
            if decision.action in (*reviews.ON_EVENT, "undo"):
                self.latest[event] = decision.id
            if event not in self.by_id and decision.content:
                self._add_reviewed(decision.content[0])
        for event in touched:
            self._settle(event)
        if any(d.action in ("merge", "split") for d in (decision, *self._undone(decision))):
            self._link()

    def _undone(self, decision: Decision) -> list[Decision]:
        return [d for d in self.reviews.decisions if d.id == decision.undoes] if decision.undoes else []

    def touched(self, decision: Decision) -> list[str]:
        """Ids of the events that a decision is about."""
        about = [decision, *self._undone(decision)]
        return list(dict.fromkeys(c.event for d in about for c in (*d.content, *d.apart)))

    def _add_reviewed(self, content: Content) -> None:
        """A row for an event that only a decision knows: one added, or one that a later run left out."""
        event = self.placed(content)
        if event is not None:
            self._add(self._row(event, self.source.article(content.document)["text"], -1))
            self.sort()

    def placed(self, content: Content) -> dict[str, Any] | None:
        """The event of a decision where its sentence stands now; None where it does not."""
        text = self.source.article(content.document)["text"]
        places = list(_occurrences(text, content.sentence)) if content.sentence else []
        if not places:
            return None
        start = places[min(content.occurrence, len(places) - 1)]
        return as_event(content.event, content.document, content.facts, start, len(content.sentence))

    def _settle(self, event: str) -> None:
        if event not in self.by_id:
            return
        row = self.rows[self.by_id[event]]
        decision = self.reviews.standing.get(event)
        if decision is None:
            row.status = "withdrawn" if row.offset < 0 else "open"
            return
        row.status = STATUS[decision.action]
        shown = self.event(row)
        row.type, row.subtype = shown["type"], shown["subtype"]
        row.date = shown["date"]["value"] if shown["date"] else None

    def _link(self) -> None:
        """Which incident each event is of, once decisions on incidents are carried out in their order."""
        self.moved = {}
        for link in self.reviews.links:
            ids = [c.event for c in link.content if c.event in self.by_id]
            if link.action == "split":
                self.moved.update(dict.fromkeys(ids, f"in-{link.id}"))
            elif ids:
                joined = [self.incident(self.rows[self.by_id[i]]) for i in ids]
                members = [r.id for r in self.rows if self.incident(r) in joined[1:]]
                self.moved.update(dict.fromkeys(members, joined[0]))

    def incident(self, row: Row) -> str:
        return self.moved.get(row.id) or row.incident or f"in-{row.id}"

    def members(self, incident: str) -> list[Row]:
        """The events of an incident, in reading order."""
        found = [r for r in self.rows if r.state != "removed" and self.incident(r) == incident]
        return [r for r in found if r.status not in ("rejected", "withdrawn")] or found

    # ---- one event -----------------------------------------------------------------------------------------

    def base(self, row: Row) -> dict[str, Any]:
        """An event as the run wrote it, or as a reviewer added it."""
        if row.state == "removed":
            assert self.old is not None
            return self.old.event(row.offset) | {"id": row.id}
        if row.offset >= 0:
            return self.source.event(row.offset)
        for decision in reversed(self.reviews.decisions):
            for content in decision.content:
                if content.event == row.id and (event := self.placed(content)):
                    return event
        raise Stale(f"{row.id} is no longer in the text.")

    def event(self, row: Row) -> dict[str, Any]:
        """An event with the correction that stands."""
        event = self.base(row)
        decision = self.reviews.standing.get(row.id)
        if decision is not None and decision.action == "correct":
            start = event["sentence"]["start"]
            facts = reviews.shifted(reviews.stated(decision), start)
            return event | facts.model_dump(mode="json", exclude={"rule", "confidence"})
        return event

    def digest(self, event: dict[str, Any]) -> str:
        """Equal while an event says the same at the same place."""
        said = repr(sorted((k, v) for k, v in event.items() if k not in ("incident", "reviewed")))
        return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    def differences(self, row: Row) -> tuple[list[dict[str, Any]], str | None]:
        """Fields with old and new values, and why: against the earlier run, or the correction that stands."""
        change = self.changes.get(row.id)
        found = []
        if change is not None and change.kind not in ("added", "removed"):
            found = [
                {"field": f.field, "old": [v.value for v in f.old], "new": [v.value for v in f.new]}
                for f in change.fields
            ]
        decision = self.reviews.standing.get(row.id)
        if decision is not None and decision.action == "correct":
            before, after = Fact(self.base(row)).fields, Fact(self.event(row)).fields
            for name in dict.fromkeys([*before, *after]):
                old = [i.shown for i in before.get(name, [])]
                new = [i.shown for i in after.get(name, [])]
                if old != new:
                    found.append({"field": f"{name}, corrected", "old": old, "new": new})
        return found, because(change) if change is not None else None

    def entities(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Names and kinds of entities, by id."""
        if self._entities is None:
            path = self.output / "entities.jsonl"
            lines = (parse(line, f"{path}: byte {n}") for n, line in _lines(path)) if path.exists() else ()
            self._entities = {e["id"]: {k: e[k] for k in ("name", "kind", "known")} for e in lines}
        return {i: self._entities[i] for i in ids if i in self._entities}

    # ---- lists ---------------------------------------------------------------------------------------------

    def view(self, filters: dict[str, str]) -> tuple[str, list[int]]:
        """A list by filters that stays as it is while decisions are taken; its name, and indexes of rows."""
        low, high = _number(filters.get("low"), 0.0), _number(filters.get("high"), 1.0)
        found = []
        words = filters.get("q", "").casefold().split()
        for n in self.order:
            row = self.rows[n]
            if row.status == "withdrawn" or not low <= row.confidence <= high:
                continue
            if not _is(row, filters):
                continue
            if words:
                said = f"{row.sentence} {row.type} {row.document} {row.id} {row.date}".casefold()
                if not all(word in said for word in words):
                    continue
            found.append(n)
        self.made += 1
        name = f"{self.stamp[1]:x}-{self.made}"
        self.views[name] = found
        while len(self.views) > VIEWS:
            self.views.popitem(last=False)
        return name, found

    def counts(self) -> dict[str, int]:
        """How many events there are to decide, and how many stand where."""
        found = dict.fromkeys(("open", "accepted", "rejected", "corrected", "added"), 0)
        for row in self.rows:
            if row.state != "removed" and row.status != "withdrawn":
                found[row.status] += 1
        return {"total": sum(found.values()), **found}

    def show(self, row: Row) -> dict[str, Any]:
        """A row as the page lists it."""
        before, after = row.sentence[: row.where], row.sentence[row.where + len(row.trigger) :]
        return {
            "id": row.id, "document": row.document, "type": row.type, "subtype": row.subtype,
            "before": before if len(before) <= BEFORE else f"…{before[-BEFORE:]}", "trigger": row.trigger,
            "after": after[:AFTER], "date": row.date, "confidence": row.confidence, "state": row.state,
            "status": row.status, "start": row.start, "end": row.end,
        }  # fmt: skip


REMEDY = "Make the folder anew with `extractor run`."


def as_event(name: str, document: str, facts: Facts, start: int, size: int) -> dict[str, Any]:
    """Facts as an event of events.jsonl, in the sentence that begins at `start`."""
    said = reviews.shifted(facts, start).model_dump(mode="json")
    place = {"id": name, "document": document, "sentence": {"start": start, "end": start + size}}
    return {**place, "incident": None, **said}


def _is(row: Row, filters: dict[str, str]) -> bool:
    status, state = filters.get("status"), filters.get("state")
    if status == "decided":
        if row.status == "open":
            return False
    elif status and row.status != status:
        return False
    if status and row.state == "removed" and state != "removed":
        return False
    if state == "fresh":
        if row.state == "unchanged":
            return False
    elif state and row.state != state:
        return False
    return filters.get("type") in (None, "", row.type) and filters.get("document") in (None, "", row.document)


def _number(value: str | None, default: float) -> float:
    try:
        return float(value) if value else default
    except ValueError:
        return default


def _occurrences(text: str, sentence: str) -> Iterator[int]:
    at = text.find(sentence)
    while at >= 0:
        yield at
        at = text.find(sentence, at + 1)


def _events(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    path = folder / "events.jsonl"
    for offset, line in _lines(path):
        yield offset, parse(line, f"{path}: byte {offset}")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Byte offset and bytes of every line that is not blank."""
    try:
        with path.open("rb") as stream:
            offset = 0
            for line in stream:
                if line.strip():
                    yield offset, line
                offset += len(line)
    except FileNotFoundError:
        remedy = "Name a folder that `extractor run` wrote."
        raise InputError("missing", f"{path}: no such file.", remedy) from None
    except OSError as error:
        problem = f"{path}: cannot read: {error.strerror or error}."
        raise InputError("unreadable", problem, "Check its permissions.") from None
