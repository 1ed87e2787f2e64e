"""Reviewers' decisions applied to what a run extracted: by content, so that they hold in later runs.

While its sentence stands, a rejected event stays out, and an accepted, corrected or added one says what the
reviewer saw and put right, whatever rules and models make of it by now. Where the sentence was edited under a
decision, the extraction stays as it is, is marked as a conflict, and comes back for review.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any, Literal

from rapidfuzz import fuzz

from extractor.reviews import Content, Decision, Facts, Reviews, event_id, spans, stated
from extractor.schema import Argument, Attribution, Event, Record, Review, Sentence

# Sentences less alike than this (indel similarity of 100) are not taken for versions of one sentence.
SAME_SENTENCE = 55
# So many of a missing document's sentences are looked for in the others.
PROBES = 5

Status = Literal["applied", "conflict", "gone", "superseded", "waiting"]
Standing = Literal["accepted", "corrected", "added"]
STANDING: dict[str, Standing] = {"accept": "accepted", "correct": "corrected", "add": "added"}


class Outcome(Record):
    """What became of one decision: applied; conflict (its sentence was edited, `event` tells of it now); gone (no
    event of the edited document tells of it); superseded by a later one; waiting (its document is not there)."""

    decision: str
    status: Status
    document: str
    event: str | None
    detail: str


@dataclass
class Applied:
    """The events of a run under decisions; `together` and `apart` are for `incidents.join_incidents`."""

    events: list[Event]
    together: list[list[str]] = field(default_factory=list)
    apart: set[frozenset[str]] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)


def apply(
    reviews: Reviews, texts: Mapping[str, str], events: list[Event], entities: Collection[str] | None = None
) -> Applied:
    """Apply what stands to the events of a run.

    Args:
        reviews: the decisions.
        texts: the text of each document, by id.
        events: the run's events, documents together, in reading order; not changed.
        entities: ids that entities.jsonl has; a participant of a reviewed event that names another names none.

    Returns:
        The events in reading order. Applying again to them gives the same.
    """
    if not reviews.effective:
        return Applied(events)
    homes = _homes(reviews, texts)
    own: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        own[event.document].append(event)
    waiting: dict[str, list[Decision]] = defaultdict(list)
    applied = Applied([])
    for decision in reversed(reviews.standing.values()):
        content = decision.content[0]
        home = homes.get(content.document)
        if home is None:
            applied.outcomes.append(_outcome(decision, "waiting", None, "its document is not in this run"))
        else:
            waiting[home].append(decision)
    desks = {}
    taken = {e.id for e in events}
    for document, decisions in waiting.items():
        desk = desks[document] = _Desk(document, texts[document], own.get(document, []), taken, entities)
        applied.outcomes += [desk.settle(decision) for decision in decisions]
        own[document] = desk.result()
    for document in dict.fromkeys([*(e.document for e in events), *sorted(own)]):
        applied.events += own[document]
    applied.events.sort(key=lambda e: e.document)
    _link(reviews, homes, desks, texts, applied)
    applied.outcomes.reverse()
    return applied


def _outcome(decision: Decision, status: Status, event: str | None, detail: str) -> Outcome:
    document = decision.content[0].document
    return Outcome(decision=decision.id, status=status, document=document, event=event, detail=detail)


def _homes(reviews: Reviews, texts: Mapping[str, str]) -> dict[str, str]:
    """The document that each decision's document is now: itself, or for one that is gone the one that holds most of
    its sentences, at least half."""
    sentences: dict[str, dict[str, None]] = defaultdict(dict)
    for decision in reviews.effective:
        for content in (*decision.content, *decision.apart):
            sentences[content.document].setdefault(content.sentence)
    homes = {}
    for name, held in sentences.items():
        if name in texts:
            homes[name] = name
            continue
        probes = sorted(held, key=len, reverse=True)[:PROBES]
        found = [(sum(p in text for p in probes), other) for other, text in sorted(texts.items())]
        most, other = max(found, key=lambda pair: pair[0], default=(0, ""))
        if 2 * most >= len(probes):
            homes[name] = other
    return homes


def locate(content: Content, text: str) -> tuple[int, int] | None:
    """Where the sentence of a decision stands in a text, however its lines are wrapped; None where it does not.

    Args:
        content: what the decision is about.
        text: the document as it is now.

    Returns:
        Start and end of its n-th place, as many places before it as there were when it was decided.
    """
    exact = re.escape(content.sentence)
    found = [m.span() for m in re.finditer(exact, text)]
    if not found:
        loose = r"\s+".join(map(re.escape, content.sentence.split()))
        found = [m.span() for m in re.finditer(loose, text)] if loose else []
    return found[min(content.occurrence, len(found) - 1)] if found else None


def placed(facts: Facts, content: Content, text: str, at: tuple[int, int]) -> Facts | None:
    """Facts with spans into the text; None where a span outside the sentence has no place any more.

    Args:
        facts: what is stated, spans from the start of the sentence.
        content: the sentence they were stated of.
        text: the document as it is now.
        at: where the sentence stands in it.
    """
    found = facts.model_copy(deep=True)
    found.sources = [s for s in found.sources if _place(s, content.sentence, text, at)]
    return found if all(_place(span, content.sentence, text, at) for span in spans(found)) else None


def _place(span: Any, sentence: str, text: str, at: tuple[int, int]) -> bool:
    """Give one span its place in the text; says whether it has one."""
    base, end = at
    if span.start >= 0 and span.end <= len(sentence):
        if text[base:end] != sentence:
            # Lines are wrapped otherwise: count what is no space.
            ink = [n for n in range(base, end) if not text[n].isspace()]
            first = sum(not c.isspace() for c in sentence[: span.start])
            size = sum(not c.isspace() for c in sentence[span.start : span.end])
            span.start, span.end = ink[first], ink[first + size - 1] + 1
            span.text = text[span.start : span.end]
            return True
        start = base + span.start
    else:
        near = [m.start() for m in re.finditer(re.escape(span.text), text)]
        if not near:
            return False
        start = min(near, key=lambda place: abs(place - base - span.start))
    span.end += start - span.start
    span.start = start
    return bool(text[span.start : span.end] == span.text)


class _Desk:
    """The events of one document while decisions are applied to them, the latest decision first."""

    def __init__(
        self, document: str, text: str, events: list[Event], taken: set[str], entities: Collection[str] | None
    ) -> None:
        self.document, self.text, self.events, self.taken = document, text, events, taken
        self.entities = entities
        self.now: dict[str, Event | None] = {e.id: e for e in events}
        self.claimed: dict[str, str] = {}  # event id -> decision id
        self.new: list[Event] = []
        self.known = {(a.start, a.end): a for e in events for a in e.arguments if a.kind or a.entity}

    def settle(self, decision: Decision) -> Outcome:
        content = decision.content[0]
        at = locate(content, self.text)
        facts = content.facts if decision.action == "reject" else stated(decision)
        if at is None:
            return self._conflict(decision, facts)
        found = self.find(content, facts, at)
        if found is not None and found.id in self.claimed:
            return self._outcome(decision, "superseded", found.id, f"by {self.claimed[found.id]}")
        if decision.action == "reject":
            if found is not None:
                self.claimed[found.id] = decision.id
                self.now[found.id] = None
            return self._outcome(decision, "applied", None, "left out")
        there = placed(facts, content, self.text, at)
        if there is None:
            return self._mark(decision, found, "a value outside its sentence is no longer in the text")
        event = self._event(decision, there, content, at, found)
        self.claimed[event.id] = decision.id
        if found is not None:
            self.now[found.id] = event
        else:
            self.new.append(event)
        return self._outcome(decision, "applied", event.id, STANDING[decision.action])

    def find(self, content: Content, facts: Facts, at: tuple[int, int]) -> Event | None:
        """The event that a decision is about: the same id, or else the same type and trigger in its sentence."""
        everything = [*self.events, *self.new]
        for event in everything:
            if event.id == content.event:
                return event
        found = []
        for side in (content.facts, facts):
            trigger = side.trigger.model_copy()
            _place(trigger, content.sentence, self.text, at)
            found += [
                (abs(e.trigger.start - trigger.start), n) for n, e in enumerate(everything)
                if e.type == side.type and e.trigger.start < trigger.end and trigger.start < e.trigger.end
            ]  # fmt: skip
        return everything[min(found)[1]] if found else None

    def _event(
        self, decision: Decision, facts: Facts, content: Content, at: tuple[int, int], found: Event | None
    ) -> Event:
        """The event as decided; ids of entities, rule, confidence and sources are the run's where it has them."""
        for argument in facts.arguments:
            seen = self.known.get((argument.start, argument.end))
            if seen is not None:
                argument.kind, argument.entity = seen.kind, seen.entity
        named: list[Argument | Attribution] = [*facts.arguments, *facts.attribution]
        for who in named:
            if self.entities is not None and who.entity not in self.entities:
                who.entity = None
        values = facts.model_dump(exclude={"sources", "rule", "confidence"})
        values["sentence"] = Sentence(start=at[0], end=at[1])
        if found is not None:
            values |= found.model_dump(include={"id", "sources", "rule", "confidence"})
        else:
            values |= facts.model_dump(include={"sources", "rule", "confidence"})
            values["id"] = self._id(content, facts)
        mark = Review(standing=STANDING[decision.action], by=decision.by, decision=decision.id)
        return Event.model_validate(
            {**values, "document": self.document, "incident": None, "reviewed": mark}
        )  # fmt: skip

    def _id(self, content: Content, facts: Facts) -> str:
        identity, count = content.event, 0
        while identity in self.taken or (count == 0 and content.document != self.document):
            count += 1
            identity = event_id(self.document, facts.type, facts.trigger.text, content.sentence, count)
        self.taken.add(identity)
        return identity

    def _conflict(self, decision: Decision, facts: Facts) -> Outcome:
        """Find the event that tells of it now that the sentence was edited."""
        content = decision.content[0]
        best: tuple[float, Event] | None = None
        for event in [*self.events, *self.new]:
            if event.type not in (facts.type, content.facts.type):
                continue
            words = self.text[event.sentence.start : event.sentence.end]
            alike = fuzz.ratio(words, content.sentence)
            same = fuzz.ratio(event.trigger.text.casefold(), facts.trigger.text.casefold())
            if alike >= SAME_SENTENCE and same >= SAME_SENTENCE and (best is None or alike + same > best[0]):
                best = (alike + same, event)
        event_now = best[1] if best else None
        if event_now is not None and event_now.id in self.claimed:
            return self._outcome(decision, "superseded", event_now.id, f"by {self.claimed[event_now.id]}")
        return self._mark(decision, event_now, "its sentence was edited or deleted")

    def _mark(self, decision: Decision, event: Event | None, detail: str) -> Outcome:
        if event is None:
            return self._outcome(decision, "gone", None, detail)
        self.claimed[event.id] = decision.id
        mark = Review(standing="conflict", by=decision.by, decision=decision.id)
        self.now[event.id] = event.model_copy(update={"reviewed": mark})
        return self._outcome(decision, "conflict", event.id, detail)

    def _outcome(self, decision: Decision, status: Status, event: str | None, detail: str) -> Outcome:
        return Outcome(
            decision=decision.id, status=status, document=self.document, event=event, detail=detail
        )

    def result(self) -> list[Event]:
        """The events in reading order, new ones among them."""
        found = [now for e in self.events if (now := self.now[e.id]) is not None]
        for event in sorted(self.new, key=_order):
            place = next((n for n, e in enumerate(found) if _order(e) > _order(event)), len(found))
            found.insert(place, event)
        return found


