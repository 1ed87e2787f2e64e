"""What changed in the facts between two runs, and why.

Lines that are equal but for ids are passed over unread; what is left is read document by document, so that
memory follows the largest document and the number of changes, not the number of events.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from extractor.errors import ExtractorError, InputError
from extractor.jsonl import parse, without_collecting
from extractor.matching import Fact, Item, match
from extractor.reviews import Reviews
from extractor.reviews import load as load_reviews
from extractor.schema import Record, Span

ChangeKind = Literal["changed", "moved", "split", "merged", "added", "removed"]
CauseKind = Literal["document", "pattern", "knowledge", "model", "version", "options", "review", "unknown"]
CHANGE_KINDS: tuple[ChangeKind, ...] = ("changed", "split", "merged", "added", "removed", "moved")
CAUSE_KINDS: tuple[CauseKind, ...] = (
    "document", "pattern", "knowledge", "model", "version", "options", "review", "unknown",
)  # fmt: skip
# Pattern files that say who is who and what lies where, not how events are told.
KNOWLEDGE = re.compile(r"(groups/|entities/(countries|regions|peoples)\b)")
# Fields that hang on who is who.
NAMES = frozenset({"actor", "target", "party", "place", "beneficiary", "attribution"})
DOCUMENT_KEY = re.compile(rb'"document": ?("(?:[^"\\]|\\.)*")')


class Cause(Record):
    """Why a value changed. `also` are the other causes that the two runs do not rule out."""

    kind: CauseKind
    detail: str
    also: list[CauseKind] = Field(default_factory=list)


class Value(Record):
    """A value as a reader sees it, and where it stands in its side's document text."""

    value: str
    span: Span | None


class FieldChange(Record):
    """One field: the values only the old side has, those only the new side has, and the cause.

    `field` is a key of an event, the role of a participant, the measure of a count, or span.
    """

    field: str
    old: list[Value]
    new: list[Value]
    cause: Cause


class Side(Record):
    """An event as it stands on one side. `sentence` is null where the document's text is not at hand."""

    event: str
    document: str
    type: str
    rule: str
    confidence: float
    trigger: Span
    sentence: Span | None


class Change(Record):
    """One event that is not what it was: one event a side, several on the side that was split or merged."""

    kind: ChangeKind
    document: str
    old: list[Side]
    new: list[Side]
    fields: list[FieldChange]
    cause: Cause

    @property
    def types(self) -> list[str]:
        """The event types of both sides, each once."""
        return list(dict.fromkeys(side.type for side in [*self.old, *self.new]))

    @property
    def confidence(self) -> float:
        """The greatest confidence of its events."""
        return max(side.confidence for side in [*self.old, *self.new])


class Diff(Record):
    """Two runs compared. `same` counts the events that say the same at the same place, `causes` is what
    differs between the runs as a whole."""

    old: str
    new: str
    events_old: int
    events_new: int
    same: int
    causes: list[Cause]
    changes: list[Change]


@dataclass(frozen=True)
class Filters:
    """Which changes to keep; an empty collection keeps all."""

    types: Collection[str] = ()
    documents: Collection[str] = ()
    fields: Collection[str] = ()
    causes: Collection[str] = ()
    kinds: Collection[str] = ()
    confidence: float = 0.0


@dataclass
class Source:
    """One side on disk: where the lines of each document lie."""

    name: str
    events: Path
    documents: Path | None
    manifest: dict[str, Any]
    reviews: Reviews
    total: int = 0
    lines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[str, tuple[int, bytes]] = field(default_factory=dict)


def compare(old: Path, new: Path) -> Diff:
    """Compare two runs.

    Args:
        old: the folder of a run, or an events.jsonl alone (then without sentences and most causes).
        new: the same of the later run.

    Returns:
        Every change, in order of document and place in the text.

    Raises:
        InputError: a file is missing or a line is no event; names file and line.
    """
    with without_collecting():
        return _compare(_open(old), _open(new))


def _compare(a: Source, b: Source) -> Diff:
    same = _pass_equal_lines(a, b)
    _find_texts(a)
    _find_texts(b)
    causes = _run_causes(a.manifest, b.manifest)
    renamed = _renamed(a, b)
    changes: list[Change] = []
    for document in sorted({*a.lines, *(renamed.get(d, d) for d in b.lines)}):
        now = next((d for d, before in renamed.items() if before == document), document)
        equal, found = _compare_document(a, b, document, now, causes)
        same += equal
        changes += found
    return Diff(old=a.name, new=b.name, events_old=a.total, events_new=b.total, same=same, causes=causes,
                changes=changes)  # fmt: skip


