"""Joining mentions into incidents: evidence adds up, contradictions veto, values keep their reporter."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from extractor.incidents import join_incidents
from extractor.schema import Argument, Entity, Event, EventDate, QuantityRecord, Sentence, Span

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from incidents import b_cubed, clusters  # noqa: E402

SPAN = Span(text="x", start=0, end=1)
GOMA, BUKAVU, MALI = "place/CD/goma", "place/CD/bukavu", "place/ML"
REBELS, ARMY = "armed_group/m23", "state_force/CD"


def when(first: str, last: str | None = None) -> EventDate:
    value = first if last is None else f"{first}/{last}"
    return EventDate(value=value, earliest=first, latest=last or first, basis="explicit", span=SPAN)


def who(role: str, entity: str, kind: str) -> Argument:
    return Argument(role=role, text="x", start=0, end=1, kind=kind, entity=entity)  # type: ignore[arg-type]


def event(
    identity: str, *, place: str | None = GOMA, actor: str | None = None, target: str | None = None,
    date: EventDate | None = None, killed: int | None = None, **changes: Any,
) -> Event:  # fmt: skip
    arguments = [who("place", place, "place")] if place else []
    arguments += [who("actor", actor, "armed_group")] if actor else []
    arguments += [who("target", target, target.split("/")[0])] if target else []
    counts = [
        QuantityRecord(measure="killed", min=killed, max=killed, approximate=False, span=SPAN)
    ] if killed is not None else []  # fmt: skip
    fields: dict[str, Any] = {
        "type": "attack",
        "subtype": None,
        "modality": "actual",
        "document": identity[0],
        "sentence": Sentence(start=int(identity[1:]), end=int(identity[1:]) + 1),
    }
    return Event(
        id=identity, trigger=SPAN, date=date, arguments=arguments,
        quantities=counts, attribution=[], sources=[], incident=None, rule="r", confidence=1.0,
        **fields | changes,
    )  # fmt: skip


def groups(events: list[Event]) -> list[list[str]]:
    return [incident.events for incident in join_incidents(events)[1]]


DAY = when("2024-05-03")


def test_two_reports_of_one_attack_are_one_incident() -> None:
    events = [
        event("a1", actor=REBELS, date=DAY, killed=14),
        event("b1", actor=REBELS, date=when("2024-05"[:7] + "-01", "2024-05-31"), killed=14),
        event("c1", place=BUKAVU, actor=REBELS, date=DAY, killed=14),
    ]
    assert groups(events) == [["a1", "b1"], ["c1"]]


@pytest.mark.parametrize(
    "other",
    [
        event("b1", place=BUKAVU, actor=REBELS, date=DAY),
        event("b1", actor=REBELS, date=when("2024-06-03")),
        event("b1", actor=REBELS, date=DAY, type="agreement"),
        event("b1", actor=REBELS, date=DAY, modality="denied"),
    ],
    ids=["another town", "another day", "another type", "denied"],
)
def test_contradiction_keeps_two_mentions_apart(other: Event) -> None:
    assert groups([event("a1", actor=REBELS, date=DAY), other]) == [["a1"], ["b1"]]


def test_type_and_date_alone_never_join() -> None:
    assert groups([event("a1", place=None, date=DAY), event("b1", place=None, date=DAY)]) == [["a1"], ["b1"]]


def test_a_whole_country_and_a_day_are_too_little() -> None:
    country = Entity(
        id=MALI, kind="place", name="Mali", names=["Mali"], known=True, attributes={"precision": "country"},
        mentions=[],
    )  # fmt: skip
    events = [event("a1", place=MALI, date=DAY), event("b1", place=MALI, date=DAY)]
    _, incidents = join_incidents(events, [country])
    assert [i.events for i in incidents] == [["a1"], ["b1"]]


def test_killing_of_a_named_person_joins_across_close_dates_only() -> None:
    def killing(identity: str, day: str) -> Event:
        return event(identity, place=None, target="person/omar-diallo", date=when(day), type="killing")

    assert groups([killing("a1", "2024-05-03"), killing("b1", "2024-05-05")]) == [["a1", "b1"]]
    assert groups([killing("a1", "2024-05-03"), killing("b1", "2025-05-05")]) == [["a1"], ["b1"]]


def test_a_third_report_does_not_bridge_two_that_contradict_each_other() -> None:
    vague = event("b1", actor=REBELS, date=when("2024-05-01", "2024-05-31"), target=ARMY)
    events = [
        event("a1", actor=REBELS, date=DAY, target=ARMY), vague,
        event("c1", actor=REBELS, date=when("2024-05-20"), target=ARMY),
    ]  # fmt: skip
    for incident in groups(events):
        assert not {"a1", "c1"} <= set(incident)


def test_disagreement_is_kept_with_every_value_and_who_gives_it() -> None:
    events = [
        event("a1", actor=REBELS, date=DAY, target=ARMY, killed=14),
        event("b1", actor=REBELS, date=DAY, target=ARMY, killed=9),
        event("c1", actor=REBELS, date=DAY, target=ARMY, killed=14),
    ]
    _, (incident,) = join_incidents(events)
    (conflict,) = incident.conflicts
    assert conflict.field == "quantity/killed"
    assert [(v.value, v.events) for v in conflict.values] == [([[14, 14]], ["a1", "c1"]), ([[9, 9]], ["b1"])]
    assert {(q.min, q.max) for q in incident.quantities} == {(14, 14), (9, 9)}


def test_incident_takes_the_narrowest_date_and_all_participants() -> None:
    events = [
        event("a1", actor=REBELS, target=ARMY, date=when("2024-05-01", "2024-05-31"), killed=14),
        event("b1", actor=REBELS, target=ARMY, date=DAY, killed=14),
    ]
    _, (incident,) = join_incidents(events)
    assert incident.date is not None and incident.date.value == "2024-05-03"
    assert (incident.places, incident.actors, incident.targets) == ([GOMA], [REBELS], [ARMY])


def test_every_event_belongs_to_the_incident_that_lists_it_and_to_no_other() -> None:
    events = [event(f"{d}{n}", actor=REBELS, date=when(f"2024-05-0{n}")) for d in "abc" for n in range(1, 6)]
    joined, incidents = join_incidents(events)
    listed = [(e, i.id) for i in incidents for e in i.events]
    assert sorted(listed) == sorted((e.id, e.incident) for e in joined)
    assert len({i.id for i in incidents}) == len(incidents)
    assert [e.id for e in joined] == [e.id for e in events], "order of output is kept"


def test_no_events_no_incidents() -> None:
    assert join_incidents([]) == ([], [])


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (when("2024-05-03"), None, True),
        (None, None, False),
        (when("2024-05-03"), when("2024-06-03"), False),
    ],
    ids=["told again without its date", "neither dated", "two attacks"],
)
def test_an_attack_on_a_building_told_again(one: Any, other: Any, together: bool) -> None:
    events = [
        event("a1", place=None, target="facility/grand-hotel", date=one),
        event("a2", place=None, target="facility/grand", date=other),
    ]
    assert (len(groups(events)) == 1) is together


def test_one_town_under_two_names_is_one_town() -> None:
    events = [
        event("a1", place="place/SO/howl-wadaag-123", date=DAY),
        event("b1", place="place/howlwadaag-district", date=DAY),
    ]
    assert groups(events) == [["a1", "b1"]]


def test_events_that_one_sentence_tells_apart_stay_apart() -> None:
    one = Sentence(start=0, end=90)
    events = [event("a1", date=DAY, killed=4, sentence=one), event("a2", date=DAY, killed=4, sentence=one)]
    assert groups(events) == [["a1"], ["a2"]]


def test_fighting_and_an_attack_in_one_town_need_more_in_common() -> None:
    attack, clash = event("a1", date=DAY), event("b1", date=DAY, type="clash")
    assert groups([attack, clash]) == [["a1"], ["b1"]]
    attack, clash = event("a1", actor=REBELS, date=DAY), event("b1", actor=REBELS, date=DAY, type="clash")
    assert groups([attack, clash]) == [["a1", "b1"]]


@pytest.mark.parametrize(
    ("gold", "found", "expected"),
    [
        ("aab", "xxy", (1.0, 1.0, 1.0)),
        ("aab", "xyz", (1.0, 2 / 3, 0.8)),
        ("aabb", "xxxx", (0.5, 1.0, 2 / 3)),
    ],
)
def test_b_cubed_counts_the_right_company_of_each_mention(
    gold: str, found: str, expected: tuple[float, ...]
) -> None:
    assert b_cubed(dict(enumerate(gold)), dict(enumerate(found))) == pytest.approx(expected)


def test_incidents_of_the_shipped_output_reach_their_mark() -> None:
    true, found, joined = clusters(ROOT / "output", ROOT / "benchmarks" / "gold")
    assert b_cubed(true, found)[2] >= 0.93
    assert b_cubed({m: c for m, c in true.items() if m in joined}, found)[2] >= 0.6
