"""Sentences and tokens: where they end and where they must not."""

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

import extractor.layout  # noqa: F401  (registers the component)
from extractor.blocks import find_blocks
from extractor.errors import PatternError
from extractor.schema import Block
from extractor.sentences import Sentences, check_sentences, configure_tokenizer, sentence_lists


@pytest.fixture(scope="module")
def english():
    """A blank pipeline with the two components that need no model."""
    nlp = spacy.blank("en")
    configure_tokenizer(nlp)
    nlp.add_pipe("extractor_layout")
    nlp.add_pipe("extractor_sentences")
    return nlp


@pytest.fixture(scope="module")
def plain():
    """spaCy's own tokenizer and no layout: what a user's pipeline may look like."""
    nlp = spacy.blank("en")
    nlp.add_pipe("extractor_sentences")
    return nlp


def split(nlp, text: str) -> list[str]:
    return [sent.text.strip() for sent in nlp(text).sents]


def test_every_rule_holds_its_examples():
    assert check_sentences() == []


@pytest.mark.parametrize(
    ("text", "longest"),
    [("camps " * 1800, 500), ("tents, blankets and " * 600, 500), ("Gao " * 400 + ". " + "Kidal " * 90, 401)],
    ids=["no mark", "commas", "short enough"],
)
def test_what_never_stops_is_cut(english, text: str, longest: int):
    doc = english(text)
    lengths = [len(sent) for sent in doc.sents]
    assert max(lengths) <= longest
    assert "".join(sent.text_with_ws for sent in doc.sents) == text
    assert all(sent[-1].text == "," for sent in list(doc.sents)[:-1]) is ("," in text)


