"""Proof that an output stands: every record valid, every span equal to its text, every reference resolved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from extractor.errors import OutputError
from extractor.schema import Article, Entity, Event, Incident, Rejection

MODELS: dict[str, type[BaseModel]] = {
    "documents.jsonl": Article,
    "events.jsonl": Event,
    "entities.jsonl": Entity,
    "incidents.jsonl": Incident,
    "rejected.jsonl": Rejection,
}


def problems(output: Path) -> Iterator[str]:
    """Every fault found in an output folder, as "file:line: what is wrong".

    Args:
        output: a folder written by a run.

    Raises:
        OutputError: the folder or one of the five files is missing.
    """
    texts: dict[str, str] = {}
    event_ids: set[str] = set()
    incident_ids: set[str] = set()
    entity_ids: set[str] = set()
    rows: list[tuple[str, int, dict[str, Any]]] = []
    for name, model in MODELS.items():
        path = output / name
        if not path.is_file():
            raise OutputError(f"{path}: not there.", "Name a folder that `extractor run` wrote.")
        ids: set[str] = set()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            where = f"{path}:{number}"
            try:
                row = json.loads(line)
                model.model_validate(row)
            except json.JSONDecodeError as error:
                yield f"{where}: not JSON: {error.msg}"
                continue
            except ValidationError as error:
                first = error.errors()[0]
                yield f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
                continue
            if "id" in row:
                if row["id"] in ids:
                    yield f"{where}: id {row['id']} stands twice"
                ids.add(row["id"])
            if name == "documents.jsonl":
                texts[row["id"]] = row["text"]
            rows.append((name, number, row))
        if name == "events.jsonl":
            event_ids = ids
        elif name == "incidents.jsonl":
            incident_ids = ids
        elif name == "entities.jsonl":
            entity_ids = ids
    for name, number, row in rows:
        where = f"{output / name}:{number}"
        if name == "events.jsonl":
            yield from _event(where, row, texts, incident_ids, entity_ids)
        elif name == "entities.jsonl":
            for mention in row["mentions"]:
                yield from _span(where, mention, texts.get(mention["document"]), mention["document"])
        elif name == "incidents.jsonl":
            for event in row["events"]:
                if event not in event_ids:
                    yield f"{where}: names event {event}, which is not in events.jsonl"
        elif name == "documents.jsonl":
            for block in row["blocks"]:
                if not 0 <= block["start"] <= block["end"] <= len(row["text"]):
                    yield f"{where}: block {block['start']}–{block['end']} lies outside the text"


def _event(
    where: str, row: dict[str, Any], texts: dict[str, str], incidents: set[str], entities: set[str]
) -> Iterator[str]:
    text = texts.get(row["document"])
    for span in _spans(row):
        yield from _span(where, span, text, row["document"])
    if text is not None and not 0 <= row["sentence"]["start"] < row["sentence"]["end"] <= len(text):
        yield f"{where}: sentence lies outside the text"
    if row["incident"] is not None and row["incident"] not in incidents:
        yield f"{where}: names incident {row['incident']}, which is not in incidents.jsonl"
    for argument in row["arguments"]:
        if argument["entity"] is not None and argument["entity"] not in entities:
            yield f"{where}: names entity {argument['entity']}, which is not in entities.jsonl"


def _spans(value: Any) -> Iterator[dict[str, Any]]:
    """Every {"text", "start", "end"} in a record, at any depth."""
    if isinstance(value, dict):
        if {"text", "start", "end"} <= value.keys():
            yield value
        for inner in value.values():
            yield from _spans(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spans(inner)


def _span(where: str, span: dict[str, Any], text: str | None, document: str) -> Iterator[str]:
    if text is None:
        yield f"{where}: names document {document}, which is not in documents.jsonl"
    elif text[span["start"] : span["end"]] != span["text"]:
        found = text[span["start"] : span["end"]]
        yield f"{where}: span {span['start']}–{span['end']} reads {found!r}, not {span['text']!r}"
