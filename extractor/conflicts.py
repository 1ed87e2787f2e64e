"""Fields on which reports of one incident disagree, every value with the events that give it.

A disagreement is what cannot both be true. A day and its month, a town and its province, "at least 40" and 43, a
group and the one it belongs to agree; so does a toll that later reports raise, for it is news, not a contradiction,
and within one document a part of a toll beside the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any

from extractor.likeness import Facts
from extractor.schema import Conflict, ConflictValue

MOST = 60  # reports compared each with each; of an incident told more often, those first in reading order
DONE_BY_ONE = ("attack", "killing", "kidnapping", "abuse", "arrest", "territory", "coup")
ANYBODY = frozenset(
    "people persons person men others victims individuals suspects bodies fatalities deaths".split()
)
BY = ("armed_group", "state_force", "government", "organisation")


def conflicts(reports: Sequence[Facts]) -> list[Conflict]:
    """What the reports of one incident contradict each other on, by field in order of its name."""
    if len(reports) < 2:
        return []
    reports = reports[:MOST]
    measures = sorted({m for r in reports for m in r.counts})
    found = [
        _field("actor", reports, _actors, _other_actors),
        _field("date", reports, _day, _other_days),
        _field("place", reports, lambda r: sorted(r.spots) or None, _other_places),
        *(_field(f"quantity/{m}", reports, partial(_count, m), partial(_other_toll, m)) for m in measures),
        _field("type", reports, lambda r: r.event.type, lambda a, b: "clash" in (a.event.type, b.event.type)),
    ]
    return [c for c in found if c is not None]


def _field(
    field: str,
    reports: Sequence[Facts],
    value: Callable[[Facts], Any],
    differ: Callable[[Facts, Facts], bool],
) -> Conflict | None:
    """The values of the reports that some other report contradicts, each with the events that give it."""
    giving = [(r, value(r)) for r in reports]
    given = [(r, v) for r, v in giving if v is not None]
    at_odds: set[int] = set()
    for i, j in combinations(range(len(given)), 2):
        if given[i][1] != given[j][1] and differ(given[i][0], given[j][0]):
            at_odds |= {i, j}
    values: dict[str, ConflictValue] = {}
    for i in sorted(at_odds):
        r, v = given[i]
        shown = v[0] if isinstance(v, list) and len(v) == 1 and isinstance(v[0], str) else v
        values.setdefault(repr(v), ConflictValue(value=shown, events=[])).events.append(r.event.id)
    return Conflict(field=field, values=list(values.values())) if len(values) > 1 else None


def _actors(report: Facts) -> list[str] | None:
    """Who did it, where it is one side that acts and the report names it."""
    if report.event.type not in DONE_BY_ONE:
        return None
    named = {
        a.entity for a in report.event.arguments
        if a.role == "actor" and a.entity and not a.refers_to and a.kind in BY
    }  # fmt: skip
    return sorted(named) or None


def _other_actors(a: Facts, b: Facts) -> bool:
    return not a.world.same_side(a.actors, b.actors)


def _day(report: Facts) -> str | None:
    return report.event.date.value if report.dated and report.event.date else None


def _other_days(a: Facts, b: Facts) -> bool:
    assert a.earliest and a.latest and b.earliest and b.latest
    return a.latest < b.earliest or b.latest < a.earliest


def _other_places(a: Facts, b: Facts) -> bool:
    return not a.world.one_place(a.spots, b.spots)


def _count(measure: str, report: Facts) -> list[list[int | None]] | None:
    if measure not in report.counts:
        return None
    return [[q.min, q.max] for q in report.event.quantities if q.measure == measure]


def _other_toll(measure: str, a: Facts, b: Facts) -> bool:
    (low, high), (other_low, other_high) = a.counts[measure], b.counts[measure]
    if _overlap(low, high, other_low, other_high):
        return False
    if a.event.document == b.event.document:
        return bool(a.event.attribution) != bool(b.event.attribution) or (
            {s.text for s in a.event.attribution} != {s.text for s in b.event.attribution}
        )
    small, large = sorted((a, b), key=lambda r: r.counts[measure][0])
    victims = _victims(small)
    if victims and not victims & (_victims(large) | ANYBODY):
        return False  # three citizens of one country among all the dead
    first, second = sorted((a, b), key=lambda r: r.published or 0)
    if first.published is None or first.published == second.published:
        return True
    return not _rises(first.counts[measure], second.counts[measure])


def _victims(report: Facts) -> set[str]:
    """The nouns for those whom a report counts."""
    return {
        a.text.partition(" of ")[0].split()[-1].lower()
        for a in report.event.arguments
        if a.role == "target" and a.kind not in ("facility", "place")
    }


def _overlap(low: int, high: int | None, other_low: int, other_high: int | None) -> bool:
    return (high is None or other_low <= high) and (other_high is None or low <= other_high)


def _rises(before: tuple[int, int | None], after: tuple[int, int | None]) -> bool:
    """Whether the later toll is the higher one."""
    return after[0] > before[0]
