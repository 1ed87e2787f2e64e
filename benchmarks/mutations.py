"""Runs of any size, and changed copies of them with the truth of what was changed. Seeded; no extraction."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACTORS = ["Masked gunmen", "Coastal Front fighters", "Border guards", "Army troops", "Red Valley militiamen",
          "Two bombers", "Police officers", "Rebels of the Ninth Column", "Pirates",
          "Northern Guard units"]  # fmt: skip
VICTIMS = ["farmers", "drivers", "soldiers", "nurses", "traders", "students", "fishermen", "herders",
           "teachers", "miners", "guards", "pilgrims"]  # fmt: skip
PLACES = ["Arlen", "Bostra", "Cadir", "Dunmere", "Eskel", "Farrow", "Galten", "Hovik", "Istria Ford",
          "Jorund", "Kelso Bridge", "Lomar", "Mirrin", "Nadur", "Ostwell", "Parvan"]  # fmt: skip
SITES = [
    "a customs post",
    "the grain market",
    "a police station",
    "the radio mast",
    "a convoy",
    "the old mill",
]
MONTHS = ["January", "March", "April", "June", "August", "October", "November"]
VERBS = {"killed": "killing", "seized": "kidnapping", "detained": "arrest", "freed": "release"}
MEASURES = {"killing": "killed", "kidnapping": "abducted", "arrest": "arrested", "release": "released"}
LEADS = ["", "Officials said that ", "According to the harbour office, ", "Radio Meridian reported that ",
         "Witnesses told reporters that ", "A council statement said "]  # fmt: skip
TAILS = ["", ", while the road stayed closed", ", hours before the market opened", " despite the truce",
         ", the third such report this month", " as rain fell"]  # fmt: skip
EDITS = ("count", "day", "actor", "place", "wording", "type", "role", "entity", "modality")
KINDS = (*EDITS, *EDITS, "split", "merge", "drop", "delete", "add", "insert")


@dataclass
class Told:
    """One event of a sentence: its trigger and fillers as names of the sentence's slots."""

    type: str
    trigger: str
    arguments: list[tuple[str, str]]
    count: str | None = None
    entity: str = ""
    modality: str = "actual"
    origin: list[str] = field(default_factory=list)


@dataclass
class Line:
    """A sentence as a row of (slot, words), and its events."""

    parts: list[tuple[str, str]]
    events: list[Told]

    @property
    def text(self) -> str:
        return "".join(words for _, words in self.parts)

    def span(self, slot: str, base: int) -> dict[str, Any]:
        for name, words in self.parts:
            if name == slot:
                return {"text": words, "start": base, "end": base + len(words)}
            base += len(words)
        raise KeyError(slot)

    def set(self, slot: str, words: str) -> None:
        self.parts = [(name, words if name == slot else old) for name, old in self.parts]

    def get(self, slot: str) -> str:
        return dict(self.parts)[slot]


def _line(rng: random.Random) -> Line:
    verb = rng.choice(sorted(VERBS))
    first, second = rng.sample(VICTIMS, 2)
    day = f"{rng.choice(MONTHS)} {rng.randint(1, 28)}, {rng.randint(2012, 2024)}"
    common = [("actor", rng.choice(ACTORS)), ("", " ")]
    lead = [("lead", rng.choice(LEADS)), ("", "on "), ("day", day), ("", " ")]
    end = [("", " near "), ("place", rng.choice(PLACES)), ("tail", rng.choice(TAILS)), ("", ".")]
    number = str(rng.randint(2, 60))
    if rng.random() < 0.6:
        parts = [*lead, *common, ("verb", verb), ("", " "), ("number", number), ("", " "), ("first", first),
                 ("", " and "), ("second", second), *end]  # fmt: skip
        roles = [("actor", "actor"), ("target", "first"), ("target", "second"), ("place", "place")]
        return Line(parts, [Told(VERBS[verb], "verb", roles, "number")])
    parts = [*lead, *common, ("attack", "attacked"), ("", " "), ("site", rng.choice(SITES)), ("", " and "),
             ("verb", verb), ("", " "), ("number", number), ("", " "), ("first", first), *end]  # fmt: skip
    attack = Told("attack", "attack", [("actor", "actor"), ("target", "site"), ("place", "place")])
    other = Told(VERBS[verb], "verb", [("actor", "actor"), ("target", "first"), ("place", "place")], "number")
    return Line(parts, [attack, other])


def documents(events: int, seed: int, per_document: int = 25) -> dict[str, list[Line]]:
    """Made-up articles with about `per_document` events each, `events` in all (a few more at most)."""
    rng = random.Random(seed)
    found: dict[str, list[Line]] = {}
    total = 0
    while total < events:
        name, lines, count = f"report-{len(found):06d}", [], 0
        while count < per_document and total + count < events:
            lines.append(line := _line(rng))
            count += len(line.events)
        total += count
        found[name] = lines
    return found


