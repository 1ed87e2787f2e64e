"""Mentions of the same real-world event joined, within and across documents.

Two mentions are compared on type, time, place, participants and counts; evidence adds up, a contradiction in
place or time vetoes, and type and date alone never join. Pairs are joined best first, as long as no two
mentions of the joined incident contradict each other (constrained agglomerative clustering).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import inf

from extractor.conflicts import conflicts
from extractor.likeness import Facts, World, keys, similarity, takes_up
from extractor.schema import Article, Entity, Event, Incident, QuantityRecord

THRESHOLD = 3.0
TAKEN_UP = 4.0  # weight of speaking again of what was told just before
BACK = 6  # mentions before it in which "the attack" looks for the event it takes up
NEIGHBOURS = 12  # of events that share a key: how many, nearest in time on either side, each is compared with
SAMPLE = 40  # members of a large incident on which a join is checked for contradictions


def join_incidents(
    events: list[Event],
    entities: Iterable[Entity] = (),
    *,
    documents: Iterable[Article] = (),
    together: Iterable[Collection[str]] = (),
    apart: Collection[frozenset[str]] = (),
) -> tuple[list[Event], list[Incident]]:
    """Join event mentions into incidents.

    Time and memory grow with the number of events, whatever their number: an event is compared with a bounded
    number of others that share a key with it.

    Args:
        events: events in output order.
        entities: canonical entities, for what a place lies in and what an actor is part of.
        documents: the documents, for their day of publication and for the words before a trigger.
        together: ids of events that are one incident, whatever they say.
        apart: pairs of ids of events that are not.

    Returns:
        The events with `incident` filled, and the incidents in order of their first event. Every event belongs
        to exactly one incident.
    """
    world = World(entities, documents)
    facts = [Facts(e, world) for e in events]
    scored = [(-inf, i, j) for i, j in _given(events, together)]
    scored += _taken_up(facts)
    for i, j in _pairs(facts):
        score = similarity(facts[i], facts[j])
        if score is not None and score >= THRESHOLD:
            scored.append((-score, i, j))
    cluster = list(range(len(events)))
    members = {i: [i] for i in range(len(events))}
    for score, i, j in sorted(scored):
        a, b = cluster[i], cluster[j]
        if a == b or (apart and any(p in apart for p in _ids(events, members[a], members[b]))):
            continue
        if score > -inf and any(
            similarity(facts[x], facts[y]) is None for x in _sample(members[a]) for y in _sample(members[b])
        ):
            continue
        small, large = sorted((a, b), key=lambda c: (len(members[c]), -c))
        for x in members[small]:
            cluster[x] = large
        members[large] += members.pop(small)
    joined = list(events)
    incidents = []
    for group in sorted(sorted(m) for m in members.values()):
        incident = _incident([facts[i] for i in group])
        incidents.append(incident)
        for i in group:
            joined[i] = events[i].model_copy(update={"incident": incident.id})
    return joined, incidents


def _given(events: list[Event], together: Iterable[Collection[str]]) -> Iterator[tuple[int, int]]:
    at = {e.id: n for n, e in enumerate(events)}
    for group in together:
        yield from pairwise(sorted(at[e] for e in group if e in at))


def _ids(events: list[Event], ones: list[int], others: list[int]) -> Iterator[frozenset[str]]:
    return (frozenset((events[x].id, events[y].id)) for x in ones for y in others)


def _sample(members: list[int]) -> list[int]:
    """All members of an incident, or as many as are checked, spread over it."""
    return members if len(members) <= SAMPLE else members[:: -(-len(members) // SAMPLE)]


def _taken_up(facts: Sequence[Facts]) -> Iterator[tuple[float, int, int]]:
    """Mentions that speak of an event as known ("the attack"), with the event told just before them."""
    documents: dict[str, list[int]] = defaultdict(list)
    for i, f in enumerate(facts):
        documents[f.event.document].append(i)
    for order in documents.values():
        order.sort(key=lambda i: facts[i].event.trigger.start)
        for n, j in enumerate(order):
            told = [i for i in order[max(0, n - BACK) : n] if takes_up(facts[j], facts[i])]
            if told:
                i = max(told, key=lambda i: (facts[i].event.sentence.start, facts[i].weight))
                yield -TAKEN_UP, min(i, j), max(i, j)


def _pairs(facts: Sequence[Facts]) -> Iterator[tuple[int, int]]:
    """Pairs worth comparing, each once: events that share a key, of a key that many share the nearest in time."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, f in enumerate(facts):
        for key in set(keys(f)):
            blocks[key].append(i)
    at: dict[int, list[tuple[list[int], int]]] = defaultdict(list)
    for block in blocks.values():
        if len(block) > 1:
            if len(block) > NEIGHBOURS:
                block.sort(key=lambda i: (facts[i].earliest or facts[i].published or 0, i))
            for n, i in enumerate(block):
                at[i].append((block, n))
    for i in sorted(at):
        near = {j for block, n in at[i] for j in block[n + 1 : n + 1 + NEIGHBOURS]}
        near |= {j for block, n in at[i] for j in block[max(0, n - NEIGHBOURS) : n]}
        yield from ((i, j) for j in sorted(near) if j > i)


def _incident(reports: Sequence[Facts]) -> Incident:
    events = [r.event for r in reports]

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
        conflicts=conflicts(reports),
    )


def _width(earliest: str | None, latest: str | None) -> int:
    try:
        return (date.fromisoformat(latest) - date.fromisoformat(earliest)).days  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 10**6
