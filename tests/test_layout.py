"""Layout: blocks tile the text, each with its kind; datelines and citations are taken apart."""

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.blocks import check_layout, citation_outlets, find_blocks, layout_rules, parse_dateline
from extractor.errors import PatternError
from extractor.layout import Layout
from extractor.schema import Block

BODY = "Fighters of the Front burned two villages near Djibo on Monday and took the cattle, a herder said."
MORE = "The army sent a column from Ouahigouya, which came under fire at the bridge and turned back at dusk."


def kinds(text: str, *hints: Block) -> list[tuple[str, str]]:
    return [(block.kind, text[block.start : block.end]) for block in find_blocks(text, hints)]


def test_every_rule_holds_its_examples_and_near_misses():
    assert check_layout() == []


# ---------------------------------------------------------------- units


def test_hard_wrapped_lines_are_one_paragraph():
    text = (
        "Fighters of the Front burned two villages near Djibo on\n"
        "Monday and took the cattle, a herder told the Lantern. Col.\n"
        "Yaya Barry confirmed it.\n\nThe army sent a column from Ouahigouya, which came\n"
        "under fire."
    )
    assert kinds(text) == [("paragraph", part) for part in text.split("\n\n")]


def test_wrapped_paragraphs_without_blank_lines_end_at_a_short_line():
    text = (
        "Fighters of the Front burned two villages near Djibo on\nMonday and took the cattle.\n"
        "The army sent a column from Ouahigouya, which came under\nfire at the bridge and turned back."
    )
    first, second = text.split("cattle.\n")
    assert kinds(text) == [("paragraph", first + "cattle."), ("paragraph", second)]


def test_lines_that_are_paragraphs_stay_apart():
    text = f"{BODY} {MORE}\n{MORE} {BODY}\n{BODY} {MORE}"
    assert kinds(text) == [("paragraph", line) for line in text.split("\n")]


def test_speakers_and_headlines_start_lines_of_their_own():
    text = (
        "Q: Did the army cross the border of the country on Monday?\nA: No.\nJO REED: When will it leave?\n"
        "Nobody knows when the army will leave the northern towns.\nARMY STAYS IN THE NORTH"
    )
    assert [body for _, body in kinds(text)] == text.split("\n")


def test_line_broken_inside_a_sentence_is_joined_in_unwrapped_text():
    text = f"{BODY} {MORE}\nLater that day, the U.S.-led \ncoalition\n struck the camp. {BODY} {MORE}"
    second = text.split("\n", 1)[1]
    assert kinds(text) == [("paragraph", f"{BODY} {MORE}"), ("paragraph", second)]


@pytest.mark.parametrize("text", ["", "  \n \n\t", "\u00a0\n"])
def test_blank_text_has_no_blocks(text):
    assert find_blocks(text) == []


# ---------------------------------------------------------------- headings


@pytest.mark.parametrize(
    "heading",
    [
        "Overview", "Foreign Recruits", "The Eastern Offensive and Its Aftermath", "ARMED GROUPS",
        "REBELS TAKE DJIBO AS ARMY FLEES", "Who Are the Rebels?", "“Nobody Is Safe”", "Timeline, 2012-2016",
        "Ties to the U.S.", "Background:", "II. Security situation", "B. Armed groups",
    ],
)  # fmt: skip
def test_heading_between_paragraphs(heading):
    text = f"{BODY}\n\n{heading}\n\n{MORE}"
    assert kinds(text) == [("paragraph", BODY), ("heading", heading), ("paragraph", MORE)]


@pytest.mark.parametrize(
    "headline",
    ["Rebels burn two villages near Djibo, herders say", "Army denies raid on the market of Djibo"],
)
def test_headline_in_plain_case_at_the_top(headline):
    assert kinds(f"{headline}\n\n{BODY}")[0] == ("heading", headline)
    assert kinds(f"{headline}\n{BODY} {MORE}")[0] == ("heading", headline)


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody was hurt.", "He fled to Mopti.", "The minister said:", "Minister Traoré said:",
        "Rebels Took Djibo.",
        "Six soldiers were killed and the others are missing", "“We will not leave,” he said,",
        "QUESTION: Has Djibo fallen? Are the rebels there?", "and the others went home",
    ],
)  # fmt: skip
def test_short_sentence_between_paragraphs_is_no_heading(sentence):
    text = f"{BODY}\n\n{sentence}\n\n{MORE}"
    assert kinds(text)[1] == ("paragraph", sentence)


def test_question_of_a_transcript_is_no_heading():
    text = "Q: Did the army cross the border?\n\nA: No. It stopped at the river.\n\nQ: When will it leave?"
    assert {kind for kind, _ in kinds(text)} == {"paragraph"}


