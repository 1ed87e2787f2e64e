"""Counts and amounts, run straight from the examples in the pattern file, and what must not be counted."""

import pytest
import spacy

from extractor.pipeline import make_doc
from extractor.quantities import QuantityFinder
from extractor.rule_checks import quantity_cases


@pytest.fixture(scope="module")
def finder():
    return QuantityFinder()


def found(finder, nlp, text):
    doc = nlp(text)
    return [q for q in finder(doc)._.quantities if q.rule != "exact/indefinite"], doc


def test_examples_and_near_misses_of_the_file_hold(plain):
    assert [case for case in quantity_cases(plain) if case[1]] == []


@pytest.mark.parametrize(
    ("text", "counted", "low", "high"),
    [
        ("Gunmen killed twenty-five farmers.", "farmers", 25, 25),
        ("The blast wounded 1,200 people.", "people", 1200, 1200),
        ("About three million people were displaced.", "people", 3_000_000, 3_000_000),
        ("Between 1,000 and 2,000 fighters remain.", "fighters", 1000, 2000),
        ("The attack killed 10-15 soldiers.", "soldiers", 10, 15),
        ("Four of the hostages were freed.", "hostages", 4, 4),
        ("Nearly two dozen guards were shot.", "guards", 24, 24),
        ("A further six were hurt.", "six", 6, 6),
        ("No one was injured.", "one", 0, 0),
        ("Some 1.5 million residents fled.", "residents", 1_500_000, 1_500_000),
    ],
)
def test_count_has_its_noun_and_bounds(text, counted, low, high, finder, nlp):
    quantities, doc = found(finder, nlp, text)
    assert [(doc[q.noun].text, q.min, q.max) for q in quantities] == [(counted, low, high)]


def test_a_number_beyond_all_measure_counts_nothing(finder, plain):
    quantities, _ = found(finder, plain, f"The note says 1{'0' * 400} men died.")
    assert quantities == []


@pytest.mark.parametrize(
    ("text", "currency", "low", "high"),
    [
        ("They paid $10.8 million in ransom.", "USD", 10_800_000, 10_800_000),
        ("The court fined him £2,500.", "GBP", 2500, 2500),
        ("Paris pledged up to 40 million euros.", "EUR", None, 40_000_000),
        ("Villas worth 143 million euros were seized.", "EUR", 143_000_000, 143_000_000),
    ],
)
def test_money_is_in_units_with_its_currency(text, currency, low, high, finder, nlp):
    quantities, _ = found(finder, nlp, text)
    assert [(q.currency, q.min, q.max) for q in quantities if q.unit == "money"] == [(currency, low, high)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "The bomb killed 20 people, including three children.",
            {"20 people": False, "three children": True},
        ),
        (
            "Five soldiers, including two officers, were captured.",
            {"Five soldiers": False, "two officers": True},
        ),
        (
            "The blast hurt eight people, two of them badly.",
            {"eight people": False, "two of them": True},
        ),
        (
            "The army held nine men, three of whom were freed.",
            {"nine men": False, "three of whom": False},
        ),
    ],
)
def test_included_count_is_a_part(text, parts, finder, nlp):
    quantities, _ = found(finder, nlp, text)
    assert {q.text: q.part for q in quantities} == parts


@pytest.mark.parametrize(
    "text",
    [
        "He carried an AK-47.",
        "Article 12 was amended.",
        "The MiG-21 crashed.",
        "Resolution 2328 was adopted.",
        "Boys between the ages of 9 and 14 were held.",
    ],
)
def test_number_in_a_name_is_not_a_count(text, finder, nlp):
    quantities, _ = found(finder, nlp, text)
    assert not [q for q in quantities if q.unit == "count"]


