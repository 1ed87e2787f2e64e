"""Entities: a table of marked sentences from all over the world, read with the shipped model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TABLE = Path(__file__).parent / "entities_table.txt"
MARK = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)(?:\|([^\[\]|]+))?(?:\|([^\[\]|]+))?\]")


def read_table():
    """Every line as (plain text, [(start, end, kind, id, refers_to)])."""
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, marks, position = "", [], 0
        for match in MARK.finditer(line):
            text += line[position : match.start()]
            start = len(text)
            text += match[1]
            marks.append((start, len(text), match[2], match[3] or "?", match[4]))
            position = match.end()
        rows.append((text + line[position:], marks))
    return rows


ROWS = read_table()


def faults(doc, marks):
    found = {(s.start_char, s.end_char): s for s in doc.spans["entities"]}
    wrong = []
    for start, end, kind, identity, refers in marks:
        text = doc.text[start:end]
        span = found.get((start, end))
        if span is None:
            wrong.append(f"{text!r} not found")
            continue
        if kind not in ("?", span.label_):
            wrong.append(f"{text!r} is {span.label_}, not {kind}")
        expected = "" if identity == "-" else identity
        if identity != "?" and not (
            span.kb_id_.startswith(expected[:-1]) if expected.endswith("*") else span.kb_id_ == expected
        ):
            wrong.append(f"{text!r} has id {span.kb_id_!r}, not {identity!r}")
        if refers is not None and refers not in ("*", span._.refers_to):
            wrong.append(f"{text!r} refers to {span._.refers_to!r}, not {refers!r}")
    return wrong


@pytest.mark.parametrize(("text", "marks"), ROWS, ids=[text[:50] for text, _ in ROWS])
def test_marked_mentions_are_found_with_kind_and_id(nlp, text, marks):
    assert faults(nlp(text), marks) == []


# Canonical entities


def rows_of(nlp, **texts):
    from extractor.entities import mention_rows
    from extractor.pipeline import make_doc

    rows = []
    for name, text in texts.items():
        rows += mention_rows(nlp(make_doc(nlp, text, document=name)))
    return rows


@pytest.fixture(scope="module")
def records(nlp):
    from extractor.entities import entity_records

    rows = rows_of(
        nlp,
        a="General Yahia Belmokdar led JNIM in Mali. Belmokdar died in Gao. Malian soldiers shot him.",
        b="Yahia Belmokder led JNIM. The Movement for the Freedom of Okara (MFO) fled. Mali wept.",
        c="General Yahia Belmokdar was seen in Gao, Mali.",
    )
    assert entity_records(list(reversed(rows))) == entity_records(rows)
    return {record.id: record for record in entity_records(rows)}


def test_spellings_of_one_person_are_one_record(records):
    person = records["person/yahia-belmokdar"]
    assert "person/yahia-belmokder" not in records
    assert person.names == ["Belmokdar", "Yahia Belmokdar", "Yahia Belmokder"]
    assert (person.kind, person.name, person.known) == ("person", "Yahia Belmokdar", False)
    assert {o["text"] for o in person.attributes["offices"]} == {"General"}
    assert [m.document for m in person.mentions] == sorted(m.document for m in person.mentions)


def test_known_and_discovered_groups(records):
    known, found = records["armed_group/jnim"], records["armed_group/movement-for-the-freedom-of-okara"]
    assert known.known and known.name == "Group for the Support of Islam and Muslims"
    assert known.names == ["JNIM"] and "ML" in known.attributes["countries"]
    assert not found.known and found.names == ["MFO", "Movement for the Freedom of Okara"]


def test_places_and_states_carry_their_codes(records):
    assert records["place/ML"].attributes["iso_alpha_3"] == "MLI"
    town = next(record for identity, record in records.items() if identity.startswith("place/ML/gao"))
    assert town.known and town.attributes["country"] == "ML" and town.attributes["precision"] == "town"
    assert town.attributes["latitude"] == pytest.approx(16.27, abs=0.05)
    assert records["state_force/ML"].name == "Armed forces of Mali"


def test_every_mention_is_its_text(nlp):
    text = "General Yahia Belmokdar led JNIM in Mali. Mali’s army, the “FAMa”, shot him."
    for row in rows_of(nlp, a=text):
        assert text[row["start"] : row["end"]] == row["text"]


def test_at_most_one_mention_for_each_head(nlp):
    doc = nlp("Members of the Dogon and 49 Ivorian soldiers of the U.N. mission met JNIM leader Omar Diallo.")
    heads = [span._.attributes["head"] for span in doc.spans["entities"]]
    assert len(heads) == len(set(heads))
    starts = [span.start for span in doc.spans["entities"]]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("49 Ivorian soldiers were held.", "Ivorian soldiers"),
        ("Several heavily armed gunmen fled.", "heavily armed gunmen"),
        ("Dozens of civilians fled.", "civilians"),
        ("Mali’s armed forces attacked.", "Mali’s armed forces"),
        ("The Government of Syria objected.", "Government of Syria"),
        ("Members of the Dogon attacked.", "Members of the Dogon"),
        ("A crowd of protesters gathered.", "crowd of protesters"),
        ("The soldiers of the army in the north fled.", "soldiers of the army"),
        ("Rebels killed villagers in May.", "villagers"),
        ("Gen. Abdourahamane Tiani spoke.", "Abdourahamane Tiani"),
        ("Two Islamists who had fled returned.", "Islamists"),
        ("The People’s Harvest Party won.", "People’s Harvest Party"),
        ("They formed a cabinet with Okello as Prime Minister.", "Okello"),
        ("Two died in Maguindanao del Sur.", "Maguindanao del Sur"),
    ],
)
def test_mention_texts_are_the_shortest_full_noun_phrase(nlp, text, mention):
    doc = nlp(text)
    assert mention in [span.text for span in doc.spans["entities"]]


@pytest.mark.parametrize(
    "text", ["It is what they do.", "The war went on.", "He may march on Monday in March."]
)
def test_words_that_name_nobody(nlp, text):
    doc = nlp(text)
    assert [span.text for span in doc.spans["entities"] if span._.mention == "name"] == []


def test_component_works_alone_in_a_blank_pipeline():
    import spacy

    import extractor.entities  # registers the factory

    nlp = spacy.blank("en")
    nlp.add_pipe("extractor_entities")
    doc = nlp("JNIM gunmen fled Mali.")
    found = {span.text: span.kb_id_ for span in doc.spans["entities"]}
    assert found["JNIM"] == "armed_group/jnim" and found["Mali"] == "place/ML"
    assert extractor.entities.Entities is type(nlp.get_pipe("extractor_entities"))