@pytest.mark.parametrize("note", ["Gunmen kill four in Gao", "Gao Falls", "REBELS TAKE GAO", BODY])
def test_note_that_stands_alone_is_a_paragraph(note):
    assert kinds(note) == [("paragraph", note)]


def test_notes_of_one_paragraph_are_all_paragraphs():
    text = "\n\n".join(
        [BODY, "Ten police officers are hurt in Jos, Nigeria.", MORE, "Voters go to the polls in Niger."]
    )
    assert {kind for kind, _ in kinds(text)} == {"paragraph"}


# ---------------------------------------------------------------- lists


@pytest.mark.parametrize("mark", ["- ", "• ", "* ", "– ", ". ", ".\u00a0 \u00a0"])
def test_bulleted_lines_are_items(mark):
    text = f"The group did three things:\n{mark}Near Dori, it burned a bus.\n{mark}Near Yako, it left."
    assert [kind for kind, _ in kinds(text)] == ["paragraph", "list_item", "list_item"]


@pytest.mark.parametrize("mark", ["{}. ", "({}) ", "{}) "])
def test_numbered_lines_are_items(mark):
    text = "\n\n".join(mark.format(n) + sentence for n, sentence in enumerate([BODY, MORE], start=1))
    assert [kind for kind, _ in kinds(text)] == ["list_item", "list_item"]


def test_item_that_is_wrapped_is_one_block():
    text = "Strikes:\n- Near Dori, it burned a bus that came from\n  the coast.\n- Near Yako, nothing."
    assert [kind for kind, _ in kinds(text)][1:] == ["list_item", "list_item"]


# ---------------------------------------------------------------- datelines


@pytest.mark.parametrize(
    ("dateline", "place", "agency", "date"),
    [
        ("(New York, N.Y.) –", "New York, N.Y.", None, None),
        ("(Nairobi) —", "Nairobi", None, None),
        ("(Reuters) -", None, "Reuters", None),
        ("OUAGADOUGOU, Burkina Faso (AP) —", "OUAGADOUGOU, Burkina Faso", "AP", None),
        ("NIAMEY (AFP) -", "NIAMEY", "AFP", None),
        ("NAIROBI, Kenya, Jan 3 (Reuters) -", "NAIROBI, Kenya", "Reuters", "Jan 3"),
        ("CENTRAL SAHEL, Nov. 10, 2016 —", "CENTRAL SAHEL", None, "Nov. 10, 2016"),
        ("N'DJAMENA, Chad —", "N'DJAMENA, Chad", None, None),
        ("Lima, 20 Aug 88 (EFE) -- [Text]", "Lima", "EFE", "20 Aug 88"),
        ("Geneva/Dakar, 5 May 2023 –", "Geneva/Dakar", None, "5 May 2023"),
        ("Bogotá (AFP) -", "Bogotá", "AFP", None),
        ("MOSCOW. March 3 (Interfax) -", "MOSCOW", "Interfax", "March 3"),
    ],
)
def test_dateline_is_a_block_of_its_own_and_taken_apart(dateline, place, agency, date):
    text = f"Two Villages Burned\n\n{dateline} {BODY}\n\n{MORE}"
    blocks = find_blocks(text)
    assert [b.kind for b in blocks] == ["heading", "dateline", "paragraph", "paragraph"]
    assert text[blocks[1].start : blocks[1].end] == dateline
    parts = parse_dateline(text, blocks[1])
    assert [part and part.text for part in (parts.place, parts.agency, parts.date)] == [place, agency, date]
    for part in (parts.place, parts.agency, parts.date):
        assert part is None or text[part.start : part.end] == part.text


def test_dateline_with_a_glued_dash():
    text = f"NIAMEY, Niger (AP)—{BODY}"
    assert kinds(text) == [("dateline", "NIAMEY, Niger (AP)—"), ("paragraph", BODY)]


@pytest.mark.parametrize(
    "text",
    [
        "ECOWAS – the regional bloc – lifted its sanctions on Mali on Sunday.",
        "The Front (FPL) – A small faction – split in two.",
        "A-10 jets struck the hill on Sunday.",
        "Mali – The country has had three coups.",
        "QUESTION: Have the talks begun?",
        "On March 3, 2012 – the day of the coup – shots were heard.",
    ],
)
def test_dash_in_running_text_makes_no_dateline(text):
    assert kinds(text) == [("paragraph", text)]