def test_blank_pipeline_still_counts(finder):
    doc = spacy.blank("en")("At least seven soldiers died.")
    (q,) = finder(doc)._.quantities
    assert (q.text[:12], q.min, q.max) == ("At least sev", 7, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Half a million people fled to Kenya.", [("displaced", 500_000, 500_000)]),
        ("The bombing claimed 40 lives in Gulu.", [("killed", 40, 40)]),
        ("Surgeons saved 40 lives after the bombing in Gulu.", []),
        ("Kenya sent a 1,200-strong force to Gulu.", [("troops", 1200, 1200)]),
        ("Kenya sent a battalion of 800 men to Gulu.", [("troops", 800, 800)]),
        (
            "A truck bomb in Talo kills five people and wounds nine others.",
            [("killed", 5, 5), ("injured", 9, 9)],
        ),
        ("The raid resulted in six villagers killed.", [("killed", 6, 6)]),
        ("The blast kills five people and injures thirty.", [("killed", 5, 5), ("injured", 30, 30)]),
        (
            "Fighting in the hills kills 28 villagers and injures another 290.",
            [("killed", 28, 28), ("injured", 290, 290)],
        ),
        (
            "Fourteen traders are killed and four others wounded when their bus hits a mine.",
            [("killed", 14, 14), ("injured", 4, 4)],
        ),
        (
            "Eighteen people are killed and 34 more injured as police open fire on a crowd.",
            [("killed", 18, 18), ("injured", 34, 34)],
        ),
        (
            "Shelling continued overnight, with at least one person killed and five others injured.",
            [("killed", 1, None), ("injured", 5, 5)],
        ),
        (
            "The mayor says that at least 33 people have been killed and at least 18 others injured in air raids.",
            [("killed", 33, None), ("injured", 18, None)],
        ),
        (
            "Ten soldiers and one officer are killed during an attack at a checkpoint.",
            [("killed", 10, 10), ("killed", 1, 1)],
        ),
        (
            "Gunmen attacked a convoy, killing six drivers and injuring 17 guards.",
            [("killed", 6, 6), ("injured", 17, 17)],
        ),
        ("The death toll from the shelling of Orsk rises to 17.", [("killed", 17, 17)]),
        ("The death toll from Sunday's bombing has risen to 113.", [("killed", 113, 113)]),
        ("Rebels attacked three villages and killed 132 farmers.", [("killed", 132, 132)]),
        ("Gunmen attacked a bus and killed a farmer.", [("killed", 1, 1)]),
        (
            "Gunmen ambushed a patrol, killing a soldier and wounding another.",
            [("killed", 1, 1), ("injured", 1, 1)],
        ),
        ("No one was hurt in the bombing.", [("injured", 0, 0)]),
        ("Nobody was killed in the attack.", [("killed", 0, 0)]),
        ("The bombing killed 20 people, including three children.", [("killed", 20, 20)]),
        (
            "Twelve people, including an imam, are killed and 15 more are wounded in a mosque bombing.",
            [("killed", 12, 12), ("injured", 15, 15)],
        ),
        ("Between 20 and 30 rebels were killed in the airstrike.", [("killed", 20, 30)]),
        ("As many as 170 civilians were killed in the massacre.", [("killed", None, 170)]),
        (
            "Dozens of villagers were killed in the raid and hundreds more wounded.",
            [("killed", 24, None), ("injured", 200, None)],
        ),
        ("Militants kidnapped and killed 11 traders.", [("killed", 11, 11), ("abducted", 11, 11)]),
        ("Militants kidnapped 40 pupils from a school.", [("abducted", 40, 40)]),
        ("Police arrested 20 protesters.", [("arrested", 20, 20)]),
        ("Police arrested a man near the border.", [("arrested", 1, 1)]),
        ("The rebels freed 14 hostages on Friday.", [("released", 14, 14)]),
        ("The court sentenced 12 officers to death.", [("sentenced", 12, 12)]),
        ("Some 3,000 people fled the fighting.", [("displaced", 3000, 3000)]),
        ("France deployed 600 troops to the north.", [("troops", 600, 600)]),
        ("Chad will send 1,000 additional soldiers to the border.", [("troops", 1000, 1000)]),
        ("Paris withdrew nearly half of its 2,400 troops.", []),
        ("Jets carried out 15 airstrikes near Kandu.", [("attacks", 15, 15)]),
        ("The group carried out two bombings in Lasso.", [("attacks", 2, 2)]),
        ("Rebels carried out twin bombings in Lasso.", [("attacks", 2, 2)]),
        ("The kidnappers demanded $2 million for the two engineers.", []),
        (
            "The United States offered a reward of $5 million for information on the commander.",
            [("money", 5000000, 5000000)],
        ),
        ("Japan provided $20 million in aid to the government.", [("money", 20000000, 20000000)]),
        ("The army says that it killed 30 rebels.", [("killed", 30, 30)]),
        ("A group of gunmen attacked a village.", []),
        ("A bomb exploded in a market, leaving nine dead.", [("killed", 9, 9)]),
        (
            "The explosion left two people dead and 13 others wounded.",
            [("killed", 2, 2), ("injured", 13, 13)],
        ),
        ("Gunmen stormed a hotel, taking several hostages.", [("abducted", 3, None)]),
        ("The strike killed scores of fighters.", [("killed", 40, None)]),
        ("Clashes left 14 rebels and 16 soldiers dead.", [("killed", 14, 14), ("killed", 16, 16)]),
        ("Two bombs killed 12 people in the capital.", [("killed", 12, 12)]),
        ("Three gunmen killed five guards at the mine.", [("killed", 5, 5)]),
        ("Six people on a bus were killed by a mine.", [("killed", 6, 6)]),
        ("A woman was killed when gunmen attacked a bus.", [("killed", 1, 1)]),
        (
            "The ambush killed six, wounded two and left four missing.",
            [("killed", 6, 6), ("injured", 2, 2), ("missing", 4, 4)],
        ),
        ("Police said 200 protesters had been detained.", [("arrested", 200, 200)]),
        ("The attack wounded more than 60 worshippers.", [("injured", 60, None)]),
        ("At least a dozen miners were abducted.", [("abducted", 12, None)]),
        ("Half a dozen guards were wounded in the grenade attack.", [("injured", 6, 6)]),
        ("Multiple officers were injured in the clashes.", [("injured", 2, None)]),
        ("Up to 400 families were displaced by the floods and fighting.", []),
        ("Thousands of residents fled the offensive.", [("displaced", 2000, None)]),
        ("A further six soldiers were killed in the ambush.", [("killed", 6, 6)]),
        ("The raid killed about 50 militants.", [("killed", 50, 50)]),
        ("The army used gas on at least three occasions.", []),
        ("A peacekeeping force was deployed to the border.", []),
        ("Four of the hostages were killed.", [("killed", 4, 4)]),
        ("He was shot dead alongside two of his bodyguards.", []),
        (
            "Seven soldiers died and eleven were injured in the blast.",
            [("killed", 7, 7), ("injured", 11, 11)],
        ),
        ("Sixty-two rebels surrendered while four were killed by shelling.", [("killed", 4, 4)]),
        ("More than a thousand civilians have been killed in the fighting.", [("killed", 1000, None)]),
        ("Insurgents beheaded five fishermen.", [("killed", 5, 5)]),
        ("The militia executed 16 captives.", [("killed", 16, 16)]),
        ("Police make several arrests in the capital.", [("arrested", 3, None)]),
    ],
)
def test_count_goes_to_its_measure(text, expected, plain):
    doc = plain(make_doc(plain, text, document="x"))
    records = [q for event in doc._.events for q in event.quantities]
    assert sorted((q.measure, q.min or 0, q.max or 0) for q in records) == sorted(
        (measure, low or 0, high or 0) for measure, low, high in expected
    )
    assert [(q.min, q.max) for q in records if (q.measure, q.min, q.max) not in expected] == []
    assert all(q.span.text == text[q.span.start : q.span.end] for q in records)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Half of the 20 hostages were freed.", []),
        ("Gunmen freed 300 of the old jail's 900 inmates.", [300]),
        ("Both the army and the police denied it.", []),
        ("Both soldiers were killed.", [2]),
        ("A group of gunmen attacked.", [1]),
    ],
)
def test_shares_and_correlatives_count_nothing(text, counts, finder, nlp):
    quantities = finder(nlp(text))._.quantities
    assert [q.min for q in quantities] == counts