def select(diff: Diff, filters: Filters) -> Diff:
    """The same comparison with only the changes that pass; of those only the fields and causes asked for."""
    kept = []
    for change in diff.changes:
        if (
            (filters.types and not set(filters.types) & set(change.types))
            or (filters.documents and change.document not in filters.documents)
            or (filters.kinds and change.kind not in filters.kinds)
            or change.confidence < filters.confidence
        ):
            continue
        fields = [
            f for f in change.fields
            if (not filters.fields or f.field in filters.fields)
            and (not filters.causes or f.cause.kind in filters.causes)
        ]  # fmt: skip
        if not fields and (filters.fields or (filters.causes and change.cause.kind not in filters.causes)):
            continue
        kept.append(change.model_copy(update={"fields": fields}))
    return diff.model_copy(update={"changes": kept})


# ---- reading -----------------------------------------------------------------------------------------------


def _open(path: Path) -> Source:
    if not path.is_dir():
        return Source(str(path), path, None, {}, Reviews())
    documents, manifest = path / "documents.jsonl", path / "run.json"
    stated: Any = {}
    if manifest.is_file():
        stated = parse(manifest.read_bytes(), str(manifest))
    texts = documents if documents.is_file() else None
    return Source(str(path), path / "events.jsonl", texts, stated, load_reviews(path))


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
        remedy = "Name the folder of a run, or an events.jsonl."
        raise InputError("missing", f"{path}: no such file.", remedy) from None
    except OSError as error:
        problem = f"{path}: cannot read: {error.strerror or error}."
        raise InputError("unreadable", problem, "Check its permissions.") from None


def _fingerprint(line: bytes) -> bytes:
    """Equal for lines that are equal but for the event's id and its incident's."""
    start = line.find(b'"document":') if line.startswith(b'{"id":') else 0
    incident = line.rfind(b'"incident":')
    rule = line.find(b'"rule":', incident)
    if start < 0 or incident < 0 or rule < 0:
        return blake2b(line, digest_size=16).digest()
    total = blake2b(memoryview(line)[start:incident], digest_size=16)
    total.update(memoryview(line)[rule:])
    return total.digest()


Group = tuple[bytes, list[int], list[bytes]]


def _by_document(source: Source) -> Iterator[Group]:
    """Lines that follow each other and name one document: its name as written, their offsets, their bytes."""
    name = b""
    offsets: list[int] = []
    lines: list[bytes] = []
    for offset, line in _lines(source.events):
        source.total += 1
        start = line.find(b'"document":', 0, 64)
        key = line[start : line.find(b",", start)] if start >= 0 else b""
        if key != name and lines:
            yield name, offsets, lines
            offsets, lines = [], []
        name = key
        offsets.append(offset)
        lines.append(line)
    if lines:
        yield name, offsets, lines


def _pass_equal_lines(a: Source, b: Source) -> int:
    """Note where the lines lie that have no equal on the other side; returns how many have one.

    Runs are sorted by document: where one is the same on both sides line by line, that is seen at once; other lines
    are looked up by fingerprint.
    """
    left: dict[bytes, list[int]] = defaultdict(list)
    right: list[tuple[bytes, int]] = []
    same = 0
    groups = [_by_document(a), _by_document(b)]
    one, other = (next(side, None) for side in groups)
    while one or other:
        first = one is not None and (other is None or one[0] <= other[0])
        second = other is not None and (one is None or other[0] <= one[0])
        if one and other and first and second and one[2] == other[2]:
            same += len(one[2])
        else:
            if one and first:
                for offset, line in zip(one[1], one[2], strict=True):
                    left[_fingerprint(line)].append(offset)
            if other and second:
                right += [
                    (_fingerprint(line), offset) for offset, line in zip(other[1], other[2], strict=True)
                ]
        one = next(groups[0], None) if first else one
        other = next(groups[1], None) if second else other
    alone = []
    for mark, offset in right:
        if left.get(mark):
            left[mark].pop()
            same += 1
        else:
            alone.append(offset)
    _file(a, sorted(offset for twins in left.values() for offset in twins))
    _file(b, alone)
    return same


def _file(source: Source, offsets: list[int]) -> None:
    """Note lines under their documents."""
    with source.events.open("rb") as stream:
        for offset in offsets:
            stream.seek(offset)
            source.lines[_document(stream.readline(), source.events)].append(offset)


