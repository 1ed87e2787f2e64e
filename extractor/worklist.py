"""The events of an output folder as a reviewer works through them: what is new or changed first.

Lines are read where they lie, so that memory holds a row for each event and never the output as a whole.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Literal

from extractor import reviews
from extractor.decisions import locate, placed
from extractor.diff import compare
from extractor.errors import InputError
from extractor.jsonl import parse, read_jsonl, without_collecting
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
HISTORY = "history.jsonl"


@dataclass(slots=True)
class Row:
    """One event in the list. `offset` is where its line lies in events.jsonl, -1 for one that only a decision
    knows: added, or left out by a run because it was rejected. `where` is its trigger in `sentence`, `order` its
    document's place among the documents, `mark` the id of the decision that the run applied to it, `clash` whether
    its text was edited under that decision."""

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
    mark: str | None = None
    clash: bool = False
    state: State = "unchanged"
    status: Status = "open"

    @property
    def words(self) -> str:
        """What a search looks through."""
        return f"{self.sentence} {self.type} {self.document} {self.id} {self.date}".casefold()

    @property
    def place(self) -> tuple[int, int, int, str]:
        return RANK[self.state], self.order, self.start, self.id


class Source:
    """A folder's texts and lines, by where they lie. The files stay open, so that a run that puts others in their
    place does not pull them away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.documents: dict[str, int] = {}
        self.files = {name: _open(folder / name) for name in ("events.jsonl", "documents.jsonl")}
        self.article = lru_cache(maxsize=64)(self._article)

    def close(self) -> None:
        for stream in self.files.values():
            stream.close()

    def lines(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Byte offset and record of every line."""
        stream, offset, where = self.files[name], 0, str(self.folder / name)
        stream.seek(0)
        for line in stream:
            if line.strip():
                yield offset, parse(line, f"{where}: byte {offset}")
            offset += len(line)

    def texts(self) -> dict[str, str]:
        """The text of every document; notes where each lies."""
        found = {}
        for offset, article in self.lines("documents.jsonl"):
            try:
                self.documents[article["id"]], found[article["id"]] = offset, article["text"]
            except KeyError as error:
                where = f"{self.folder / 'documents.jsonl'}: byte {offset}"
                raise InputError("bad_record", f"{where}: no {error}.", REMEDY) from None
        return found

    def at(self, name: str, offset: int) -> dict[str, Any]:
        stream = self.files[name]
        stream.seek(offset)
        return parse(stream.readline(), f"{self.folder / name}: byte {offset}")

    def _article(self, name: str) -> dict[str, Any]:
        """A document's record; an empty one where it is not at hand."""
        if name not in self.documents:
            return {"id": name, "text": "", "blocks": []}
        return self.at("documents.jsonl", self.documents[name])


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an event: a kind of change of `diff`, fields with old and new values, why."""

    kind: str
    fields: list[dict[str, Any]]
    cause: str | None


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
        with without_collecting():
            self._load()

    def _load(self) -> None:
        stamp = self._stamp()
        source, old = Source(self.output), Source(self.since) if self.since else None
        for before in (getattr(self, "source", None), getattr(self, "old", None)):
            if before is not None:
                before.close()
        self.source, self.old = source, old
        self.rows: list[Row] = []
        self.by_id: dict[str, int] = {}
        self.by_document: dict[str, list[int]] = defaultdict(list)
        self.changes: dict[str, Told] = {}
        self.views: OrderedDict[str, list[int]] = OrderedDict()
        self.made = 0
        self._order: list[int] | None = None
        self._groups: dict[str, list[Row]] | None = None
        self._entities: dict[str, dict[str, Any]] | None = None
        texts = self.source.texts()
        for offset, event in self.source.lines("events.jsonl"):
            self._add(self._row(event, texts.get(event["document"], ""), offset))
        if self.since is not None:
            self._compare(self.since)
        self.reviews = Reviews()
        self.by_decision: dict[str, Decision] = {}
        self.marked = {row.mark: row.id for row in self.rows if row.mark}
        self.alias: dict[str, str] = {}
        self.log: dict[str, list[Decision]] = defaultdict(list)
        self.read = 0
        self.latest: dict[str, str] = {}
        self.moved: dict[str, str] = {}
        self.stamp = stamp  # last, so that a folder that could not be read is read again
        self.refresh()
        if self.since is None:
            self._recall()
        for row in self.rows:
            if row.clash and row.status == "open" and row.state != "removed":
                row.state = "conflict"
            twin = self.reviews.standing.get(row.id.removeprefix("old:"))
            if row.state == "removed" and twin is not None and twin.action == "reject":
                row.status = "withdrawn"  # it is listed as rejected

    def _stamp(self) -> tuple[int, int]:
        """Another one once a run has written the folder: run.json comes last."""
        manifest = self.output / "run.json"
        try:
            found = (manifest if manifest.exists() else self.output / "events.jsonl").stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

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
                mark=(event.get("reviewed") or {}).get("decision"),
                clash=(event.get("reviewed") or {}).get("standing") == "conflict",
            )  # fmt: skip
        except (KeyError, TypeError) as error:
            where = f"{self.output / 'events.jsonl'}: byte {offset}"
            raise InputError(
                "bad_record", f"{where}: no event as a run writes it ({error}).", REMEDY
            ) from None

    def _add(self, row: Row) -> None:
        self._groups = self._order = None
        self.by_id[row.id] = len(self.rows)
        self.by_document[row.document].append(len(self.rows))
        self.rows.append(row)

    def _compare(self, since: Path) -> None:
        """Mark what differs from an earlier run, and take in what is gone."""
        assert self.old is not None
        gone: dict[str, Told] = {}
        for change in compare(since, self.output).changes:
            fields = [
                {"field": f.field, "old": [v.value for v in f.old], "new": [v.value for v in f.new]}
                for f in change.fields
                if f.field != "reviewed" and f.cause.kind != "review"
            ]
            told = Told(change.kind, fields, because(change))
            self._mark([side.event for side in change.new], told)
            if change.kind == "removed" and change.cause.kind != "review":
                gone[change.old[0].event] = told
        texts = self.old.texts()
        for offset, event in self.old.lines("events.jsonl") if gone else ():
            if event["id"] in gone:
                row = self._row(event, texts.get(event["document"], ""), offset)
                row.id, row.state = f"old:{row.id}", "removed"
                self.changes[row.id] = gone[event["id"]]
                self._add(row)

    def _mark(self, events: Iterable[str], told: Told) -> None:
        """Note what is told of events that are in this output."""
        for event in events:
            if event in self.by_id and told.kind != "moved":
                self.changes[event] = told
                row = self.rows[self.by_id[event]]
                row.state = "new" if told.kind == "added" else "changed"

    def _recall(self) -> None:
        """Mark what runs changed after the last review, as history.jsonl tells it: those since the latest
        decision that is older than the latest run."""
        path = self.output / HISTORY
        runs = list(read_jsonl(path)) if path.exists() else []
        if not runs:
            return
        latest = max(datetime.fromisoformat(run["time"]) for run in runs)
        decided = (datetime.fromisoformat(d.at) for d in self.reviews.decisions)
        reviewed = max((at for at in decided if at < latest), default=latest)
        for run in runs:
            if datetime.fromisoformat(run["time"]) > reviewed:
                for change in run["events"]:
                    fields = [{k: f[k] for k in ("field", "old", "new")} for f in change.get("fields", ())
                              if f["field"] != "reviewed"]  # fmt: skip
                    self._mark(change["new"], Told(change["kind"], fields, change.get("cause")))

    @property
    def order(self) -> list[int]:
        """Indexes of rows as they are listed: by state, then as they stand in the documents."""
        if self._order is None:
            self._order = sorted(range(len(self.rows)), key=lambda n: self.rows[n].place)
        return self._order

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
                    self._take(reviews.read_decision(line, f"{path}:{number}"))
            self.read += len(whole)
        return False

    def _take(self, decision: Decision) -> None:
        self.reviews.add(decision)
        self.by_decision[decision.id] = decision
        if decision.id in self.marked and decision.content:
            before, now = decision.content[0].event, self.marked[decision.id]
            if before != now:
                self.alias[before] = now
                self.log[now] = self.log.pop(before, [])
        about = self._about(decision)
        for content in (c for d in about for c in (*d.content, *d.apart)):
            if self.alias.get(content.event, content.event) not in self.by_id:
                self._add_reviewed(content)
        for event in self.touched(decision):
            if decision.action in (*reviews.ON_EVENT, "undo"):
                self.latest[event] = decision.id
            if decision.action != "undo":
                self.log[event].append(decision)
            self._settle(event)
        if any(d.action in ("merge", "split") for d in about):
            self._link()

    def _about(self, decision: Decision) -> list[Decision]:
        """A decision, and the one that it takes back."""
        other = self.by_decision.get(decision.undoes or "")
        return [decision, other] if other else [decision]

    def touched(self, decision: Decision) -> list[str]:
        """Ids, in this output, of the events that a decision is about."""
        contents = [c for d in self._about(decision) for c in (*d.content, *d.apart)]
        return list(dict.fromkeys(self.alias.get(c.event, c.event) for c in contents))

    def _add_reviewed(self, content: Content) -> None:
        event = self._standing_at(content, content.facts)
        if event is not None:
            self._add(self._row(event, self.source.article(content.document)["text"], -1))

    def _standing_at(self, content: Content, facts: Facts) -> dict[str, Any] | None:
        """What a decision states as an event where its sentence stands now; None where it does not stand."""
        text = self.source.article(content.document)["text"]
        at = locate(content, text)
        there = placed(facts, content, text, at) if at else None
        if at is None or there is None:
            return None
        place = {
            "id": content.event,
            "document": content.document,
            "sentence": {"start": at[0], "end": at[1]},
        }
        return {**place, "incident": None, **there.model_dump(mode="json")}

    def decided(self, row: Row) -> Decision | None:
        """The decision that stands on an event: one taken since the run, or the one that the run applied."""
        found = self.reviews.standing.get(row.id)
        if found is None and row.mark in self.by_decision and not row.clash:
            applied = self.by_decision[row.mark]
            found = self.reviews.standing.get(applied.content[0].event)
        return found

    def _settle(self, event: str) -> None:
        if event not in self.by_id:
            return
        row = self.rows[self.by_id[event]]
        decision = self.decided(row)
        if decision is not None:
            row.status = STATUS[decision.action]
        elif row.offset < 0 and any(d.action == "add" for d in self.history(row.id)):
            row.status = "withdrawn"
        else:
            row.status = "open"
        shown = self.event(row)
        row.type, row.subtype = shown["type"], shown["subtype"]
        row.date = shown["date"]["value"] if shown["date"] else None

    def history(self, event: str) -> list[Decision]:
        """All decisions about an event, in order, but for undo."""
        return self.log.get(event, [])

    def _link(self) -> None:
        """Which incident each event is of, once decisions on incidents are carried out in their order."""
        self.moved = {}
        self._groups = None
        for link in self.reviews.links:
            named = (self.alias.get(c.event, c.event) for c in link.content)
            ids = [event for event in named if event in self.by_id]
            if link.action == "split":
                self.moved.update(dict.fromkeys(ids, f"in-{link.id}"))
            elif ids:
                joined = dict.fromkeys(self.incident(self.rows[self.by_id[i]]) for i in ids)
                members = [r.id for name in joined for r in self.groups.get(name, ())]
                self.moved.update(dict.fromkeys(members, next(iter(joined))))
            self._groups = None

    def incident(self, row: Row) -> str:
        return self.moved.get(row.id) or row.incident or f"in-{row.id}"

    @property
    def groups(self) -> dict[str, list[Row]]:
        """The events of each incident, rejected ones too."""
        if self._groups is None:
            self._groups = defaultdict(list)
            for row in self.rows:
                if row.state != "removed":
                    self._groups[self.incident(row)].append(row)
        return self._groups

    def members(self, incident: str) -> list[Row]:
        """The events of an incident, in reading order."""
        found = self.groups.get(incident, [])
        return [r for r in found if r.status not in ("rejected", "withdrawn")] or found

    # ---- one event -----------------------------------------------------------------------------------------

    def base(self, row: Row) -> dict[str, Any]:
        """An event as the run wrote it, or as a reviewer added it."""
        if row.state == "removed":
            assert self.old is not None
            return self.old.at("events.jsonl", row.offset) | {"id": row.id}
        if row.offset >= 0:
            return self.source.at("events.jsonl", row.offset)
        for decision in reversed(self.history(row.id)):
            content = next(c for c in (*decision.content, *decision.apart) if c.event == row.id)
            if event := self._standing_at(content, content.facts):
                return event
        raise Stale(f"{row.id} is no longer in the text.")

    def event(self, row: Row) -> dict[str, Any]:
        """An event as it stands once decisions are applied."""
        event, decision = self.base(row), self.decided(row)
        applied = self.by_decision.get(row.mark or "")
        if decision is not None and decision.action == "correct" and decision.id != row.mark:
            there = self._standing_at(decision.content[0], reviews.stated(decision))
        elif (
            decision is None and applied is not None and not row.clash
        ):  # the run applied what was taken back
            there = self._standing_at(applied.content[0], applied.content[0].facts)
        else:
            return event
        kept = {name: event[name] for name in ("id", "incident", "rule", "confidence")}
        return event if there is None else event | there | kept

    def digest(self, event: dict[str, Any]) -> str:
        """Equal while an event says the same at the same place."""
        said = repr(sorted((k, v) for k, v in event.items() if k not in ("incident", "reviewed")))
        return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    def differences(self, row: Row) -> tuple[list[dict[str, Any]], str | None]:
        """Fields with old and new values, and why: against the earlier run, or the correction that stands."""
        change = self.changes.get(row.id)
        found = list(change.fields) if change is not None else []
        decision, clash = self.decided(row), self.by_decision.get(row.mark or "")
        if decision is not None and decision.action == "correct":
            content = decision.content[0]
            found += _differences(self._standing_at(content, content.facts), self.event(row), "corrected")
        elif row.clash and clash is not None and not found:
            content = clash.content[0]
            stated = reviews.shifted(reviews.stated(clash), content.start).model_dump(mode="json")
            seen = {**self.base(row), "sentence": {"start": content.start, "end": content.start}, **stated}
            found += _differences(seen, self.base(row), "")
            now = self.rows[self.by_id[row.id]].sentence
            found.append({"field": "sentence", "old": [content.sentence], "new": [now]})
        told = change.cause if change is not None else None
        if row.clash and clash is not None and decision is None:
            told = f"{clash.by} decided to {clash.action} it; then the text was edited. Decide again."
        return found, told

    def entities(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Names and kinds of entities, by id."""
        if self._entities is None:
            path = self.output / "entities.jsonl"
            found = read_jsonl(path) if path.exists() else ()
            self._entities = {e["id"]: {k: e[k] for k in ("name", "kind", "known")} for e in found}
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
            if words and not all(word in row.words for word in words):
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
            "before": before if len(before) <= BEFORE else f"… {before[-BEFORE:].partition(' ')[2]}", "trigger": row.trigger,
            "after": after[:AFTER], "date": row.date, "confidence": row.confidence, "state": row.state,
            "status": row.status, "start": row.start, "end": row.end,
        }  # fmt: skip


REMEDY = "Make the folder anew with `extractor run`."


def _differences(old: dict[str, Any] | None, new: dict[str, Any], note: str) -> list[dict[str, Any]]:
    """Fields on which two versions of an event differ, as a reader sees them."""
    if old is None:
        return []
    before, after = Fact(old).fields, Fact(new).fields
    found = []
    for name in dict.fromkeys([*before, *after]):
        sides = [[i.shown for i in side.get(name, [])] for side in (before, after)]
        if sides[0] != sides[1] and name not in ("rule", "confidence", "reviewed"):
            found.append({"field": f"{name}, {note}" if note else name, "old": sides[0], "new": sides[1]})
    return found


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


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        remedy = "Name a folder that `extractor run` wrote."
        raise InputError("missing", f"{path}: no such file.", remedy) from None
    except OSError as error:
        problem = f"{path}: cannot read: {error.strerror or error}."
        raise InputError("unreadable", problem, "Check its permissions.") from None
