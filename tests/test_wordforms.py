"""Word forms: what the tagger and lemmatizer make of rare verbs is set right before clauses are read."""

from __future__ import annotations

import pytest
from spacy.lang.en import English
from spacy.language import Language
from spacy.tokens import Doc

from extractor.wordforms import WordForms, regular_forms

VOCAB = English().vocab
FORMS = WordForms(
    [
        "rape",
        "rap",
        "mow down",
        "round up",
        "condemn",
        "waterboard",
        "overthrow",
        "overrun",
        "carry out",
        "raid",
    ],
    ["overthrow overthrew overthrown", "overrun overran", "mow mowed mown"],
    ["mass stabbing", "shooting"],
)


def build(parse: str) -> Doc:
    """A Doc from "word/TAG/POS/lemma/dep/head" items."""
    rows = [item.rsplit("/", 5) for item in parse.split()]
    return Doc(
        VOCAB, words=[r[0] for r in rows], tags=[r[1] for r in rows], pos=[r[2] for r in rows],
        lemmas=[r[3] for r in rows], deps=[r[4] for r in rows], heads=[int(r[5]) for r in rows],
        sent_starts=[i == 0 for i in range(len(rows))],
    )  # fmt: skip


@pytest.mark.parametrize(
    "verb, past, gerund, third",
    [
        ("attack", "attacked", "attacking", "attacks"),
        ("seize", "seized", "seizing", "seizes"),
        ("rob", "robbed", "robbing", "robs"),
        ("quit", "quitted", "quitting", "quits"),
        ("mutiny", "mutinied", "mutinying", "mutinies"),
        ("destroy", "destroyed", "destroying", "destroys"),
        ("clash", "clashed", "clashing", "clashes"),
        ("gang-rape", "gang-raped", "gang-raping", "gang-rapes"),
        ("waterboard", "waterboarded", "waterboarding", "waterboards"),
    ],
)
def test_regular_verb_is_spelt_by_rule(verb: str, past: str, gerund: str, third: str) -> None:
    assert regular_forms(verb) == {past: "VBN", gerund: "VBG", third: "VBZ"}


@pytest.mark.parametrize(
    "form, tag, wrong, right",
    [
        ("raped", "VBD", "rap", "rape"),
        ("rapped", "VBD", "rapp", "rap"),
        ("waterboarded", "VBN", "waterboarde", "waterboard"),
        ("overran", "VBD", "overran", "overrun"),
        ("sang", "VBD", "sing", "sing"),
    ],
)
def test_lemma_of_a_known_verb_is_set_right_and_others_are_left(
    form: str, tag: str, wrong: str, right: str
) -> None:
    doc = build(
        f"they/PRP/PRON/they/nsubj/1 {form}/{tag}/VERB/{wrong}/ROOT/1 villagers/NNS/NOUN/villager/dobj/1"
    )
    FORMS.correct(doc)
    assert (doc[1].lemma_, doc[1].tag_) == (right, tag)


def test_third_person_read_as_preposition_is_a_verb() -> None:
    doc = build("court/NN/NOUN/court/nsubj/1 condemns/IN/ADP/condemns/ROOT/1 attack/NN/NOUN/attack/dobj/1")
    FORMS.correct(doc)
    assert (doc[1].tag_, doc[1].pos_, doc[1].lemma_) == ("VBZ", "VERB", "condemn")


def test_gerund_behind_an_article_is_a_noun() -> None:
    doc = build(
        "after/IN/ADP/after/prep/0 a/DT/DET/a/det/2 shooting/VBG/VERB/shoot/pobj/0 in/IN/ADP/in/prep/2 "
        "Oslo/NNP/PROPN/oslo/pobj/3"
    )
    FORMS.correct(doc)
    assert (doc[2].tag_, doc[2].pos_, doc[2].lemma_) == ("NN", "NOUN", "shooting")


def test_gerund_with_an_object_stays_a_verb() -> None:
    doc = build(
        "after/IN/ADP/after/prep/0 the/DT/DET/the/det/2 shooting/VBG/VERB/shoot/pobj/0 two/CD/NUM/two/dobj/2"
    )
    FORMS.correct(doc)
    assert (doc[2].tag_, doc[2].pos_) == ("VBG", "VERB")


