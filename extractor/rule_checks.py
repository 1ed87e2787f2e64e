"""Do the examples and near misses of the rules of modality, quantities, names and dates hold: for checks and tests.

Each `*_cases` gives (what, fault) pairs: what was tried, and what is wrong with it, None where it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spacy.language import Language

from extractor.date_grammar import DateRule
from extractor.dates import find_timexes
from extractor.modality import ModalityRule
from extractor.names import Shape
from extractor.patterns import default_folder, read_rules
from extractor.pipeline import make_doc
from extractor.quantities import QuantityFinder
from extractor.quantity_rules import QuantityRule
from extractor.schema import Event

WRITTEN = "2024-05-31"  # the day of writing in the examples of the date rules
VERDICTS = ("planned", "threatened", "alleged", "denied", "conditional")
Case = tuple[str, str | None]


def rule_cases(nlp: Language, folder: Path | None = None) -> Iterator[Case]:
    """Every example and near miss of the rules this module knows.

    Args:
        nlp: the whole pipeline, without the judge.
        folder: the patterns folder; None for the shipped one.
    """
    yield from quantity_cases(nlp, folder)
    yield from modality_cases(nlp, folder)
    yield from shape_cases(nlp, folder)
    yield from date_cases(folder)


def quantity_cases(nlp: Language, folder: Path | None = None) -> Iterator[Case]:
    """An example ("sentence=min/max", -1 for open) gives one count with its bounds; a near miss gives no count."""
    folder = folder or default_folder()
    finder = QuantityFinder(folder)
    with nlp.select_pipes(disable=["extractor_quantities", "extractor_clauses", "extractor_events"]):
        for rule in read_rules([folder / "quantities.toml"], "quantity", QuantityRule):
            for example in rule.examples:
                text, _, bounds = example.rpartition("=")
                low, high = (None if b == "-1" else int(b) for b in bounds.split("/"))
                found = [q for q in finder(nlp(text))._.quantities if q.rule != "exact/indefinite"]
                have = [(q.min, q.max) for q in found]
                fault = None if have == [(low, high)] else f"{have}, expected {[(low, high)]}"
                yield f"{rule.id}: {text}", fault
            for text in rule.near_misses:
                found = finder(nlp(text))._.quantities
                counted = [q.text for q in found if q.unit == "count" and q.rule != "exact/indefinite"]
                yield f"{rule.id}: near miss: {text}", f"counted {counted}" if counted else None


def modality_cases(nlp: Language, folder: Path | None = None) -> Iterator[Case]:
    """An example has an event of the rule's modality, a near miss only actual ones; an example of what is demanded
    or could be done has none. Of a reporting rule, the events of an example are attributed and those of a near miss are not."""
    for rule in read_rules([(folder or default_folder()) / "modality.toml"], "modality", ModalityRule):
        for text in rule.examples:
            events = _events(nlp, text)
            if rule.kind in VERDICTS:
                held = any(
                    e.modality == rule.kind or (rule.kind, e.type) == ("threatened", "threat") for e in events
                )
            elif rule.kind in ("demanded", "capable"):
                held = not events
            else:
                held = rule.kind != "reporting" or _attributed(events) == {True}
            yield (
                f"{rule.id}: {text}",
                None if held else f"{[(e.type, e.modality) for e in events]}, expected {rule.kind}",
            )
        for text in rule.near_misses:
            events = _events(nlp, text)
            if rule.kind in VERDICTS:
                held = {e.modality for e in events} == {"actual"}
            else:
                held = rule.kind != "reporting" or _attributed(events) == {False}
            yield (
                f"{rule.id}: near miss: {text}",
                None if held else f"{[(e.type, e.modality) for e in events]}",
            )


def shape_cases(nlp: Language, folder: Path | None = None) -> Iterator[Case]:
    """An example of a name shape is found whole, as a mention of its kind."""
    path = (folder or default_folder()) / "entities" / "shapes.toml"
    with nlp.select_pipes(disable=["extractor_quantities", "extractor_clauses", "extractor_events"]):
        for shape in read_rules([path], "shape", Shape):
            for name in shape.examples:
                doc = nlp(f"Reporters wrote about the {name} on Monday.")
                found = {s.text.removeprefix("the "): s.label_ for s in doc.spans["entities"]}
                fault = None if found.get(name) == shape.kind else f"{found}, expected {shape.kind}"
                yield f"{shape.id}: {name}", fault


def date_cases(folder: Path | None = None) -> Iterator[Case]:
    """An example ("expression=EDTF", set into a sentence written on `WRITTEN`) is found whole with its value, by
    its rule; a near miss holds no expression of its rule."""
    folder = folder or default_folder()
    for rule in read_rules([folder / "dates" / "rules.toml"], "rule", DateRule):
        for example in rule.examples:
            text, _, value = example.rpartition("=")
            found = find_timexes(f"The army left {text}, witnesses said.", WRITTEN, "news", patterns=folder)
            have = [(t.text, t.edtf or t.timex) for t in found]
            yield f"{rule.id}: {text}", None if (text, value) in have else f"{have}, expected {value}"
        for text in rule.near_misses:
            wrong = [
                t.text for t in find_timexes(text, WRITTEN, "news", patterns=folder) if rule.id in t.rule
            ]
            yield f"{rule.id}: near miss: {text}", f"found {wrong}" if wrong else None


def _events(nlp: Language, text: str) -> list[Event]:
    return list(nlp(make_doc(nlp, text, document="x"))._.events or [])


def _attributed(events: list[Event]) -> set[bool]:
    return {bool(e.attribution) for e in events if e.type != "statement"}
