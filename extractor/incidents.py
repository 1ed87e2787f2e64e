"""Mentions of the same real-world event joined, within and across documents.

Two mentions are compared on type, time, place, participants and counts; evidence adds up, a contradiction in
place or time vetoes, and type and date alone never join. Pairs are joined best first, as long as no two
mentions of the joined incident contradict each other (constrained agglomerative clustering).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import combinations
from math import inf

from extractor.schema import Conflict, ConflictValue, Entity, Event, Incident, QuantityRecord

FAMILIES = {"killing": "attack", "attack": "attack", "kidnapping": "kidnapping", "clash": "attack"}
ONCE = {"killing", "merger", "formation", "renaming", "split"}
SPECIFIC_KINDS = {
    "person",
    "facility",
    "operation",
    "agreement",
    "armed_group",
    "organisation",
    "intergovernmental",
}
RARE = {"coup"}  # one a year in a country at most: date and actor weigh more
ABOUT = 15  # days by which an approximate date is widened on either side
THRESHOLD = 3.0
BLOCK_LIMIT = 400
BROAD_PLACE = ("country", "region")
SPEECH = {"statement", "accusation", "denial", "threat", "claim"}
SORTS = {"district", "province", "region", "city", "town", "village", "township", "area", "camp", "county", "state", "the",
         "of", "hotel", "restaurant", "airport", "base", "station", "post", "hospital", "mosque", "church"}  # fmt: skip
COMMON = {"people", "person", "persons", "civilian", "soldier", "troop", "force", "police", "policemen", "officer", "member",
          "militant", "fighter", "group", "others", "villager", "resident", "victim", "woman", "women", "children", "child",
          "government", "army", "military", "security", "leader", "official", "worker", "target", "several", "local", "their",
          "other", "armed", "them", "they", "least", "killed", "party", "country", "forces", "men"}  # fmt: skip
_COUNTRY = re.compile(r"place/[A-Z]{2}")
CLOSE = 2  # tolls that differ by less than this factor may be of one event


class _Facts:
    """What is compared of an event."""

    def __init__(self, event: Event, broad: set[str]) -> None:
        self.event = event
        self.family = FAMILIES.get(event.type, event.type)
        self.places = {a.entity for a in event.arguments if a.role == "place" and a.entity}
        self.settled = {_name(p) for p in self.places if p not in broad}
        self.towns = self.settled | {
            _name(a.text) for a in event.arguments if a.role == "place" and not a.entity and a.text.istitle()
        }
        self.actors = {a.entity for a in event.arguments if a.role in ("actor", "party") and a.entity}
        self.doers = {
            a.text.split()[-1].lower()
            for a in event.arguments
            if a.role in ("actor", "party") and a.kind == "state_force"
        }
        self.targets = {
            a.entity for a in event.arguments if a.role in ("target", "party", "result") and a.entity
        }
        self.named = {
            f"facility/{_name(a.entity)}" if a.kind == "facility" else a.entity for a in event.arguments
            if a.role in ("target", "result", "party") and a.entity and a.kind in SPECIFIC_KINDS
        }  # fmt: skip
        self.things = {
            w.removesuffix("s") for a in event.arguments if a.role == "target" and not a.entity
            for w in a.text.lower().split() if len(w) > 3 and not {w, w.removesuffix("s")} & COMMON
        }  # fmt: skip
        self.counts: dict[str, int] = {}
        for q in event.quantities:
            self.counts[q.measure] = self.counts.get(q.measure, 0) + (q.min or q.max or 0)
        self.earliest = _day(event.date.earliest) if event.date else None
        self.latest = _day(event.date.latest) if event.date else None
        if event.date and event.date.value.endswith("~") and self.earliest and self.latest:
            self.earliest, self.latest = _shifted(self.earliest, -ABOUT), _shifted(self.latest, ABOUT)

    @property
    def dated(self) -> bool:
        return self.earliest is not None and self.latest is not None

    @property
    def precise(self) -> bool:
        return self.dated and (self.latest - self.earliest).days <= 1  # type: ignore[operator]


def _name(entity: str) -> str:
    """A place or building by its name alone, for one report may say of which country or what sort it is and the other
    not: "place/PE/huallhua-13100228", "Huallhua district"."""
    slug = entity.rsplit("/", 1)[-1].lower().replace("-", " ").replace("’", " ")
    words = [w for w in slug.split() if not w.isdigit()]
    return "".join([w for w in words if w not in SORTS] or words)


def _shifted(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def join_incidents(
    events: list[Event],
    entities: Iterable[Entity] = (),
    *,
    together: Iterable[Collection[str]] = (),
    apart: Collection[frozenset[str]] = (),
) -> tuple[list[Event], list[Incident]]:
    """Join event mentions into incidents.

    Args:
        events: events in output order.
        entities: canonical entities, for how broad a place is.
        together: ids of events that are one incident, whatever they say.
        apart: pairs of ids of events that are not.

    Returns:
        The events with `incident` filled, and the incidents in order of their first event. Every event belongs
        to exactly one incident.
    """
    broad = {
        e.id for e in entities
        if e.attributes.get("precision") in BROAD_PLACE or "countries" in e.attributes or _COUNTRY.fullmatch(e.id)
    }  # fmt: skip
    facts = [_Facts(e, broad) for e in events]
    scored = []
    for i, j in sorted(_pairs(facts)):
        score = similarity(facts[i], facts[j])
        if score is not None and score >= THRESHOLD:
            scored.append((-score, i, j))
    cluster = list(range(len(events)))
    members = {i: [i] for i in range(len(events))}
    at = {e.id: n for n, e in enumerate(events)}
    given = [sorted(at[e] for e in group if e in at) for group in together]
    for first, *rest in filter(None, given):
        scored += [(-inf, first, other) for other in rest]
    for score, i, j in sorted(scored):
        a, b = cluster[i], cluster[j]
        if a == b or (apart and any(p in apart for p in _ids(events, members[a], members[b]))):
            continue
        if score > -inf and any(
            similarity(facts[x], facts[y]) is None for x in members[a] for y in members[b]
        ):
            continue
        a, b = min(a, b), max(a, b)
        for x in members[b]:
            cluster[x] = a
        members[a] = sorted(members[a] + members.pop(b))
    joined = list(events)
    incidents = []
    for root in sorted(members):
        incident = _incident([events[i] for i in members[root]], broad)
        incidents.append(incident)
        for i in members[root]:
            joined[i] = events[i].model_copy(update={"incident": incident.id})
    return joined, incidents


def _ids(events: list[Event], ones: list[int], others: list[int]) -> Iterator[frozenset[str]]:
    return (frozenset((events[x].id, events[y].id)) for x in ones for y in others)


def _pairs(facts: list[_Facts]) -> set[tuple[int, int]]:
    """Pairs worth comparing: same family and a participant, a town or a day in common."""
    blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, f in enumerate(facts):
        for key in sorted(f.targets | f.named | f.towns | f.actors | f.doers):
            blocks[(f.family, key)].append(i)
        if f.precise:
            blocks[(f.family, str(f.earliest))].append(i)
    pairs: set[tuple[int, int]] = set()
    for members in blocks.values():
        if len(members) <= BLOCK_LIMIT:
            pairs.update(combinations(members, 2))
        else:
            pairs.update((a, b) for k, a in enumerate(members) for b in members[k + 1 : k + 40])
    return pairs


def similarity(a: _Facts, b: _Facts) -> float | None:
    """Evidence that two mentions tell one event; None where they contradict each other."""
    if a.family != b.family or _opposed(a.event, b.event):
        return None
    if a.event.document == b.event.document and a.event.sentence == b.event.sentence:
        return None  # events one sentence tells apart
    named = a.named & b.named
    once = bool(named) and a.event.type == b.event.type and a.event.type in ONCE
    score = 0.0
    if a.dated and b.dated:
        gap = _gap(a, b)
        if gap > 0 and not (once and gap <= 31):
            return None
        if a.precise and b.precise and gap == 0:
            score += 1.5
        elif gap == 0:
            width = max((f.latest - f.earliest).days for f in (a, b))  # type: ignore[operator]
            score += 1.0 if width <= 31 else 0.5
    if a.towns and b.towns:
        if a.towns & b.towns:
            score += 1.5
        elif a.settled and b.settled:
            return None
    elif a.places & b.places:
        score += 0.5
    if named:
        score += 3.0 if once else 1.5
        if a.event.document == b.event.document and a.dated != b.dated and _struck(named):
            score += 1.5  # "the hotel attack", told with its day elsewhere in the article
    elif a.things & b.things:
        score += 1.5 if a.precise and b.precise else 1.0
    elif a.targets & b.targets:
        score += 0.5
    elif a.named and b.named and a.event.type in ("killing", "arrest", "prosecution", "verdict", "release"):
        return None
    same_doer = bool(a.doers & b.doers) and a.event.document == b.event.document
    if same_doer or (a.actors and b.actors):
        score += 1.0 if same_doer or a.actors & b.actors else -0.5
    if a.event.type in RARE and (same_doer or a.actors & b.actors or named):
        score += 1.5
    measures = sorted(set(a.counts) & set(b.counts))
    agreed = any(a.counts[m] == b.counts[m] > 0 for m in measures)
    if agreed:
        score += 1.0
    elif any(not _close(a.counts[m], b.counts[m]) for m in measures):
        score -= 0.5
    shared = (
        same_doer or named or a.targets & b.targets or a.things & b.things or a.actors & b.actors or agreed
    )
    if not shared and (a.event.type == "clash") != (b.event.type == "clash"):
        return 0.0  # fighting and an attack in one town on one day
    evidence = shared or a.towns & b.towns
    if not evidence:
        return 0.0
    if a.event.type in SPEECH and not (a.precise and b.precise):
        return min(score, THRESHOLD - 0.5)
    return score


def _opposed(a: Event, b: Event) -> bool:
    """Beginning against end, capture against loss, different subtypes of a subtyped act, fact against threat."""
    if a.type == b.type and a.subtype and b.subtype and a.subtype != b.subtype:
        return a.type in (
            "operation",
            "territory",
            "sanction",
            "agreement",
            "membership",
            "verdict",
            "prosecution",
        )
    return {a.modality, b.modality} & {"denied", "conditional"} != set() and a.modality != b.modality


def _struck(named: set[str]) -> bool:
    return any(n.startswith("facility/") for n in named)


def _close(a: int, b: int) -> bool:
    return max(a, b) < CLOSE * max(1, min(a, b))


def _gap(a: _Facts, b: _Facts) -> int:
    """Days between two dated intervals; 0 where they overlap."""
    assert a.earliest and a.latest and b.earliest and b.latest
    if a.latest < b.earliest:
        return (b.earliest - a.latest).days
    if b.latest < a.earliest:
        return (a.earliest - b.latest).days
    return 0


def _incident(events: list[Event], broad: set[str]) -> Incident:
    def names(*roles: str) -> list[str]:
        found: dict[str, None] = {}
        for e in events:
            for a in e.arguments:
                if a.role in roles:
                    found.setdefault(a.entity or a.refers_to or a.text)
        return list(found)

    dated = [e.date for e in events if e.date]
    best = min(dated, key=lambda d: (d.earliest is None, _width(d.earliest, d.latest)), default=None)
    quantities: dict[tuple[str, int | None, int | None], QuantityRecord] = {}
    for e in events:
        for q in e.quantities:
            quantities.setdefault((q.measure, q.min, q.max), q)
    identity = hashlib.sha256("|".join(e.id for e in events).encode()).hexdigest()[:12]
    return Incident(
        id=f"in-{identity}",
        type=events[0].type,
        date=best,
        places=names("place"),
        actors=names("actor", "party"),
        targets=names("target"),
        quantities=list(quantities.values()),
        events=[e.id for e in events],
        conflicts=_conflicts(events, broad),
    )


def _width(earliest: str | None, latest: str | None) -> int:
    a, b = _day(earliest), _day(latest)
    return (b - a).days if a and b else 10**6


def _conflicts(events: list[Event], broad: set[str]) -> list[Conflict]:
    """Fields on which reports disagree, each value with the events that give it."""
    fields: dict[str, dict[str, tuple[object, list[str]]]] = {}

    def give(field: str, value: object, event: Event) -> None:
        fields.setdefault(field, {}).setdefault(repr(value), (value, []))[1].append(event.id)

    for e in events:
        give("type", e.type, e)
        if e.date and e.date.earliest and e.date.earliest == e.date.latest:
            give("date", e.date.value, e)
        by_measure: dict[str, list[list[int | None]]] = defaultdict(list)
        for q in e.quantities:
            by_measure[q.measure].append([q.min, q.max])
        for measure, values in sorted(by_measure.items()):
            give(f"quantity/{measure}", values, e)
        towns = sorted(
            {a.entity for a in e.arguments if a.role == "place" and a.entity and a.entity not in broad}
        )
        if towns:
            give("place", towns[0], e)
        give("modality", e.modality, e)
    return [
        Conflict(field=name, values=[ConflictValue(value=v, events=ids) for v, ids in values.values()])
        for name, values in sorted(fields.items())
        if len(values) > 1
    ]