def test_event_noun_of_two_words_is_joined_where_the_parser_split_it() -> None:
    doc = build(
        "died/VBD/VERB/die/ROOT/0 in/IN/ADP/in/prep/0 a/DT/DET/a/det/3 mass/NN/NOUN/mass/pobj/1 "
        "stabbing/VBG/VERB/stab/advcl/0 there/RB/ADV/there/advmod/4"
    )
    FORMS.correct(doc)
    assert [(t.dep_, t.head.text) for t in doc[2:5]] == [
        ("det", "stabbing"),
        ("compound", "stabbing"),
        ("pobj", "in"),
    ]
    assert (doc[4].tag_, doc[4].lemma_) == ("NN", "stabbing")


def test_plural_noun_is_left_a_noun() -> None:
    doc = build("raids/NNS/NOUN/raid/nsubj/1 began/VBD/VERB/begin/ROOT/1")
    FORMS.correct(doc)
    assert (doc[0].tag_, doc[0].pos_) == ("NNS", "NOUN")


def test_participle_read_as_adverb_after_be_is_a_predicate() -> None:
    doc = build("king/NN/NOUN/king/nsubj/1 was/VBD/AUX/be/ROOT/1 overthrown/RB/ADV/overthrown/advmod/1")
    FORMS.correct(doc)
    assert (doc[2].tag_, doc[2].dep_, doc[2].lemma_) == ("VBN", "acomp", "overthrow")


def test_only_verb_of_a_sentence_read_as_part_of_a_name_heads_it() -> None:
    doc = build(
        "Taliban/NNP/PROPN/taliban/ROOT/0 overran/NNP/PROPN/overran/compound/2 Kunduz/NNP/PROPN/kunduz/appos/0"
    )
    FORMS.correct(doc)
    assert [(t.dep_, t.head.text) for t in doc] == [
        ("nsubj", "overran"),
        ("ROOT", "overran"),
        ("dobj", "overran"),
    ]


def test_particle_read_as_preposition_gives_back_its_object() -> None:
    doc = build(
        "rebels/NNS/NOUN/rebel/nsubj/1 mowed/VBD/VERB/mow/ROOT/1 down/IN/ADP/down/prep/1 "
        "hundreds/NNS/NOUN/hundred/pobj/2"
    )
    FORMS.correct(doc)
    assert (doc[2].dep_, doc[3].dep_, doc[3].head.text) == ("prt", "dobj", "mowed")


def test_particle_read_as_part_of_a_number_is_the_verbs() -> None:
    doc = build(
        "police/NNS/NOUN/police/nsubj/1 rounded/VBD/VERB/round/ROOT/1 up/RB/ADV/up/quantmod/3 "
        "40/CD/NUM/40/nummod/4 suspects/NNS/NOUN/suspect/dobj/1"
    )
    FORMS.correct(doc)
    assert (doc[2].dep_, doc[2].head.text) == ("prt", "rounded")


def test_preposition_of_a_verb_without_that_particle_is_left() -> None:
    doc = build(
        "they/PRP/PRON/they/nsubj/1 raided/VBD/VERB/raid/ROOT/1 up/IN/ADP/up/prep/1 river/NN/NOUN/river/pobj/2"
    )
    FORMS.correct(doc)
    assert (doc[2].dep_, doc[3].dep_) == ("prep", "pobj")


@pytest.mark.parametrize(
    "text, kind, trigger",
    [
        ("Police raped three women in Goma.", "attack", "raped"),
        ("The governor was slain in Kabul.", "killing", "slain"),
        ("Police rounded up 40 suspects in Nairobi.", "arrest", "rounded up"),
        ("A bomb ripped through a bus in Nairobi.", "attack", "ripped"),
        ("Raiders swooped on a village in Turkana.", "attack", "swooped"),
        ("The army reported nine fatalities in Baidoa.", "killing", "fatalities"),
        ("An estimated 3,400 were displaced by the fighting.", "displacement", "displaced"),
    ],
)
def test_event_of_a_rare_form_is_found(plain: Language, text: str, kind: str, trigger: str) -> None:
    assert (kind, trigger) in {(e.type, e.trigger.text) for e in plain(text)._.events}


@pytest.mark.parametrize(
    "text",
    [
        "They took off from Mogadishu in a small plane.",
        "His sacked deputy spoke to the disputed council.",
    ],
)
def test_particle_and_participle_that_name_no_event_give_none(plain: Language, text: str) -> None:
    kinds = {e.type for e in plain(text)._.events}
    assert not kinds & {"territory", "resignation", "denial", "support"}