# A bar stands where one sentence ends and the next begins.
TEXTS = {
    "plain": "Rebels took Ituri.| The army fled.| Nobody was hurt!| Who sent them?| It is unclear.",
    "country": "Troops of the U.S. Army left the U.S. base near D.C. in June.",
    "country then starter": "They left for the U.S.| The army stayed.| They met in D.C.| However, it failed.",
    "organisation": "The U.N. High Commissioner spoke to U.N. Secretary-General Abel Ndiaye.",
    "ranks": "Gen. Omar Tall, Col. Sidi Ba, Lt. Col. Ana Ruiz and Maj. Gen. Ko Htet were named.",
    "titles": "Mr. Sow met Dr. Haddad, Sen. Reed, Gov. Bello and Prof. Diallo.",
    "initials": "John F. Kerr, J. D. Wani and K.M. Das resigned.| A. Toure stayed.",
    "initial before starter": "They went through Gate B.| The guards ran.",
    "month": "On Jan. 9, 2013, and again in Sept. 2014 they came.| They left in Dec.| It was empty.",
    "hours": "It began at 5 a.m. Monday and ended at 6 p.m. local time.| It was 7 p.m.| Police came.",
    "hour and month": "The talks begin at 10 a.m. Nov. 29 in Doha.",
    "number": "Under Order No. 21 and Art. 5 they may.| They said no.| Nobody asked.",
    "saint": "They met in St. Louis and Ft. Bragg.| They left.",
    "versus": "It was the state vs. Kamara.| He won.",
    "decimal": "Some 3.5 million people fled.| The toll was 4.| In all 12 towns fell.",
    "company": "Guards of Delta Inc. shot him.| He works for Delta Inc.| The firm denied it.",
    "degree": "Leila Haddad, Ph.D., spoke.| She holds a Ph.D.| The others do not.",
    "latin": "They took food, cattle, etc.| Villagers fled.| Sow et al. (2014) describe it.",
    "particle": "Abu al-Walid al-Masri led it.| al-Shabaab claimed it.| El-Hadj Sow did not.",
    "ellipsis": "He said they would “raise… the number” of it.| They waited…| Nobody came.",
    "ellipsis in brackets": "“We will [...] Fight on,” he said.| They left.",
    "stop in quotes": "He said, “We will stay.”| Others left.| “They fled.”| “We won.”",
    "stop in straight quotes": 'He said, "We will stay."| Others left.| "Go," he said.',
    "shout goes on": "“Stop!” he cried.| “Who is it?” Diallo asked.| “Who?”| The guards were silent.",
    "several sentences quoted": "He said: “They came at dawn.| They burned all.| They left.”| He wept.",
    "wrong quote": "“It is a mistake.“| However, they left.",
    "brackets": "The group (it was founded in 2012. It has 90 men) left.| (It came back.)| They won.",
    "stop after bracket": "They left (at dawn).| The army came (see the map.)| It won.",
    "alias": "They formed Al-Mourabitoun (“The Sentinels”).| It split.",
    "notes": "It began in 2012.[4]| It split.[5][6]| It left. [12]| It lost. [citation needed]| It is over.",
    "glued": "It split.|The rest left.",
    "dash": "They came—some forty of them—at dawn.| They left.",
    "semicolon": "They came at dawn; they left at noon: nobody saw them.",
    "web": "See www.example.org for more.| It is on example.com today.",
    "number starts": "They left.| 40 men stayed.| $5 million was paid.",
    "name with mark": "Yahoo! News had it.| They read it.",
    "careless": "they burned the market.| nobody was hurt.| The govt. forces left.",
    "all capitals": "GEN. OMAR TALL LEFT THE U.S. BASE.| THE ARMY STAYED.",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_sentences(english, name):
    marked = TEXTS[name]
    assert split(english, marked.replace("|", "")) == [part.strip() for part in marked.split("|")]


@pytest.mark.parametrize("name", [n for n in TEXTS if n not in ("notes", "glued")])
def test_sentences_on_a_pipeline_with_its_own_tokenizer_and_no_layout(plain, name):
    marked = TEXTS[name]
    assert split(plain, marked.replace("|", "")) == [part.strip() for part in marked.split("|")]


@pytest.mark.parametrize("name", ["Oumar Ould Hamidou", "Iyad Ag Bibi", "Abu al- Masri", "H. M. bin Saleh"])
def test_name_is_not_cut(english, name):
    sentences = split(english, f"The army arrested {name}, a commander, in Gao.\nIt freed {name}. It left.")
    assert sum(name in sentence for sentence in sentences) == 2


# ---------------------------------------------------------------- blocks


def test_blocks_are_hard_boundaries_and_wrapped_lines_are_none(english):
    text = (
        "Two Towns Fall\n\nNIAMEY, Niger (AP) — Rebels took Ituri and the town of Beni on Monday, the\n"
        "U.N. said. The army fled. (Sources: Lantern, U.N. Radio)\n\n- They burned a bus\n- They shot a chief"
    )
    assert split(english, text) == [
        "Two Towns Fall",
        "NIAMEY, Niger (AP) —",
        "Rebels took Ituri and the town of Beni on Monday, the\nU.N. said.",
        "The army fled.", "(Sources: Lantern, U.N. Radio)", "- They burned a bus", "- They shot a chief",
    ]  # fmt: skip


@pytest.mark.parametrize("mark", ["1.", "12.", "(a)", "b.", "iv.", "•"])
def test_list_mark_stays_with_its_item(english, mark):
    first, second = f"{mark} The Panel went to Goma.", f"{mark} It left."
    assert split(english, f"{first}\n\n{second}") == [first, second]


def test_a_stop_used_as_a_bullet_stands_apart(english):
    assert split(english, ". Near Dori, it left.\n. Near Yako, it stayed.") == [
        ".", "Near Dori, it left.", ".", "Near Yako, it stayed.",
    ]  # fmt: skip


def test_blocks_given_are_used_and_missing_ones_found():
    nlp = spacy.blank("en")
    text = "Rebels took Ituri\nThe army fled"
    doc = nlp.make_doc(text)
    doc._.blocks = [
        Block(kind="paragraph", start=0, end=17),
        Block(kind="paragraph", start=18, end=len(text)),
    ]
    assert [s.text.strip() for s in Sentences()(doc).sents] == ["Rebels took Ituri", "The army fled"]
    doc = nlp.make_doc(text)
    assert [s.text.strip() for s in Sentences()(doc).sents] == [
        text[b.start : b.end] for b in find_blocks(text)
    ]


# ---------------------------------------------------------------- invariants

PIECES = ["Rebels left", ". ", "? ", "U.S.", "Gen.", "“", "”", '"', "(", ")", "[1]", "…", "\n", "\n\n", " "]
PIECES += ["A.", "al-", "5", "—", "\u00a0", "'", "The", "he said"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=25,
    )
)
def test_every_token_is_decided_and_space_never_starts_a_sentence(english, pieces):
    doc = english("".join(pieces))
    for token in doc:
        assert token.is_sent_start in (True, False)
        assert not (token.is_space and token.is_sent_start and token.i > 0)
    assert "".join(sent.text_with_ws for sent in doc.sents) == doc.text
    words = {token.idx: token.is_sent_start for token in doc if not token.is_space}
    leading = len(doc) > 0 and doc[0].is_space
    for block in doc._.blocks:
        if block.start in words and not (leading and block is doc._.blocks[0]):
            assert words[block.start] is True


