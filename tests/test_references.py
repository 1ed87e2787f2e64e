"""References, definitions and people, on hand-built parses and with the shipped model."""

from __future__ import annotations

import pytest
import spacy
from spacy.tokens import Doc

from extractor.definitions import find_definitions, long_form
from extractor.mentions import Mention
from extractor.patterns import default_folder
from extractor.people import is_short_form, join_people, load_titles, same_person, strip_titles
from extractor.references import find_references, load_references
from extractor.schema import register_extensions

register_extensions()
ENGLISH = spacy.blank("en")
RULES = load_references(default_folder())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Union for the Hills of Okara (UHO) met.", [("Union for the Hills of Okara", "UHO", "acronym")]),
        ("The UHO (Union for the Hills of Okara) met.", [("Union for the Hills of Okara", "UHO", "acronym")]),
        ("Jund al-Sahra (JAS) met.", [("Jund al-Sahra", "JAS", "acronym")]),
        (
            "It was the Red Shield (formerly known as Blue Shield).",
            [("Red Shield", "Blue Shield", "formerly")],
        ),
        ("It was the Red Shield (then called Blue Shield).", [("Red Shield", "Blue Shield", "formerly")]),
        ("The Red Shield, also known as the Blue Shield, met.", [("Red Shield", "Blue Shield", "also")]),
        ("The Red Shield (now Blue Shield) met.", [("Red Shield", "Blue Shield", "later")]),
        ("Mali (population 20 million) met.", []),
        ("He said (again) so.", []),
        ("In Okara (2014) it rained.", []),
        ("The school, called a fortress, fell.", []),
    ],
)
def test_definitions(text, expected):
    doc = ENGLISH(text)
    found = [
        (doc[d.long[0] : d.long[1]].text, doc[d.short[0] : d.short[1]].text, d.relation)
        for d in find_definitions(doc)
    ]
    assert found == expected


@pytest.mark.parametrize(("words", "acronym", "start"), [
    ("the National Army of Okara", "NAO", 1),
    ("an Okara Peace Committee", "OPC", 1),
    ("said Smith", "XYZ", None),
])  # fmt: skip
def test_long_form_of_an_acronym(words, acronym, start):
    doc = ENGLISH(words)
    assert long_form(doc, len(doc), acronym) == start


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Abdelmalek Droukdel", "Abdelmalek Droukdal", True),
        ("Amadou Koufa", "Amadou Kouffa", True),
        ("Muammar Gaddafi", "Moammar Gaddafi", True),
        ("Ibrahim Keita", "Ibrahim Keïta", True),
        ("Hassan Diallo", "Hussein Diallo", False),
        ("Omar Diallo", "Omar Diarra", False),
        ("Ali Koufa", "Amadou Koufa", False),
        ("Amadou Koufa", "Amadou Ba Koufa", False),
    ],
)
def test_spellings_of_one_person(one, other, same):
    assert same_person(one, other) is same
    assert same_person(other, one) is same


@pytest.mark.parametrize(
    ("short", "full", "fits"),
    [
        ("Keita", "Ibrahim Boubacar Keita", True),
        ("IBK", "Ibrahim Boubacar Keita", True),
        ("Ag Ghaly", "Iyad Ag Ghaly", True),
        ("Ibrahim Keita", "Ibrahim Boubacar Keita", True),
        ("Ibrahim", "Ibrahim Boubacar Keita", False),
        ("Ag", "Iyad Ag", False),
        ("Diallo", "Ibrahim Boubacar Keita", False),
    ],
)
def test_short_forms(short, full, fits):
    assert is_short_form(short, full) is fits


def test_two_people_of_one_name_take_the_nearest_before():
    doc = ENGLISH("Amadou Traoré spoke. Moussa Traoré left. Traoré wept.")
    spans = [(0, 2), (4, 6), (8, 9)]
    people = [Mention(s, e, e - 1, "person", "title/rank", "title") for s, e in spans]
    join_people(doc, people)
    assert [p.entity for p in people] == [
        "person/amadou-traore",
        "person/moussa-traore",
        "person/moussa-traore",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [("Lt. Gen. Omar Diallo", "Omar Diallo"), ("President Omar Diallo", "Omar Diallo"),
     ("Omar Diallo", "Omar Diallo"),
     ("Secretary-General Omar Diallo", "Omar Diallo"), ("General", "General")],
)  # fmt: skip
def test_titles_are_taken_off(text, name):
    doc = ENGLISH(text)
    start, _ = strip_titles(doc, 0, len(doc), load_titles(default_folder()))
    assert doc[start:].text == name


def parsed(words, tags, heads, deps, starts=(0,)):
    return Doc(ENGLISH.vocab, words=words, tags=tags, heads=heads, deps=deps,
               sent_starts=[i in starts for i in range(len(words))])  # fmt: skip


def test_a_pronoun_takes_the_subject_not_the_object():
    doc = parsed(
        ["Diallo", "met", "Traoré", ".", "He", "fled", "."],
        ["NNP", "VBD", "NNP", ".", "PRP", "VBD", "."],
        [1, 1, 1, 1, 5, 5, 5],
        ["nsubj", "ROOT", "dobj", "punct", "nsubj", "ROOT", "punct"],
        starts=(0, 4),
    )
    names = [
        Mention(0, 1, 0, "person", "model/person", "ner", "person/diallo"),
        Mention(2, 3, 2, "person", "model/person", "ner", "person/traore"),
    ]
    pronoun = next(m for m in find_references(doc, names, RULES) if m.form == "pronoun")
    assert (pronoun.refers_to, pronoun.entity, pronoun.kind) == ("Diallo", "person/diallo", "person")


