"""Counts and amounts, run straight from the examples in the pattern file, and what must not be counted."""

import pytest
import spacy

from extractor.patterns import default_folder, read_rules
from extractor.quantities import QuantityFinder, QuantityRule

RULES = read_rules([default_folder() / "quantities.toml"], "quantity", QuantityRule)
EXAMPLES = [(rule.id, example) for rule in RULES for example in rule.examples]
NEAR_MISSES = [(rule.id, text) for rule in RULES for text in rule.near_misses]


@pytest.fixture(scope="module")
def finder():
    return QuantityFinder()


def found(finder, nlp, text):
    doc = nlp(text)
    return [q for q in finder(doc)._.quantities if q.rule != "exact/indefinite"], doc


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example_gives_its_bounds(rule, example, finder, nlp):
    text, _, bounds = example.rpartition("=")
    low, high = (None if b == "-1" else int(b) for b in bounds.split("/"))
    quantities, doc = found(finder, nlp, text)
    assert [(q.min, q.max) for q in quantities] == [(low, high)]
    assert all(q.text == doc.text[q.start : q.end] for q in quantities)


@pytest.mark.parametrize(("rule", "text"), NEAR_MISSES)
def test_near_miss_counts_nothing(rule, text, finder, nlp):
    quantities, _ = found(finder, nlp, text)
    assert not [q for q in quantities if q.unit == "count"]


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
        ("The bomb killed 20 people, including three children.", {"20 people": False, "three children": True}),
        ("Five soldiers, including two officers, were captured.", {"Five soldiers": False, "two officers": True}),
    ],
)
def test_included_count_is_a_part(text, parts, finder, nlp):
    quantities, _ = found(finder, nlp, text)
    assert {q.text: q.part for q in quantities} == parts


@pytest.mark.parametrize(
    "text",
    ["He carried an AK-47.", "Article 12 was amended.", "The MiG-21 crashed.", "Resolution 2328 was adopted."],
)
def test_number_in_a_name_is_not_a_count(text, finder, nlp):
    quantities, _ = found(finder, nlp, text)
    assert not [q for q in quantities if q.unit == "count"]


def test_blank_pipeline_still_counts(finder):
    doc = spacy.blank("en")("At least seven soldiers died.")
    (q,) = finder(doc)._.quantities
    assert (q.text[:12], q.min, q.max) == ("At least sev", 7, None)