def test_block_that_is_no_dateline_has_no_parts():
    parts = parse_dateline(BODY, Block(kind="dateline", start=0, end=10))
    assert (parts.place, parts.agency, parts.date) == (None, None, None)


# ---------------------------------------------------------------- citations


@pytest.mark.parametrize(
    ("citation", "outlets"),
    [
        ("(Sources: Radio Bamba, Daily Lantern)", ["Radio Bamba", "Daily Lantern"]),
        ("(Source: Daily Lantern)", ["Daily Lantern"]),
        ("(Sources: Lantern, Lantern, Bamba 24)", ["Lantern", "Lantern", "Bamba 24"]),
        ("(Sources: Lantern; Bamba, and Peace and Law)", ["Lantern", "Bamba", "Peace and Law"]),
        ("(Sources: U.N. Panel, Bamba News, Inc., L'Aube)", ["U.N. Panel", "Bamba News, Inc.", "L'Aube"]),
        ("(Sources: Lantern,\u00a0 Bamba & Sons,\nNiger Post)", ["Lantern", "Bamba & Sons", "Niger Post"]),
        ("(Sources: Lantern (Dakar, Senegal), Bamba)", ["Lantern (Dakar, Senegal)", "Bamba"]),
        ("[Sources: Lantern]", ["Lantern"]),
        ("(Sources: Lantern, Bamba", ["Lantern", "Bamba"]),
        ("(Source:", []),
    ],
)  # fmt: skip
def test_citation_ends_its_paragraph_and_names_its_outlets(citation, outlets):
    text = f"{MORE}\n\n{BODY} {citation}"
    blocks = find_blocks(text)
    assert [b.kind for b in blocks] == ["paragraph", "paragraph", "citation"]
    assert text[blocks[1].start : blocks[1].end] == BODY
    assert text[blocks[2].start : blocks[2].end] == citation
    found = citation_outlets(text, blocks[2])
    assert [span.text for span in found] == outlets
    assert all(text[span.start : span.end] == span.text for span in found)


def test_citation_on_a_line_of_its_own():
    text = f"{BODY}\n\nSources: Radio Bamba, Daily Lantern\n\n{MORE}"
    blocks = find_blocks(text)
    assert [b.kind for b in blocks] == ["paragraph", "citation", "paragraph"]
    assert [span.text for span in citation_outlets(text, blocks[1])] == ["Radio Bamba", "Daily Lantern"]


def test_text_after_a_citation_is_a_paragraph_again():
    text = f"{BODY} (Source: Lantern) {MORE}"
    assert kinds(text) == [("paragraph", BODY), ("citation", "(Source: Lantern)"), ("paragraph", MORE)]


def test_dateline_paragraph_and_citation_stand_in_sequence():
    text = f"NIAMEY (AFP) - {BODY} (Source: Lantern)"
    assert [kind for kind, _ in kinds(text)] == ["dateline", "paragraph", "citation"]


# ---------------------------------------------------------------- furniture


@pytest.mark.parametrize(
    "line",
    [
        "Share this article", "Facebook Twitter WhatsApp", "Sign up for our weekly newsletter",
        "Advertisement",
        "To read our report on the Front, please click here.", "Follow us on Twitter", "© 2021 Daily Lantern",
        "All rights reserved.", "Read more: Army retakes Djibo", "By Awa Sow and Tom Reed", "View Archive",
        "This website uses cookies to improve your visit.", "###", "Page 2 of 9", "Published: 4 May 2021",
        "For more information, contact the press office at 555-0100.", "Photo: A. Sow/Lantern", "4 min read",
    ],
)  # fmt: skip
def test_furniture_between_paragraphs(line):
    text = f"{BODY}\n\n{line}\n\n{MORE}"
    assert kinds(text) == [("paragraph", BODY), ("furniture", line), ("paragraph", MORE)]


def test_related_links_end_where_the_article_goes_on():
    text = f"{BODY}\n\nRelated Stories\n\nArmy Retakes Djibo\n\nWho are the rebels?\n\n{MORE}"
    assert [kind for kind, _ in kinds(text)] == [
        "paragraph",
        "furniture",
        "furniture",
        "paragraph",
        "paragraph",
    ]
    text = f"{BODY}\n\nRelated Stories\n\nArmy Retakes Djibo\n\nTwo Dead in Jos\n\n{MORE}"
    assert [kind for kind, _ in kinds(text)] == ["paragraph", *["furniture"] * 3, "paragraph"]


