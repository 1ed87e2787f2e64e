"""What an event takes from around it, and what of a merged one it keeps: places, names, sides; rules alone."""

from __future__ import annotations

import pytest
from spacy.language import Language

import extractor
from extractor.pipeline import make_doc
from extractor.schema import Event


@pytest.fixture(scope="module")
def rules() -> Language:
    """The pipeline without the judge."""
    return extractor.load(judge=False)


def events(rules: Language, text: str, kind: str) -> list[Event]:
    return [e for e in rules(make_doc(rules, text))._.events if e.type == kind]


def texts(event: Event, role: str) -> list[str]:
    return [a.text for a in event.arguments if a.role == role]


@pytest.mark.parametrize(
    ("text", "kind", "role", "expected"),
    [
        (
            "Troops withdrew from the towns of Barentu and Tessenei.",
            "withdrawal",
            "place",
            ["Barentu", "Tessenei"],
        ),
        ("Jets bombed Kassala, Sudan, on Monday.", "attack", "target", ["Kassala"]),
        ("Jets bombed Kassala, Sudan, on Monday.", "attack", "place", ["Kassala", "Sudan"]),
        ("Rebels attacked the village of Mbau at dawn.", "attack", "target", ["village of Mbau"]),
        ("Rebels attacked the village of Mbau at dawn.", "attack", "place", ["Mbau"]),
        ("Gunmen attacked two villages at dawn.", "attack", "place", []),
        ("Two smugglers were sentenced to nine years in prison.", "verdict", "place", []),
        ("U.S. Secretary of State John Kerry condemned the raid.", "accusation", "actor", ["John Kerry"]),
        ("An attack on troops in Gao’s centre by rebels killed one soldier.", "attack", "actor", ["rebels"]),
        ("A caller told a radio station that the rebels had carried out the attack.", "attack", "target", []),
        ("Shots were fired at an army patrol in Newry.", "attack", "target", ["army patrol"]),
        ("Two shopkeepers were killed and nine people hurt.", "killing", "actor", []),
        ("It was the third murder of a warder this year.", "killing", "actor", []),
        (
            "Colombian Air Force helicopters bombed a camp.",
            "attack",
            "actor",
            ["Colombian Air Force helicopters"],
        ),
        (
            "Soldiers of the anti-clan front attacked a prison.",
            "attack",
            "actor",
            ["Soldiers of the anti-clan front"],
        ),
        ("One of the envoy's bodyguards, Karl Meyer, stabbed a nurse.", "attack", "actor", ["Karl Meyer"]),
    ],
)
def test_argument_is_the_place_or_name_meant(
    rules: Language, text: str, kind: str, role: str, expected: list[str]
) -> None:
    (event,) = events(rules, text, kind)
    assert texts(event, role) == expected


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        ("Six fighters were killed during clashes with the army in Homs.", {"fighters", "army"}),
        (
            "Three farmers were killed in clashes between herders and militiamen in Jos.",
            {"herders", "militiamen"},
        ),
    ],
)
def test_those_killed_in_a_clash_are_a_side_only_where_one_is_wanting(
    rules: Language, text: str, parties: set[str]
) -> None:
    (clash,) = events(rules, text, "clash")
    assert set(texts(clash, "party")) == parties
    assert texts(clash, "target") == []


def test_event_that_only_tells_when_another_was_stays_an_event(rules: Language) -> None:
    found = events(
        rules, "Four people were killed in two blasts during a raid on a workshop in Sylhet.", "attack"
    )
    assert [e.trigger.text for e in found] == ["blasts", "raid"]


def test_article_before_an_event_noun_counts_nobody(rules: Language) -> None:
    (clash, *_) = events(
        rules, "Clashes led to the death of 45 people and a displacement of families.", "clash"
    )
    assert [(q.measure, q.min) for q in clash.quantities] == [("killed", 45)]