def _event(line: Line, told: Told, name: str, base: int, ids: str) -> dict[str, Any]:
    day = line.span("day", base)
    month, number, year = day["text"].replace(",", "").split()
    names = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
    value = f"{year}-{([*names, 'November', 'December'].index(month)) + 1:02d}-{int(number):02d}"
    arguments = []
    for role, slot in told.arguments:
        span = line.span(slot, base)
        entity = (
            f"{slot}/{span['text'].lower().replace(' ', '-')}{told.entity}"
            if role in ("actor", "place")
            else None
        )
        kind = "place" if role == "place" else "people"
        arguments.append({"role": role, **span, "kind": kind, "entity": entity, "refers_to": None})
    quantities = []
    if told.count:
        span = line.span(told.count, base)
        quantities = [{"measure": MEASURES.get(told.type, "killed"), "min": int(span["text"]),
                       "max": int(span["text"]), "approximate": False, "span": span}]  # fmt: skip
    event = {
        "document": name, "type": told.type, "subtype": None, "trigger": line.span(told.trigger, base),
        "sentence": {"start": base, "end": base + len(line.text)},
        "date": {"value": value, "earliest": value, "latest": value, "basis": "explicit", "span": day,
                 "anchor": None},
        "arguments": arguments, "quantities": quantities, "modality": told.modality, "attribution": [],
        "sources": [], "incident": None, "rule": f"{told.type}/{line.get(told.trigger)}", "confidence": 0.9,
    }  # fmt: skip
    digest = hashlib.sha256(f"{ids}{json.dumps(event)}".encode()).hexdigest()
    event["incident"] = f"in-{digest[20:32]}"
    return {"id": f"ev-{digest[:12]}", **event}


