"""Joining mentions into incidents: evidence adds up, contradictions veto, values keep their reporter."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from extractor.incidents import join_incidents
from extractor.schema import Argument, Article, Entity, Event, EventDate, QuantityRecord, Sentence, Span

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from incidents import b_cubed, clusters, pairwise  # noqa: E402

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
        "quantities": counts,
        "document": identity[0],
        "sentence": Sentence(start=int(identity[1:]), end=int(identity[1:]) + 1),
    }
    return Event(
        id=identity, trigger=SPAN, date=date, arguments=arguments,
        attribution=[], sources=[], incident=None, rule="r", confidence=1.0,
        **fields | changes,
    )  # fmt: skip


def groups(events: list[Event], entities: list[Entity] | None = None, **published: str) -> list[list[str]]:
    documents = [document(name, day) for name, day in published.items()]
    return [i.events for i in join_incidents(events, entities or [], documents=documents)[1]]


def document(identity: str, published: str | None = None, text: str = "") -> Article:
    return Article(id=identity, source=identity, sha256="0", published=published, text=text)


def entity(identity: str, **attributes: Any) -> Entity:
    kind: Any = identity.split("/")[0]
    return Entity(
        id=identity, kind=kind, name=identity, names=[], known=True, attributes=attributes, mentions=[]
    )


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


def conflicts(
    events: list[Event], entities: list[Entity] | None = None, **published: str
) -> list[tuple[Any, ...]]:
    documents = [document(name, day) for name, day in published.items()]
    _, (incident,) = join_incidents(events, entities or [], documents=documents)
    return [(c.field, [(v.value, v.events) for v in c.values]) for c in incident.conflicts]


def test_disagreement_is_kept_with_every_value_and_who_gives_it() -> None:
    events = [
        event("a1", actor=REBELS, date=DAY, target=ARMY, killed=14),
        event("b1", actor=REBELS, date=DAY, target=ARMY, killed=9),
        event("c1", actor=REBELS, date=DAY, target=ARMY, killed=14),
    ]
    assert conflicts(events) == [("quantity/killed", [([[14, 14]], ["a1", "c1"]), ([[9, 9]], ["b1"])])]
    _, (incident,) = join_incidents(events)
    assert {(q.min, q.max) for q in incident.quantities} == {(14, 14), (9, 9)}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((43, "2024-05-04"), (110, "2024-05-05"), []),
        ((110, "2024-05-04"), (43, "2024-05-05"), [("quantity/killed", [([[110, 110]], ["a1"]), ([[43, 43]], ["b1"])])]),
        ((43, "2024-05-04"), (50, "2024-05-04"), [("quantity/killed", [([[43, 43]], ["a1"]), ([[50, 50]], ["b1"])])]),
    ],
    ids=["a toll that rises", "a toll that falls", "two tolls of one day"],
)  # fmt: skip
def test_a_toll_is_at_odds_with_another_unless_later_news_raises_it(
    first: Any, second: Any, expected: list[Any]
) -> None:
    events = [
        event("a1", actor=REBELS, target=ARMY, date=DAY, killed=first[0]),
        event("b1", actor=REBELS, target=ARMY, date=DAY, killed=second[0]),
    ]
    assert conflicts(events, a=first[1], b=second[1]) == expected


AT_LEAST = QuantityRecord(measure="killed", min=10, max=None, approximate=False, span=SPAN)
NINE = QuantityRecord(measure="killed", min=9, max=9, approximate=False, span=SPAN)
ONE = QuantityRecord(measure="killed", min=1, max=1, approximate=False, span=SPAN)


@pytest.mark.parametrize("counts", [[AT_LEAST], [NINE, ONE]], ids=["at least ten", "nine and one"])
def test_tolls_that_say_the_same_in_other_words_agree(counts: list[QuantityRecord]) -> None:
    events = [
        event("a1", actor=REBELS, target=ARMY, date=DAY, killed=10),
        event("b1", actor=REBELS, target=ARMY, date=DAY, quantities=counts),
    ]
    assert conflicts(events) == []


def test_a_part_of_the_dead_is_not_at_odds_with_all_of_them() -> None:
    everybody, some = (
        Argument(role="target", text=text, start=0, end=1, kind=None, entity=None)
        for text in ("people", "foreign teachers")
    )
    events = [
        event("a1", actor=REBELS, date=DAY, killed=60), event("b1", actor=REBELS, date=DAY, killed=3)
    ]  # fmt: skip
    for told, victims in zip(events, (everybody, some), strict=True):
        told.arguments.append(victims)
    assert conflicts(events) == []
    events[1].arguments[-1] = everybody
    assert [field for field, _ in conflicts(events)] == ["quantity/killed"]


def test_one_more_death_is_not_at_odds_with_the_toll() -> None:
    text = "A seventh man died."
    count = QuantityRecord(
        measure="killed", min=1, max=1, approximate=False, span=Span(text="A", start=0, end=1)
    )
    events = [
        event("a1", actor=REBELS, target=ARMY, date=DAY, killed=6),
        event("b1", actor=REBELS, target=ARMY, date=DAY, quantities=[count]),
    ]
    for told, expected in ((text, []), ("A man died.", ["quantity/killed"])):
        documents = [document("a", "2024-05-03"), document("b", "2024-05-04", told)]
        _, (incident,) = join_incidents(events, documents=documents)
        assert [c.field for c in incident.conflicts] == expected


HARBOUR = "place/CD/goma-harbour"


@pytest.mark.parametrize(
    ("changes", "entities", "expected"),
    [
        ({"date": when("2024-05-01", "2024-05-31")}, [], []),
        ({"date": when("2024-05-04")}, [], ["date"]),
        ({"place": HARBOUR}, [entity(HARBOUR, parent=GOMA)], []),
        (
            {"place": HARBOUR},
            [entity(HARBOUR, latitude=-1.68, longitude=29.22), entity(GOMA, latitude=-1.67, longitude=29.23)], [],
        ),
        ({"actor": "armed_group/afc"}, [], ["actor"]),
        ({"actor": "armed_group/afc"}, [entity(REBELS, parent="armed_group/afc")], []),
        ({"type": "killing"}, [], []),
        ({"type": "clash"}, [], ["type"]),
    ],
    ids=[
        "a day and its month", "two days", "a place in another", "places next to each other", "two groups",
        "a group and what it belongs to", "an attack and its killing", "an attack or a fight",
    ],
)  # fmt: skip
def test_only_what_cannot_both_be_true_is_a_conflict(
    changes: dict[str, Any], entities: list[Entity], expected: list[str]
) -> None:
    fields: dict[str, Any] = {"actor": REBELS, "target": "facility/old-market", "date": DAY, "killed": 14}
    events = [event("a1", **fields), event("b1", **fields | changes)]
    assert [field for field, _ in conflicts(events, entities)] == expected


def test_a_government_and_its_forces_are_one_side() -> None:
    events = [event("a1", actor="government/CD", date=DAY), event("b1", actor="state_force/CD", date=DAY)]
    assert groups(events) == [["a1", "b1"]]
    assert conflicts(events) == []


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [("2024-05-03", "2024-05-04", True), ("2024-05-03", "2024-09-04", False)],
    ids=["on two days", "months apart"],
)
def test_reports_without_a_date_are_compared_by_when_they_were_published(
    first: str, second: str, together: bool
) -> None:
    events = [event("a1", actor=REBELS), event("b1", actor=REBELS)]
    assert (len(groups(events, a=first, b=second)) == 1) is together
    assert len(groups(events)) == 2


def test_what_was_reported_before_it_happened_is_another_event() -> None:
    events = [
        event("a1", actor=REBELS, target=ARMY, killed=14),
        event("b1", actor=REBELS, target=ARMY, date=DAY, killed=14),
    ]
    assert len(groups(events, a="2024-05-01", b="2024-05-04")) == 2
    assert len(groups(events, a="2024-05-04", b="2024-05-04")) == 1


def told(text: str, *triggers: str, **changes: Any) -> tuple[list[Event], Article]:
    """An attack for each trigger, in the sentence of a document that holds it; only the first says more."""
    events = []
    for n, word in enumerate(triggers):
        start = text.index(word)
        first = text.rfind(". ", 0, start) + 2 if ". " in text[:start] else 0
        sentence = Sentence(start=first, end=text.index(".", start) + 1)
        span = Span(text=word, start=start, end=start + len(word))
        more = {"actor": REBELS, "killed": 14, "date": DAY} if n == 0 else {"place": None, **changes}
        events.append(event(f"a{n + 1}", **more).model_copy(update={"trigger": span, "sentence": sentence}))
    return events, document("a", text=text)


@pytest.mark.parametrize(
    ("text", "trigger", "together"),
    [
        ("Rebels shelled the port. The shelling lasted an hour.", "shelling", True),
        ("Rebels shelled the port. It was the deadliest attack of the year.", "attack", True),
        ("Rebels shelled the port. Among those killed were two doctors.", "killed", True),
        ("Rebels shelled the port. A further attack is feared.", "attack", False),
        ("Rebels shelled the port. The gunmen then attack a bus.", "attack", False),
        ("Rebels shelled the port. It was the first time that they admitted an attack.", "attack", False),
    ],
)
def test_a_text_comes_back_to_what_it_has_just_told(text: str, trigger: str, together: bool) -> None:
    events, article = told(text, "shelled", trigger)
    _, incidents = join_incidents(events, documents=[article])
    assert (len(incidents) == 1) is together


def test_what_names_another_town_does_not_come_back_to_what_was_told() -> None:
    events, article = told(
        "Rebels shelled the port. The attack on the market failed.", "shelled", "attack", place=BUKAVU
    )
    assert len(join_incidents(events, documents=[article])[1]) == 2


def test_an_operation_ends_once_however_long_that_takes() -> None:
    mission = "operation/northern-shield"
    ends = [
        event(
            "a1",
            type="operation",
            subtype="ended",
            place=None,
            target=mission,
            date=when("2024-02-01", "2024-02-29"),
        ),
        event("a2", type="operation", subtype="ended", place=None, target=mission, date=when("2024-06-30")),
    ]
    assert groups(ends) == [["a1", "a2"]]
    assert [field for field, _ in conflicts(ends)] == ["date"]
    begins = ends[1].model_copy(update={"subtype": "launched"})
    assert groups([ends[0], begins]) == [["a1"], ["a2"]]


def test_coups_of_one_country_in_one_month_are_one() -> None:
    def coup(identity: str, country: str) -> Event:
        return event(identity, type="coup", place=f"place/{country}")

    days = {"a": "2024-05-03", "b": "2024-05-20", "c": "2024-05-20"}
    assert groups([coup("a1", "ML"), coup("b1", "ML"), coup("c1", "GN")], **days) == [["a1", "b1"], ["c1"]]


def test_an_event_told_in_hundreds_of_documents_is_one_incident_and_its_neighbours_stay_out() -> None:
    many = [event(f"d{n}", actor=REBELS, date=DAY, killed=14, document=f"d{n}") for n in range(300)]
    others = [
        event(f"e{n}", place=f"place/CD/town{n}x", actor=REBELS, date=DAY, killed=14, document=f"e{n}")
        for n in range(300)
    ]
    found = groups(many + others)
    assert found[0] == [e.id for e in many]
    assert [len(group) for group in found[1:]] == [1] * 300


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
    [("aab", "xxy", (1.0, 1.0, 1.0)), ("aab", "xyz", (0.0, 0.0, 0.0)), ("aabb", "xxxx", (1 / 3, 1.0, 0.5))],
)
def test_pairwise_counts_the_pairs_joined(gold: str, found: str, expected: tuple[float, ...]) -> None:
    assert pairwise(dict(enumerate(gold)), dict(enumerate(found))) == pytest.approx(expected)


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
