"""The knowledge base: folding of spellings, matching, pattern files that do not hold together."""

from __future__ import annotations

import pytest
import spacy

from extractor.errors import PatternError
from extractor.knowledge import (
    Form,
    Matcher,
    find_pattern_problems,
    fold,
    load_knowledge,
    read_countries,
    slug,
    split_words,
)
from extractor.patterns import default_folder

ENGLISH = spacy.blank("en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jama'at Nusrat al-Islam wal-Muslimin", "Jamaat Nusrat ul-Islam wal Muslimeen"),
        ("Jamaʿat", "Jama’a"),
        ("al-Qaeda", "Al Qaida"),
        ("Gama'a al-Islamiyya", "Jamaa al-Islamiya"),
        ("Ansar Dine", "Ansar Deen"),
        ("Ansar al-Sharia", "Ansar el Sharia"),
        ("Ménaka", "Menaka"),
        ("Al-Shabaab", "al Shabab"),
        ("Lashkar-e-Taiba", "Lashkar e Taiba"),
        ("U.N.", "UN"),
        ("Łódź", "Lodz"),
        ("Moussa", "Mussa"),
    ],
)
def test_spellings_of_one_name_fold_alike(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mali", "Malia"),
        ("Ansar Dine", "Ansar al-Sharia"),
        ("Niger", "Nigeria"),
        ("Hassan", "Hussein"),
        ("ISIS", "ISI"),
    ],
)
def test_different_names_stay_apart(one, other):
    assert fold(one) != fold(other)


def test_possessive_and_barrier_words():
    assert split_words("Lord's") == ("Lord", "s")
    assert split_words("(") == ("\0",)
    assert split_words("al-Qa'ida") == ("al", "Qaida")
    assert split_words("-") == ()


FORMS = [
    Form("Front for the Hills", "armed_group/fh", "armed_group", "group"),
    Form("Front", "armed_group/front", "armed_group", "group"),
    Form("IS", "armed_group/is", "armed_group", "group", exact=True),
    Form("FH-B", "armed_group/fhb", "armed_group", "group", exact=True),
    Form("Qa'ida of the Hills", "armed_group/qh", "armed_group", "group"),
    Form("Front", "armed_group/other-front", "armed_group", "group"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Front for the Hills fled.", [("Front for the Hills", ["armed_group/fh"])]),
        ("The Front fled.", [("Front", ["armed_group/front", "armed_group/other-front"])]),
        ("The front for the hills is quiet.", []),
        ("This is IS, it is.", [("IS", ["armed_group/is"])]),
        (
            "FH-B and the Qaida of the Hills.",
            [("FH-B", ["armed_group/fhb"]), ("Qaida of the Hills", ["armed_group/qh"])],
        ),
        ("The Front, for the Hills.", [("Front", ["armed_group/front", "armed_group/other-front"])]),
        ("Frontline", []),
    ],
)
def test_longest_match_by_case(text, expected):
    doc = ENGLISH(text)
    found = [(doc[m.start : m.end].text, [f.entry for f in m.forms]) for m in Matcher(FORMS).find(doc)]
    assert found == expected


def test_a_form_added_twice_is_one():
    matcher = Matcher([FORMS[0], FORMS[0]])
    doc = ENGLISH("Front for the Hills")
    assert [len(m.forms) for m in matcher.find(doc)] == [1]


def test_shipped_knowledge_names_states_forces_by_rule():
    knowledge = load_knowledge(default_folder())
    assert knowledge.name_of("government/ML") == "Mali"
    assert knowledge.countries_of("state_force/NE") == ["NE"]
    assert knowledge.national["state_force/fama"] == "state_force/ML"


def test_country_codes_are_unique_and_two_letters():
    codes = [c.id for c in read_countries(default_folder())]
    assert len(codes) == len(set(codes)) > 190
    assert all(len(code) == 2 and code.isupper() for code in codes)


def test_slug_is_ascii():
    assert slug("Jama'at Ansar al-Fârûq") == "jamaat-ansar-al-faruq"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "groups").mkdir()
    (tmp_path / "entities").mkdir()
    for name, table in (("countries", "country"), ("peoples", "people"), ("regions", "region")):
        (tmp_path / "entities" / f"{name}.toml").write_text(
            f'[[{table}]]\nid = "XX"\nname = "{name.title()}land"\n', encoding="utf-8"
        )
    return tmp_path


def write_groups(folder, text):
    (folder / "groups" / "test.toml").write_text(text, encoding="utf-8")


def test_shared_form_and_unknown_relation_are_reported(folder):
    write_groups(
        folder,
        '[[group]]\nid = "armed_group/a"\nname = "Red Hand"\nkind = "armed_group"\n'
        'parent = "armed_group/none"\n'
        '[[group]]\nid = "armed_group/b"\nname = "Red-Hand"\nkind = "armed_group"\ncountries = ["QQ"]\n'
        '[[group]]\nid = "armed_group/c"\nname = "Front C"\nkind = "organisation"\n',
    )
    problems = "\n".join(find_pattern_problems(folder))
    assert "form 'red hand' is shared by armed_group/a, armed_group/b" in problems
    assert "group 'armed_group/a': parent 'armed_group/none' is no entry" in problems
    assert "country 'QQ'" in problems
    assert "id begins with 'armed_group' but kind is 'organisation'" in problems


def test_shared_form_called_ambiguous_is_explained(folder):
    write_groups(
        folder,
        '[[group]]\nid = "armed_group/a"\nname = "Red Hand"\nkind = "armed_group"\nambiguous = ["Red Hand"]\n'
        '[[group]]\nid = "armed_group/b"\nname = "Red-Hand"\nkind = "armed_group"\n',
    )
    assert find_pattern_problems(folder) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[[group]]\nid = "armed_group/a"\nname = "A"\nkind = "armed_group"\nalias = ["B"]\n',
            "Did you mean 'aliases'",
        ),
        (
            '[[group]]\nid = "armed_group/a"\nname = "A"\nkind = "armed_group"\naliases = [""]\n',
            "empty alternative",
        ),
    ],
)
def test_broken_group_file_names_the_entry(folder, text, said):
    write_groups(folder, text)
    with pytest.raises(PatternError) as raised:
        load_knowledge(folder)
    assert "armed_group/a" in str(raised.value) or "armed_group/a" in raised.value.problem
    assert said in str(raised.value)