def test_starts_are_set_before_the_parser_and_survive_saving(english, tmp_path):
    assert english.pipe_names == ["extractor_layout", "extractor_sentences"]
    english.to_disk(tmp_path / "saved")
    again = spacy.load(tmp_path / "saved")
    text = "Col. Ba (IS Sahel)—the chief—left. He fled to the U.S. The army stayed."
    assert split(again, text) == split(english, text)
    assert [t.text for t in again(text)] == [t.text for t in english(text)]


# ---------------------------------------------------------------- tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("(IS Sahel)—the region—about", "( IS Sahel ) — the region — about"),
        ("“word”—or—“two”", "“ word ” — or — “ two ”"),
        ('"word"—two', '" word " — two'),
        ("(AP)--The", "( AP ) -- The"),
        ("pre–war 3–4", "pre – war 3 – 4"),
        ("Qanbar(Arabic: x)", "Qanbar ( Arabic : x )"),
        ("Army.[4] It,[5] too[6]", "Army . [ 4 ] It , [ 5 ] too [ 6 ]"),
        ("Abuja,Nigeria", "Abuja , Nigeria"),
        ("U.S.-led U.N.-backed", "U.S. - led U.N. - backed"),
        ("al-Shabaab", "al - Shabaab"),
        ("al-Qaeda-linked", "al - Qaeda - linked"),
        ("C-130 AK-47 F-16s", "C-130 AK-47 F-16s"),
        ("$5 $10.8 million 10,000 3.5", "$ 5 $ 10.8 million 10,000 3.5"),
        ("mid-2019 2012-2014", "mid-2019 2012 - 2014"),
        ("Mali’s Mali's U.N.’s don’t", "Mali ’s Mali 's U.N. ’s do n’t"),
        ("Col. Lt. Maj. Brig. Sgt. Gen. Jan. a.m. D.C.", "Col. Lt. Maj. Brig. Sgt. Gen. Jan. a.m. D.C."),
        ("January/February", "January / February"),
        ("said. Then", "said . Then"),
        ("“We will…”", "“ We will … ”"),
        ("www.example.org/a-b name@example.org", "www.example.org/a-b name@example.org"),
    ],
)
def test_tokens(english, text, tokens):
    assert [token.text for token in english.make_doc(text)] == tokens.split()


def test_configuring_twice_changes_nothing(english):
    nlp = spacy.blank("en")
    configure_tokenizer(nlp)
    configure_tokenizer(nlp)
    text = "Col. Ba (IS Sahel)—the “chief”—left the U.S.-led force.[4]"
    assert [t.text for t in nlp(text)] == [t.text for t in english.make_doc(text)]


# ---------------------------------------------------------------- faults

SPEECH = 'id = "x"\nkind = "speech"\nforms = ["said"]'


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('id = "x"\nkind = "abbreviation"\nends = "sometimes"\nforms = ["a."]', "ends"),
        ('id = "x"\nkind = "abbreviation"\nforms = ["a."]\nend = "never"', "Did you mean 'ends'"),
        ('id = "x"\nkind = "starters"\nforms = ["The", ""]', "empty alternative"),
        (f"{SPEECH}\n[[sentence]]\n{SPEECH}", "duplicate"),
    ],
)
def test_rule_that_does_not_hold_together_is_named(tmp_path, rule, message):
    (tmp_path / "sentences.toml").write_text(f"[[sentence]]\n{rule}\n", encoding="utf-8")
    with pytest.raises(PatternError, match=message) as caught:
        sentence_lists(tmp_path)
    assert "sentences.toml" in str(caught.value) and "'x'" in str(caught.value)
