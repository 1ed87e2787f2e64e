"""What an argument is written as: which of several phrases that name one participant, and how much of it."""

import pytest

WRITTEN = [
    # a name beside the noun that describes it is the argument
    ("Police arrested the governor of Harlan, Demba Sarr, on Monday.", "arrest", "target", ["Demba Sarr"]),
    ("Demba Sarr, a farmer, was killed in Orsk.", "killing", "target", ["Demba Sarr"]),
    ("Rebels kidnapped journalist Demba Sarr in Orsk.", "kidnapping", "target", ["Demba Sarr"]),
    ("U.S. Secretary of State Demba Sarr was killed in Orsk.", "killing", "target", ["Demba Sarr"]),
    ("Police arrested opposition leader and lawyer Demba Sarr.", "arrest", "target", ["Demba Sarr"]),
    # one who is neither
    ("Police arrested a farmer and Demba Sarr.", "arrest", "target", ["farmer", "Demba Sarr"]),
    # a collection is written whole
    ("A group of gunmen attacked a mill in Orsk.", "attack", "actor", ["group of gunmen"]),
    ("A number of gunmen attacked a mill in Orsk.", "attack", "actor", ["gunmen"]),
    # an acronym in brackets
    ("Harlan Liberation Front (HLF) fighters attacked a mill.", "attack", "actor",
     ["Harlan Liberation Front (HLF) fighters"]),
    ("Soldiers clashed with Boko Haram and the Lord’s Resistance Army (LRA) near Kaya.", "clash", "party",
     ["Soldiers", "Boko Haram", "Lord’s Resistance Army"]),
    # what runs between two places
    ("Five miners were killed on the road between Gao and Kidal.", "killing", "place", ["road between Gao and Kidal"]),
    # how long somebody is jailed for
    ("The court sentenced the editor to eight years in prison.", "verdict", "result", ["eight years in prison"]),
    # both halves of a hyphenated name
    ("Police arrested Jean-Pierre Lokela in Orsk.", "arrest", "target", ["Jean-Pierre Lokela"]),
    # what groups merge into, what men bear, who put a paper out, who travelled
    ("The two factions merged to form the Alliance of Free Forces.", "merger", "result", ["Alliance of Free Forces"]),
    ("Men carrying rifles attacked a mill in Orsk.", "attack", "instrument", ["rifles"]),
    ("Chad issued a statement accusing Eritrea of abuses.", "accusation", "actor", ["Chad"]),
    ("President Demba Sarr praised the miners during a visit to Kitwe.", "meeting", "party", ["Demba Sarr"]),
    ("Thousands of people were displaced by fighting near Orsk.", "clash", "party", []),
    # part of those told
    ("Gunmen killed nine people, including two children, in Orsk.", "killing", "target", ["people"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "role", "written"), WRITTEN)
def test_arguments_are_written_as_the_phrase_that_names_them(plain, text, kind, role, written):
    events = [e for e in plain(text)._.events if e.type == kind]
    assert [[a.text for a in e.arguments if a.role == role] for e in events] == [written]
    assert all(text[a.start : a.end] == a.text for e in events for a in e.arguments)
