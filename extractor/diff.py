"""What changed in the facts between two runs, and why.

Lines that are equal but for ids are passed over unread; what is left is read document by document, so that
memory follows the largest document and the number of changes, not the number of events.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from extractor.errors import ExtractorError
from extractor.jsonl import without_collecting
from extractor.matching import Fact, Item, match
from extractor.schema import Record, Span
from extractor.sides import (
    Source,
    an_event,
    find_texts,
    open_side,
    pass_equal_lines,
    read_facts,
    read_text,
    renamed,
)

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
        return _compare(open_side(old), open_side(new))


def _compare(a: Source, b: Source) -> Diff:
    same = pass_equal_lines(a, b)
    find_texts(a)
    find_texts(b)
    causes = _run_causes(a.manifest, b.manifest)
    rules = _changed_rules(a.manifest, b.manifest)
    names = renamed(a, b)
    changes: list[Change] = []
    called = {before: now for now, before in names.items()}
    for document in sorted({*a.lines, *(names.get(d, d) for d in b.lines)}):
        now = called.get(document, document)
        equal, found = _compare_document(a, b, document, now, causes, rules)
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
    rules: dict[str, str]

    @property
    def known(self) -> bool:
        return self.old.documents is not None and self.new.documents is not None

    @property
    def edited(self) -> bool:
        return self.known and self.old_text != self.new_text


def _compare_document(
    a: Source, b: Source, before: str, now: str, causes: list[Cause], rules: dict[str, str]
) -> tuple[int, list[Change]]:
    pair = Pair(a, b, before, now, read_text(a, before), read_text(b, now), causes, rules)
    old_text, new_text = pair.old_text, pair.new_text
    texts = None if old_text is None or new_text is None else (old_text, new_text)
    facts = read_facts(a, before, old_text), read_facts(b, now, new_text)
    with an_event(f"{a.events} or {b.events}: document {now}"):
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
    if _both_differ(old, new, "judge"):
        found.append(Cause(kind="model", detail="the judge was trained anew"))
    if _both_differ(old, new, "gazetteer"):
        found.append(Cause(kind="knowledge", detail="the gazetteer changed"))
    if old.get("version") != new.get("version"):
        detail = f"version changed: {old.get('version')} → {new.get('version')}"
        found.append(Cause(kind="version", detail=detail))
    elif _both_differ(old, new, "code"):
        found.append(Cause(kind="version", detail=f"the code of version {new.get('version')} changed"))
    if _both_differ(old, new, "libraries"):
        before, after = old["libraries"], new["libraries"]
        names = sorted(k for k in {*before, *after} if before.get(k) != after.get(k))
        told = ", ".join(f"{k} {before.get(k)} → {after.get(k)}" for k in names)
        found.append(Cause(kind="version", detail=f"libraries changed: {told}"))
    if old.get("options") != new.get("options"):
        before, after = old.get("options") or {}, new.get("options") or {}
        names = sorted(k for k in {*before, *after} if before.get(k) != after.get(k))
        told = ", ".join(f"{k} {before.get(k)} → {after.get(k)}" for k in names)
        found.append(Cause(kind="options", detail=f"options changed: {told}"))
    return found


def _both_differ(old: dict[str, Any], new: dict[str, Any], name: str) -> bool:
    """Whether both manifests state a thing, and not the same: an older manifest may lack it. A judge that was
    left out is told by the options."""
    if name == "judge" and None in (old.get(name), new.get(name)):
        return False
    return name in old and name in new and old[name] != new[name]


def _changed_rules(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """What was done to each rule that is not the same in both runs, in words that name its file."""
    before, after = old.get("pattern_rules"), new.get("pattern_rules")
    if not isinstance(before, dict) or not isinstance(after, dict) or before == after:
        return {}
    was, now = (
        {r: (f, d) for f, rules in side.items() for r, d in rules.items()} for side in (before, after)
    )
    found = {}
    for rule in sorted({*was, *now}):
        if rule not in was:
            found[rule] = f"rule {rule} was added to {now[rule][0]}"
        elif rule not in now:
            found[rule] = f"rule {rule} was removed from {was[rule][0]}"
        elif was[rule][1] != now[rule][1]:
            found[rule] = f"rule {rule} was changed in {now[rule][0]}"
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
        elsewhere = Cause(kind="document", detail="the document was edited elsewhere")
        untouched = pair.rules and not any(f.rule in pair.rules for f in (old, new) if f)
        runs.insert(0 if untouched and [c.kind for c in runs] == ["pattern"] else len(runs), elsewhere)
    if not runs:
        if not pair.known or not pair.old.manifest or not pair.new.manifest:
            return Cause(kind="unknown", detail="no documents.jsonl and run.json on both sides to tell it")
        return Cause(kind="unknown", detail="neither the document nor anything run.json records differs")
    first, also = runs[0], [*runs[0].also, *(cause.kind for cause in runs[1:])]
    detail = first.detail
    if first.kind == "pattern":
        rules = list(dict.fromkeys(f.rule for f in (old, new) if f is not None))
        known = [pair.rules[rule] for rule in rules if rule in pair.rules]
        detail = "; ".join(known) or f"rule {' → '.join(rules)}; {_others(pair.rules) or detail}"
    return Cause(kind=first.kind, detail=detail, also=also)


def _others(rules: dict[str, str]) -> str:
    """What was done to rules other than the event's own, the first few of them."""
    told = list(rules.values())
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return "; ".join(told[:3]) + more


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
