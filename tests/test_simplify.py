"""What the parser is spared: long names, dates, alias brackets, openings and closings of a sentence."""

import pytest


def parsed(nlp, text):
    """word -> (label, head word) for each word that stands once."""
    doc = nlp(text)
    assert doc.text == text
    return {t.text: (t.dep_, t.head.text) for t in doc}


@pytest.mark.parametrize(
    ("text", "word", "label", "head"),
    [
        ("On May 7, 2021, gunmen opened fire on a bus near Gao.", "gunmen", "nsubj", "opened"),
        ("On May 7, 2021, gunmen opened fire on a bus near Gao.", "fire", "dobj", "opened"),
        ("On May 7, 2021, gunmen opened fire on a bus near Gao.", "On", "prep", "opened"),
        ("On May 7, 2021, gunmen opened fire on a bus near Gao.", "7", "nummod", "May"),
        ("Gunmen killed two farmers near Gao, officials said.", "killed", "ccomp", "said"),
        ("Gunmen killed two farmers near Gao, officials said.", "officials", "nsubj", "said"),
        ("The Lord's Resistance Army (LRA) attacked a village.", "LRA", "appos", "Army"),
        ("The Lord's Resistance Army (LRA) attacked a village.", "Army", "nsubj", "attacked"),
        ("Clashes erupted in Aden on Monday.", "Clashes", "nsubj", "erupted"),
        ("Human Rights Watch documented killings by the militia.", "Watch", "nsubj", "documented"),
        ("Amnesty International documented killings by the militia.", "International", "nsubj", "documented"),
    ],
)
def test_word_hangs_where_it_should(nlp, text, word, label, head):
    assert parsed(nlp, text)[word] == (label, head)


@pytest.mark.parametrize(
    ("text", "word", "tag"),
    [
        ("Clashes erupted in Aden on Monday.", "Clashes", "NNS"),
        ("Houthis attacked a ship on Monday.", "Houthis", "NNPS"),
        ("Gunmen attacked Mogadishu on May 7, 2021.", "2021", "CD"),
    ],
)
def test_word_has_its_tag(nlp, text, word, tag):
    assert {t.text: t.tag_ for t in nlp(text)}[word].startswith(tag[:3])


@pytest.mark.parametrize(
    "text", ["", " ", "(", "On , .", ", officials said.", "(AQIM)", "In Gao, said.", "— “ ”"]
)
def test_scraps_are_parsed_without_fault(nlp, text):
    doc = nlp(text)
    assert doc.text == text and all(t.dep_ for t in doc if not t.is_space)