def _order(event: Event) -> tuple[int, int]:
    return (event.sentence.start, event.trigger.start)


def _link(
    reviews: Reviews, homes: Mapping[str, str], desks: dict[str, _Desk], texts: Mapping[str, str], applied: Applied
) -> None:  # fmt: skip
    """What merges and splits of incidents ask for; where two contradict each other, the later one holds."""
    own: dict[str, list[Event]] = defaultdict(list)
    for event in applied.events:
        own[event.document].append(event)

    def ids(contents: Iterable[Content]) -> list[str]:
        found: dict[str, None] = {}
        for content in contents:
            home = homes.get(content.document)
            if home is None or (at := locate(content, texts[home])) is None:
                continue
            desk = _Desk(home, texts[home], own[home], set(), None)
            event = desk.find(content, content.facts, at)
            if event is not None:
                found.setdefault(event.id)
        return list(found)

    group: dict[str, set[str]] = {}
    for decision in reversed(reviews.links):
        ones, others = ids(decision.content), ids(decision.apart)
        whole = len(ones) >= 2 if decision.action == "merge" else bool(ones and others)
        told = "incidents merged" if decision.action == "merge" else "incident split"
        for a, b in combinations(ones, 2):
            left, right = group.setdefault(a, {a}), group.setdefault(b, {b})
            if left is not right and not any(frozenset(p) in applied.apart for p in product(left, right)):
                left |= right
                group.update(dict.fromkeys(left, left))
        for a, b in product(ones, others):
            if b not in group.get(a, ()):
                applied.apart.add(frozenset((a, b)))
        status: Status = "applied" if whole else "conflict"
        applied.outcomes.insert(0, _outcome(
            decision, status, ones[0] if ones else None, told if whole else "its events are no longer there",
        ))  # fmt: skip
    seen: set[int] = set()
    for members in group.values():
        if len(members) > 1 and id(members) not in seen:
            seen.add(id(members))
            applied.together.append(sorted(members))
