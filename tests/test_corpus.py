"""The gold for corpus/ stands on the texts that the reader gives: every span is there, and covered."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from extractor.articles import read_articles
from extractor.schema import Article, EventType, Measure, Modality, Role

ROOT = Path(__file__).parent.parent
GOLD = ROOT / "benchmarks" / "gold"
NOTES = ROOT / "benchmarks" / "notes"
EVENTS = [json.loads(line) for line in (GOLD / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
COVER = json.loads((GOLD / "corpus.cover.json").read_text(encoding="utf-8"))
INCIDENTS = json.loads((GOLD / "incidents.json").read_text(encoding="utf-8"))
DOCUMENTS = sorted({event["doc"] for event in EVENTS})


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    items = list(read_articles([str(ROOT / "corpus")]))
    rejected = [item for item in items if not isinstance(item, Article)]
    assert rejected == []
    return {item.id: item.text for item in items if isinstance(item, Article)}


def spans(event: dict[str, Any]) -> list[dict[str, Any]]:
    found = [event["trigger"], *event["arguments"], *event["attribution"]]
    found += [quantity["span"] for quantity in event["quantities"]]
    return found + ([event["date"]["span"]] if event["date"] else [])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_gold_span_stands_in_the_text(document: str, texts: dict[str, str]) -> None:
    text = texts[document]
    off = [
        span
        for event in EVENTS
        if event["doc"] == document
        for span in spans(event)
        if text[span["start"] : span["end"]] != span["text"]
    ]
    assert off == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_gold_event_lies_in_a_covered_stretch(document: str) -> None:
    stretches = [(start, end) for name, start, end in COVER if name == document]
    outside = [
        event["trigger"]
        for event in EVENTS
        if event["doc"] == document
        and not any(
            start <= event["sentence"]["start"] and event["sentence"]["end"] <= end
            for start, end in stretches
        )
    ]
    assert outside == []


def test_gold_uses_the_names_of_the_schema_and_all_its_types() -> None:
    assert {event["type"] for event in EVENTS} == set(get_args(EventType))
    assert {event["modality"] for event in EVENTS} <= set(get_args(Modality))
    assert {argument["role"] for event in EVENTS for argument in event["arguments"]} <= set(get_args(Role))
    measures = {quantity["measure"] for event in EVENTS for quantity in event["quantities"]}
    assert measures <= set(get_args(Measure))


@pytest.mark.parametrize("name", ["notes", "notes-held"])
def test_gold_of_the_notes_stands_in_their_texts(name: str) -> None:
    texts = {item.id: item.text for item in read_articles([str(NOTES)]) if isinstance(item, Article)}
    rows = [json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    cover = {
        document for document, _, _ in json.loads((GOLD / f"{name}.cover.json").read_text(encoding="utf-8"))
    }
    assert {row["doc"] for row in rows} <= cover <= set(texts)
    assert {row["type"] for row in rows} <= set(get_args(EventType))
    assert {a["role"] for row in rows for a in row["arguments"]} <= set(get_args(Role))
    assert {q["measure"] for row in rows for q in row["quantities"]} <= set(get_args(Measure))
    off = [
        span
        for row in rows
        for span in (row["trigger"], *row["arguments"])
        if texts[row["doc"]][span["start"] : span["end"]] != span["text"]
    ]
    assert off == []


def test_notes_held_out_are_none_of_those_read() -> None:
    seen, held = (
        {document for document, _, _ in json.loads((GOLD / f"{name}.cover.json").read_text(encoding="utf-8"))}
        for name in ("notes", "notes-held")
    )
    assert seen and held and not seen & held


def test_incidents_name_gold_events_once_each() -> None:
    keys = [(event["doc"], event["trigger"]["start"]) for event in EVENTS]
    assert len(keys) == len(set(keys))
    named = [(document, start) for incident in INCIDENTS for document, start in incident]
    assert len(named) == len(set(named))
    assert set(named) <= set(keys)
    assert all(len(incident) > 1 for incident in INCIDENTS)


def test_pages_of_a_pdf_reach_the_output():
    rows = [
        json.loads(line)
        for line in (ROOT / "output" / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    (pdf,) = [row for row in rows if row["source"].endswith(".pdf")]
    assert {block["page"] for block in pdf["blocks"]} == {1, 2}