def _document(line: bytes, path: Path) -> str:
    found = DOCUMENT_KEY.search(line)
    name = json.loads(found.group(1)) if found else parse(line, str(path)).get("document")
    if not isinstance(name, str):
        raise InputError("bad_record", f"{path}: an event names no document.", "Mend or remove the record.")
    return name


def _find_texts(source: Source) -> None:
    """Note where each document lies, and a hash of its text."""
    if source.documents is None:
        return
    for offset, line in _lines(source.documents):
        article = parse(line, str(source.documents))
        try:
            mark = blake2b(article["text"].encode("utf-8", "surrogatepass"), digest_size=16).digest()
            source.texts[article["id"]] = (offset, mark)
        except (KeyError, TypeError, AttributeError):
            problem = f"{source.documents}: a line is no document."
            raise InputError("bad_record", problem, "Make the folder anew with `extractor run`.") from None


def _renamed(a: Source, b: Source) -> dict[str, str]:
    """New name -> old name of documents whose text is the same under another name."""
    gone: dict[bytes, list[str]] = defaultdict(list)
    for name, (_, mark) in a.texts.items():
        if name not in b.texts:
            gone[mark].append(name)
    found = {}
    for name, (_, mark) in b.texts.items():
        if name not in a.texts and gone.get(mark):
            found[name] = gone[mark].pop(0)
    return found


def _facts(source: Source, document: str, text: str | None) -> list[Fact]:
    offsets = source.lines.get(document, [])
    facts: list[Fact] = []
    if not offsets:
        return facts
    with source.events.open("rb") as stream:
        for offset in offsets:
            stream.seek(offset)
            line = stream.readline()
            where = f"{source.events}: byte {offset}"
            raw = parse(line, where)
            with _an_event(where):
                facts.append(Fact(raw, text, line))
    return facts