def test_digest_is_furniture_down_to_its_last_line():
    text = f"{BODY}\n\nDaily Dose\n\nVoices\n\n{MORE}\n\nView Archive\n\n{BODY}"
    assert [kind for kind, _ in kinds(text)] == ["paragraph", *["furniture"] * 4, "paragraph"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Related attacks in the north killed nine people on the same day.",
        "Share prices fell after the coup.",
        "Follow-up raids by the army killed two more men in the forest.",
        "By Monday the town had fallen to the rebels.",
        "More than forty people fled.",
    ],
)
def test_running_text_is_no_furniture(sentence):
    assert ("paragraph", sentence) in kinds(f"{BODY}\n\n{sentence}\n\n{MORE}")


# ---------------------------------------------------------------- hints, pages


def test_reader_names_headings_and_items():
    text = f"{BODY}\n\nwhat came next\n\n{MORE}\n\nfour trucks"
    head, item = text.index("what"), text.index("four")
    hints = [
        Block(kind="heading", start=head, end=head + 14),
        Block(kind="list_item", start=item, end=item + 11),
    ]
    assert [kind for kind, _ in kinds(text, *hints)] == ["paragraph", "heading", "paragraph", "list_item"]


def paged(*pages: str) -> tuple[str, list[Block]]:
    text, hints = "", []
    for number, page in enumerate(pages, start=1):
        text += "\n\n" if text else ""
        hints.append(Block(kind="paragraph", start=len(text), end=len(text) + len(page), page=number))
        text += page
    return text, hints


def test_running_heads_and_page_numbers_are_furniture():
    text, hints = paged(
        *(f"Panel of Experts, report {n}\n\n{body}\n\n{n}" for n, body in enumerate([BODY, MORE, BODY]))
    )
    blocks = find_blocks(text, hints)
    assert [b.kind for b in blocks] == ["furniture", "paragraph", "furniture"] * 3
    assert [b.page for b in blocks] == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_paragraph_over_a_page_break_is_one_block():
    text, hints = paged("The column came under fire at the bridge and", f"turned back at dusk.\n\n{BODY}")
    first, second = find_blocks(text, hints)
    assert (
        text[first.start : first.end]
        == "The column came under fire at the bridge and\n\nturned back at dusk."
    )
    assert (first.page, second.page) == (1, 2)


# ---------------------------------------------------------------- invariants, component, faults

PIECES = [
    BODY, MORE, "Overview", "(Source: Lantern)", "NIAMEY (AP) — ", "Daily Dose", "View Archive", "- item",
    "1. item",
    "\n", "\n\n", " ", "\u00a0", "(", ")", "Share", "él 🙂", "\u2028", "\f", "A", "…",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=14))
def test_blocks_tile_any_text_and_lose_nothing(pieces):
    text = "".join(pieces)
    end = 0
    for block in find_blocks(text):
        assert text[end : block.start].strip() == ""
        assert (
            block.start < block.end and text[block.start : block.end] == text[block.start : block.end].strip()
        )
        end = block.end
    assert text[end:].strip() == ""


def test_component_fills_the_doc():
    nlp = spacy.blank("en")
    nlp.add_pipe("extractor_layout")
    doc = nlp(f"Overview\n\n{BODY} (Source: Lantern)")
    assert [b.kind for b in doc._.blocks] == ["heading", "paragraph", "citation"]
    assert [(s.label_, s.text) for s in doc.spans["blocks"]][1:] == [
        ("paragraph", BODY),
        ("citation", "(Source: Lantern)"),
    ]


def test_component_keeps_blocks_that_the_reader_found():
    doc = spacy.blank("en").make_doc(BODY)
    doc._.blocks = [Block(kind="list_item", start=0, end=len(BODY), page=4)]
    assert [(b.kind, b.page) for b in Layout()(doc)._.blocks] == [("list_item", 4)]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('id = "x"\nkind = "furniture"', "nothing to match"),
        ('id = "x"\nkind = "furniture"\npattern = "("', "pattern"),
        ('id = "x"\nkind = "dateline"\npattern = "{nope}"', "no part named 'nope'"),
        ('id = "x"\nkind = "furnitur"\npattern = "a"', "kind"),
        ('id = "x"\nkind = "furniture"\nphrase = ["a"]', "Did you mean 'phrases'"),
        ('id = "x"\nkind = "furniture"\nphrases = [" "]', "empty alternative"),
    ],
)
def test_rule_that_does_not_hold_together_is_named(tmp_path, rule, message):
    (tmp_path / "layout.toml").write_text(f"[[layout]]\n{rule}\n", encoding="utf-8")
    with pytest.raises(PatternError, match=message.replace("(", r"\(")) as caught:
        layout_rules(tmp_path)
    assert "layout.toml" in str(caught.value) and "'x'" in str(caught.value)