def write(folder: Path, runs: dict[str, list[Line]], ids: str = "") -> dict[int, str]:
    """Write a run's events.jsonl, documents.jsonl and run.json.

    Args:
        folder: made where missing.
        runs: the articles.
        ids: any other text gives all events other ids.

    Returns:
        The id of each event, under the `id()` of its Told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    given: dict[int, str] = {}
    total = 0
    with (folder / "events.jsonl").open("w") as events, (folder / "documents.jsonl").open("w") as texts:
        for name, lines in runs.items():
            text = ""
            for number, line in enumerate(lines):
                base = len(text)
                for told in line.events:
                    event = _event(line, told, name, base, ids)
                    given[id(told)] = event["id"]
                    events.write(json.dumps(event) + "\n")
                    total += 1
                text += line.text + ("\n\n" if number % 5 == 4 else " ")
            digest = hashlib.sha256(text.encode()).hexdigest()
            texts.write(json.dumps({"id": name, "source": f"{name}.txt", "sha256": digest, "title": None,
                                    "published": None, "publisher": None, "language": "en", "text": text,
                                    "blocks": []}) + "\n")  # fmt: skip
    manifest = {"version": "1", "model": None, "patterns": "0", "options": {}, "counts": {"events": total}}
    (folder / "run.json").write_text(json.dumps(manifest))
    return given


@dataclass
class Truth:
    """What was changed: groups of old and new event ids, mutations by kind, how many events stay as is."""

    groups: set[tuple[tuple[str, ...], tuple[str, ...]]]
    kinds: Counter[str]
    same: int


def make(folder: Path, events: int, seed: int, rate: float, shift: float, new_ids: bool = True) -> Truth:
    """Write `folder`/old and `folder`/new.

    Args:
        folder: where to.
        events: size of the old run.
        seed: gives the same bytes again.
        rate: share of the events that are changed.
        shift: share of the documents that get a paragraph at their head.
        new_ids: whether every event gets another id.

    Returns:
        What was changed.
    """
    old = documents(events, seed)
    before = write(folder / "old", old)
    new, origin = _copy(old)
    rng = random.Random(f"{seed}/changes")
    gone: list[Told] = []
    kinds: Counter[str] = Counter()
    for lines in new.values():
        for line in list(lines):
            if rng.random() < rate * len(line.events):
                _mutate(rng, lines, line, origin, gone, kinds)
        if rng.random() < shift:
            kinds["shift"] += 1
            words = " ".join(rng.choice(TAILS[1:]).strip(" ,") for _ in range(3))
            lines.insert(0, Line([("", f"Editors added a note: {words}.")], []))
    after = write(folder / "new", new, "again" if new_ids else "")
    return _truth(folder, before, after, old, new, origin, kinds)


def _copy(old: dict[str, list[Line]]) -> tuple[dict[str, list[Line]], dict[int, list[Told]]]:
    """The same articles once more, and for each copied event the old events it comes from."""
    new: dict[str, list[Line]] = {}
    origin: dict[int, list[Told]] = {}
    for name, lines in old.items():
        new[name] = []
        for line in lines:
            twin = copy.deepcopy(line)
            origin.update((id(b), [a]) for a, b in zip(line.events, twin.events, strict=True))
            new[name].append(twin)
    return new, origin


def _mutate(
    rng: random.Random, lines: list[Line], line: Line, origin: dict[int, list[Told]], gone: list[Told],
    kinds: Counter[str],
) -> None:  # fmt: skip
    kind = rng.choice(KINDS)
    told = rng.choice(line.events)
    targets = [a for a in told.arguments if a[0] == "target"]
    if kind == "split" and len(targets) < 2:
        kind = "count"
    if kind == "merge" and len(line.events) < 2:
        kind = "wording"
    if kind == "add" and len(line.events) > 1:
        kind = "drop"
    kinds[kind] += 1
    if kind == "count":
        line.set("number", str(int(line.get("number")) + rng.randint(1, 40)))
    elif kind == "day":
        line.set("day", f"{rng.choice(MONTHS)} {rng.randint(1, 28)}, {rng.randint(2001, 2011)}")
    elif kind in ("actor", "place"):
        known = ACTORS if kind == "actor" else PLACES
        line.set(kind, rng.choice([w for w in known if w != line.get(kind)]))
    elif kind == "wording":
        line.set("tail", rng.choice([w for w in TAILS if w != line.get("tail")]))
    elif kind == "type":
        told.type = rng.choice([t for t in ("abuse", "clash", "operation") if t != told.type])
    elif kind == "role":
        told.arguments = told.arguments[1:]
    elif kind == "entity":
        told.entity = "-2"
    elif kind == "modality":
        told.modality = "alleged"
    elif kind == "split":
        part = copy.deepcopy(told)
        told.arguments.remove(targets[1])
        part.arguments.remove(targets[0])
        part.count = None
        line.events.append(part)
        origin[id(part)] = list(origin[id(told)])
    elif kind == "merge":
        first, second = line.events
        first.arguments += [a for a in second.arguments if a not in first.arguments]
        first.count = second.count
        origin[id(first)] += origin[id(second)]
        line.events.remove(second)
    elif kind == "drop":
        line.events.remove(told)
    elif kind == "delete":
        lines.remove(line)
    elif kind == "add":
        extra = Told("clash", "place", [("actor", "actor"), ("place", "place")])
        origin[id(extra)] = []
        line.events.append(extra)
    elif kind == "insert":
        fresh = _line(rng)
        origin.update((id(t), []) for t in fresh.events)
        lines.insert(lines.index(line), fresh)


def _truth(
    folder: Path, before: dict[int, str], after: dict[int, str], old: dict[str, list[Line]],
    new: dict[str, list[Line]], origin: dict[int, list[Told]], kinds: Counter[str],
) -> Truth:  # fmt: skip
    stated: list[dict[str, str]] = []
    for side in ("old", "new"):
        found = {}
        for line in (folder / side / "events.jsonl").read_text().splitlines():
            event = json.loads(line)
            name = event.pop("id")
            event.pop("incident")
            found[name] = json.dumps(event)
        stated.append(found)
    children: dict[int, list[str]] = {}
    groups, same, seen = set(), 0, set()
    now = [told for lines in new.values() for line in lines for told in line.events]
    for told in now:
        for parent in origin[id(told)]:
            children.setdefault(id(parent), []).append(after[id(told)])
    for told in now:
        parents = origin[id(told)]
        olds = tuple(sorted(before[id(p)] for p in parents))
        news = tuple(sorted({c for p in parents for c in children[id(p)]} or {after[id(told)]}))
        if (olds, news) in seen:
            continue
        seen.add((olds, news))
        if len(olds) == len(news) == 1 and stated[0][olds[0]] == stated[1][news[0]]:
            same += 1
        else:
            groups.add((olds, news))
    for lines in old.values():
        for line in lines:
            groups |= {((before[id(t)],), ()) for t in line.events if id(t) not in children}
    return Truth(groups, kinds, same)


def score(truth: Truth, changes: list[Any]) -> tuple[float, float, float]:
    """Precision, recall and F1 over the links between changed events, an addition or removal being one link.

    Args:
        truth: what was changed.
        changes: `extractor.diff.Change` records, unfiltered.
    """
    found = [([s.event for s in c.old], [s.event for s in c.new]) for c in changes]
    gold = {link for olds, news in truth.groups for link in _links(list(olds), list(news))}
    given = {link for olds, news in found for link in _links(olds, news)}
    precision, recall = len(gold & given) / max(len(given), 1), len(gold & given) / max(len(gold), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _links(olds: list[str], news: list[str]) -> list[tuple[str, str]]:
    return [(o, n) for o in olds or [""] for n in news or [""]]