@contextmanager
def _an_event(where: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        problem = f"{where}: no event as a run writes it ({error})."
        raise InputError("bad_record", problem, "Make the folder anew with `extractor run`.") from None


def _text(source: Source, document: str) -> str | None:
    if source.documents is None or document not in source.texts:
        return None
    with source.documents.open("rb") as stream:
        stream.seek(source.texts[document][0])
        text: str = parse(stream.readline(), str(source.documents))["text"]
        return text


# ---- comparing ---------------------------------------------------------------------------------------------


@dataclass
class Pair:
    """What is known of one document on both sides, for finding causes."""

    old: Source
    new: Source
    before: str
    now: str
    old_text: str | None
    new_text: str | None
    runs: list[Cause]

    @property
    def known(self) -> bool:
        return self.old.documents is not None and self.new.documents is not None

    @property
    def edited(self) -> bool:
        return self.known and self.old_text != self.new_text


def _compare_document(
    a: Source, b: Source, before: str, now: str, causes: list[Cause]
) -> tuple[int, list[Change]]:
    pair = Pair(a, b, before, now, _text(a, before), _text(b, now), causes)
    old_text, new_text = pair.old_text, pair.new_text
    texts = None if old_text is None or new_text is None else (old_text, new_text)
    facts = _facts(a, before, old_text), _facts(b, now, new_text)
    with _an_event(f"{a.events} or {b.events}: document {now}"):
        matching = match(*facts, texts)
    same, changes = 0, []
    for old, new in matching.equal:
        if old.start == new.start and old.trigger == new.trigger:
            same += 1
        else:
            changes.append(_change("moved", pair, [old], [new], [_moved(pair, old, new)]))
    for old, new in matching.changed:
        changes.append(_change("changed", pair, [old], [new], _field_changes(pair, old, new)))
    for old, parts in matching.split:
        changes.append(_change("split", pair, [old], parts, _field_changes(pair, old, parts[0])))
    for parts, new in matching.merged:
        changes.append(_change("merged", pair, parts, [new], _field_changes(pair, parts[0], new)))
    changes += [_change("added", pair, [], [new], []) for new in matching.added]
    changes += [_change("removed", pair, [old], [], []) for old in matching.removed]
    place = lambda c: ((c.new or c.old)[0].trigger.start, (c.new or c.old)[0].event)  # noqa: E731
    return same, sorted(changes, key=place)


def _moved(pair: Pair, old: Fact, new: Fact) -> FieldChange:
    spans = [f.trigger for f in (old, new)]
    values = [Value(value=f"{s.start}–{s.end}", span=s) for s in spans]
    cause = Cause(kind="document", detail="text was inserted or removed above it")
    if not pair.edited and pair.known:
        cause = _of_run(pair, old, new, None)
    return FieldChange(field="span", old=values[:1], new=values[1:], cause=cause)


def _field_changes(pair: Pair, old: Fact, new: Fact) -> list[FieldChange]:
    found = []
    names = dict.fromkeys([*old.fields, *new.fields])
    for name in names:
        before, after = old.fields.get(name, []), new.fields.get(name, [])
        if [i.key for i in before] == [i.key for i in after]:
            continue
        gone, come = _difference(before, after)
        if gone or come:
            found.append((name, gone, come))
    if old.sentence is not None and new.sentence is not None and old.sentence != new.sentence:
        found.append(("sentence", [_whole(old)], [_whole(new)]))
    elif old.where != new.where and not any(name == "trigger" for name, _, _ in found):
        found.append(("trigger", old.fields["trigger"], new.fields["trigger"]))
    if not found:
        found.append(("span", *_shifted(old, new)))
    return [
        FieldChange(
            field=name,
            old=[Value(value=i.shown, span=i.span) for i in gone],
            new=[Value(value=i.shown, span=i.span) for i in come],
            cause=_cause(pair, old, new, name),
        )
        for name, gone, come in found
    ]


def _whole(fact: Fact) -> Item:
    assert fact.sentence is not None
    return Item(
        (fact.sentence,), fact.sentence, {"text": fact.sentence, "start": fact.start, "end": fact.end}
    )


def _shifted(old: Fact, new: Fact) -> tuple[list[Item], list[Item]]:
    """Values whose words stay and whose places in the sentence change."""
    gone, come = [], []
    for name, items in old.fields.items():
        for a, b in zip(items, new.fields.get(name, []), strict=False):
            if a.at and b.at and (a.at["start"] - old.start) != (b.at["start"] - new.start):
                gone.append(a)
                come.append(b)
    return gone, come


def _difference(old: list[Item], new: list[Item]) -> tuple[list[Item], list[Item]]:
    """What each side has that the other lacks, twins counted."""
    left, right = Counter(i.key for i in old), Counter(i.key for i in new)
    return _surplus(old, left - right), _surplus(new, right - left)


def _surplus(items: list[Item], counts: Counter[tuple[Any, ...]]) -> list[Item]:
    found = []
    for item in items:
        if counts[item.key]:
            counts[item.key] -= 1
            found.append(item)
    return found


def _change(
    kind: ChangeKind, pair: Pair, old: list[Fact], new: list[Fact], fields: list[FieldChange]
) -> Change:
    cause = fields[0].cause if fields else _cause(pair, old[0] if old else None, new[0] if new else None)
    return Change(
        kind=kind, document=pair.now if new or not old else pair.before,
        old=[_side(f) for f in old], new=[_side(f) for f in new], fields=fields, cause=cause,
    )  # fmt: skip


def _side(fact: Fact) -> Side:
    raw = fact.raw
    sentence = None
    if fact.sentence is not None:
        sentence = Span(text=fact.sentence, start=fact.start, end=fact.end)
    return Side(event=raw["id"], document=raw["document"], type=fact.type, rule=fact.rule,
                confidence=raw["confidence"], trigger=fact.trigger, sentence=sentence)  # fmt: skip


# ---- causes ------------------------------------------------------------------------------------------------


def _run_causes(old: dict[str, Any], new: dict[str, Any]) -> list[Cause]:
    """What differs between two runs as their manifests tell it, likeliest cause of a change first."""
    if not old or not new:
        return []
    found = []
    before, after = old.get("pattern_files"), new.get("pattern_files")
    if isinstance(before, dict) and isinstance(after, dict):
        files = sorted(f for f in {*before, *after} if before.get(f) != after.get(f))
        rules = [f for f in files if not KNOWLEDGE.match(f)]
        known = [f for f in files if KNOWLEDGE.match(f)]
        if rules:
            found.append(Cause(kind="pattern", detail=f"patterns changed: {', '.join(rules)}"))
        if known:
            found.append(Cause(kind="knowledge", detail=f"knowledge base changed: {', '.join(known)}"))
    elif old.get("patterns") != new.get("patterns"):
        found.append(Cause(kind="pattern", detail="patterns changed", also=["knowledge"]))
    if old.get("model") != new.get("model"):
        names = [_model(m.get("model")) for m in (old, new)]
        found.append(Cause(kind="model", detail=f"model changed: {names[0]} → {names[1]}"))
    if old.get("version") != new.get("version"):
        detail = f"version changed: {old.get('version')} → {new.get('version')}"
        found.append(Cause(kind="version", detail=detail))
    if old.get("options") != new.get("options"):
        before, after = old.get("options") or {}, new.get("options") or {}
        names = sorted(k for k in {*before, *after} if before.get(k) != after.get(k))
        told = ", ".join(f"{k} {before.get(k)} → {after.get(k)}" for k in names)
        found.append(Cause(kind="options", detail=f"options changed: {told}"))
    return found


def _model(stated: Any) -> str:
    if not isinstance(stated, dict):
        return str(stated)
    return f"{stated.get('name')} {str(stated.get('digest'))[:8]}"


def _cause(pair: Pair, old: Fact | None, new: Fact | None, name: str | None = None) -> Cause:
    """Why one field, or the presence of one event, is not what it was."""
    review = _review(pair, old, new)
    if review is not None:
        return review
    if pair.known and pair.old_text is None:
        return Cause(kind="document", detail="the document is new")
    if pair.known and pair.new_text is None:
        return Cause(kind="document", detail="the document is gone")
    if pair.edited:
        if old and new and old.sentence != new.sentence:
            return Cause(kind="document", detail="the sentence was edited", also=_kinds(pair))
        if old is None and new and new.sentence and new.sentence not in (pair.old_text or ""):
            return Cause(kind="document", detail="the sentence is new or was edited", also=_kinds(pair))
        if new is None and old and old.sentence and old.sentence not in (pair.new_text or ""):
            return Cause(kind="document", detail="the sentence was deleted or edited", also=_kinds(pair))
    return _of_run(pair, old, new, name)


def _review(pair: Pair, old: Fact | None, new: Fact | None) -> Cause | None:
    """A reviewer's decision as the cause: the event's mark is not what it was, or the event was rejected."""
    before, now = (f.raw.get("reviewed") if f else None for f in (old, new))
    if new is not None and now is not None and now != before:
        if now["standing"] == "conflict":
            return None
        also = _kinds(pair) if old is not None else []
        return Cause(kind="review", detail=f"{now['standing']} by {now['by']}", also=also)
    if before is not None and now is None and _undone(pair, before["decision"]):
        return Cause(kind="review", detail=f"the decision of {before['by']} was undone or replaced")
    ours, theirs = pair.old.reviews.standing, pair.new.reviews.standing
    if new is None and old is not None:
        decision = theirs.get(old.raw["id"])
        if decision is not None and decision.action == "reject" and ours.get(old.raw["id"]) != decision:
            return Cause(kind="review", detail=f"rejected by {decision.by}")
    if old is None and new is not None:
        decision = ours.get(new.raw["id"])
        if decision is not None and decision.action == "reject" and theirs.get(new.raw["id"]) != decision:
            return Cause(kind="review", detail=f"the rejection by {decision.by} was undone")
    return None


def _undone(pair: Pair, decision: str) -> bool:
    return all(standing.id != decision for standing in pair.new.reviews.standing.values())


def _kinds(pair: Pair) -> list[CauseKind]:
    return [cause.kind for cause in pair.runs]


def _of_run(pair: Pair, old: Fact | None, new: Fact | None, name: str | None) -> Cause:
    """The cause of a change in a sentence that stands as it was."""
    runs = list(pair.runs)
    if name in NAMES and old and new and old.rule == new.rule:
        runs.sort(key=lambda cause: cause.kind != "knowledge")
    if pair.edited:
        runs.append(Cause(kind="document", detail="the document was edited elsewhere"))
    if not runs:
        if not pair.known or not pair.old.manifest or not pair.new.manifest:
            return Cause(kind="unknown", detail="no documents.jsonl and run.json on both sides to tell it")
        return Cause(kind="unknown", detail="neither the document nor anything run.json records differs")
    first, also = runs[0], [*runs[0].also, *(cause.kind for cause in runs[1:])]
    detail = first.detail
    if first.kind == "pattern":
        rules = list(dict.fromkeys(f.rule for f in (old, new) if f is not None))
        detail = f"rule {' → '.join(rules)}; {detail}"
    return Cause(kind=first.kind, detail=detail, also=also)


def check_filters(filters: Filters) -> None:
    """Refuse kinds of change and cause that do not exist.

    Raises:
        ExtractorError: names the option and what is known.
    """
    for option, asked, known in (
        ("--cause", filters.causes, CAUSE_KINDS), ("--kind", filters.kinds, CHANGE_KINDS),
    ):  # fmt: skip
        for word in asked:
            if word not in known:
                raise ExtractorError(f"{option} {word}: not known.", f"Use {', '.join(known)}.")