def test_an_object_pronoun_is_not_its_own_subject():
    doc = parsed(
        ["Diallo", "blamed", "him", "."],
        ["NNP", "VBD", "PRP", "."],
        [1, 1, 1, 1],
        ["nsubj", "ROOT", "dobj", "punct"],
    )
    names = [Mention(0, 1, 0, "person", "model/person", "ner", "person/diallo")]
    pronoun = next(m for m in find_references(doc, names, RULES) if m.form == "pronoun")
    assert (pronoun.refers_to, pronoun.entity) == (None, "")


def test_two_equal_antecedents_leave_it_open():
    doc = parsed(
        ["So", "near", "Diallo", "near", "Traoré", ",", "he", "fled", "."],
        ["RB", "IN", "NNP", "IN", "NNP", ",", "PRP", "VBD", "."],
        [7, 7, 1, 7, 3, 7, 7, 7, 7],
        ["advmod", "prep", "pobj", "prep", "pobj", "punct", "nsubj", "ROOT", "punct"],
    )
    names = [
        Mention(2, 3, 2, "person", "model/person", "ner", "person/diallo"),
        Mention(4, 5, 4, "person", "model/person", "ner", "person/traore"),
    ]
    pronoun = next(m for m in find_references(doc, names, RULES) if m.form == "pronoun")
    assert pronoun.refers_to is None


CASES = [
    ("Boko Haram raided Gwoza. The group burned houses.", "group", "Boko Haram"),
    ("Mali closed its border. The country had warned of this.", "country", "Mali"),
    ("Mali closed its border.", "its", "Mali"),
    ("Omar Diallo was arrested in Bamako. He denied the charges.", "He", "Omar Diallo"),
    (
        "Assimi Goïta and Ibrahim Traoré met. The two leaders signed a pact.",
        "leaders",
        "Assimi Goïta and Ibrahim Traoré",
    ),
    ("Mali and Niger signed. The two countries will meet.", "countries", "Mali and Niger"),
    ("Chadian soldiers left Kidal. The soldiers had come in May.", "soldiers", "Chadian soldiers"),
    ("JNIM attacked Djibo. The militants burned shops.", "militants", "JNIM"),
    ("Fighting reached Goma. The city fell at dawn.", "city", "Goma"),
    ("A group of men met. Some of the men fled.", "Some", None),
    ("Rebels fled. The president spoke.", "president", None),
    ("Soldiers fled a camp. They left tanks.", "They", "Soldiers"),
    ("Rebels seized a border post. Troops retook the post.", "post", "border post"),
    (
        "The Okara Liberation Front met in Orsk. On Friday the front elected a leader.",
        "front",
        "Okara Liberation Front",
    ),
    ("Mali and Niger signed a ceasefire and later extended it.", "it", "ceasefire"),
    ("Police and protesters clashed after the latter threw stones.", "latter", "protesters"),
    ("Delegates met in Jeddah in May and returned there in June.", "there", "Jeddah"),
    ("Omar Diallo met Musa Keita in Bamako. They discussed trade.", "They", "Omar Diallo and Musa Keita"),
    ("A man was killed in Goma. The attacker fled.", "attacker", None),
    ("The town of Gwoza fell. The army and the police fled, and the two countries met.", "countries", None),
    ("Omar Diallo resigned. His party lost the vote.", "His party", "Omar Diallo’s party"),
    ("Russia warned Poland. Niger relied on its military.", "its military", "Niger’s military"),
    ("“I will resign,” said Omar Diallo.", "I", "Omar Diallo"),
    (
        "Omar Diallo, a spokesman for Boko Haram, said: “We attacked the barracks in the town of Gwoza.”",
        "We",
        "Boko Haram",
    ),
    ("Boko Haram raided Gwoza. “They burned my house,” said Omar Diallo.", "They", "Boko Haram"),
    ("A former soldier, the man fled to Orsk.", "man", None),
    ("Rebels fled western Uganda. Its first raid killed a nun.", "Its", None),
    ("The group stayed on the far side of the river. Its first raid killed a nun.", "Its", "group"),
    ("The Ministry of Defence spoke. The facility was shelled.", "facility", None),
]


@pytest.mark.parametrize(("text", "word", "name"), CASES, ids=[c[0] for c in CASES])
def test_what_words_refer_to(nlp, text, word, name):
    doc = nlp(text)
    spans = [s for s in doc.spans["entities"] if f" {s.text}".endswith(f" {word}") and s._.mention != "name"]
    assert (spans[-1]._.refers_to if spans else None) == name


def test_empty_it_is_no_mention(nlp):
    doc = nlp("Mali fell. It is reported that rebels fled.")
    assert "It" not in [span.text for span in doc.spans["entities"]]


def test_a_digest_keeps_its_items_apart(nlp):
    towns = [
        "Gwoza",
        "Kidal",
        "Herat",
        "Mosul",
        "Kunduz",
        "Idlib",
        "Aleppo",
        "Bukavu",
        "Cali",
        "Davao",
        "Lashio",
    ]
    items = [f"A bomb kills {n + 3} people at a market in {town}." for n, town in enumerate(towns)]
    doc = nlp("\n\n".join([*items, "Soldiers storm a house. The city is quiet."]) + "\n")
    city = next(s for s in doc.spans["entities"] if s.text == "city")
    assert city._.refers_to is None
