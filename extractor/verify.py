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
Row = dict[str, Any]


class _Output:
    """The rows of an output folder and what they may refer to."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, Row]] = []
        self.texts: dict[str, str] = {}
        self.events: dict[str, Row] = {}
        self.incidents: dict[str, Row] = {}
        self.entities: dict[str, Row] = {}


def problems(output: Path) -> Iterator[str]:
    """Every fault found in an output folder, as "file:line: what is wrong".

    Args:
        output: a folder written by a run.

    Raises:
        OutputError: the folder or one of the five files is missing.
    """
    found = _Output()
    counts: dict[str, int] = {}
    for name, model in MODELS.items():
        number = 0
        for number, line in enumerate(_lines(output / name), start=1):
            where = f"{output / name}:{number}"
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
            yield from _keep(found, name, where, row)
        counts[name.removesuffix(".jsonl")] = number
    yield from _against_manifest(output / "run.json", counts)
    checks = {"events.jsonl": _event, "entities.jsonl": _entity, "incidents.jsonl": _incident,
              "documents.jsonl": _document}  # fmt: skip
    for name, where, row in found.rows:
        if name in checks:
            for fault in checks[name](row, found):
                yield f"{where}: {fault}"


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise OutputError(f"{path}: not there.", "Name a folder that `extractor run` wrote.") from None
    except UnicodeDecodeError as error:
        raise OutputError(f"{path}: not UTF-8 at byte {error.start}.", "Run the extractor again.") from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}.", "Check its permissions.") from None
    return text.removesuffix("\n").split("\n") if text else []


def _keep(found: _Output, name: str, where: str, row: Row) -> Iterator[str]:
    table = {
        "events.jsonl": found.events,
        "incidents.jsonl": found.incidents,
        "entities.jsonl": found.entities,
    }
    if name in table:
        if row["id"] in table[name]:
            yield f"{where}: id {row['id']} stands twice"
        table[name][row["id"]] = row
    elif name == "documents.jsonl":
        if row["id"] in found.texts:
            yield f"{where}: id {row['id']} stands twice"
        found.texts[row["id"]] = row["text"]
    found.rows.append((name, where, row))


def _against_manifest(path: Path, counts: dict[str, int]) -> Iterator[str]:
    """A file cut off between two lines shows only in the counts of the manifest, where there is one."""
    if not path.is_file():
        return
    try:
        said = json.loads(path.read_text(encoding="utf-8"))["counts"]
    except (ValueError, KeyError, TypeError):
        yield f"{path}: not a manifest"
        return
    for name, count in counts.items():
        if said.get(name) != count:
            yield f"{path.with_name(f'{name}.jsonl')}: has {count} lines, run.json says {said.get(name)}"


def _document(row: Row, found: _Output) -> Iterator[str]:
    for block in row["blocks"]:
        if not 0 <= block["start"] < block["end"] <= len(row["text"]):
            yield f"block {block['start']}–{block['end']} lies outside the text"


def _event(row: Row, found: _Output) -> Iterator[str]:
    text = found.texts.get(row["document"])
    if text is None:
        yield f"names document {row['document']}, which is not in documents.jsonl"
        return
    for span in _spans(row):
        yield from _span(span, text)
    sentence = row["sentence"]
    if not 0 <= sentence["start"] < sentence["end"] <= len(text):
        yield "sentence lies outside the text"
    elif not sentence["start"] <= row["trigger"]["start"] < row["trigger"]["end"] <= sentence["end"]:
        yield "trigger lies outside its sentence"
    incident = row["incident"]
    if incident is not None and row["id"] not in found.incidents.get(incident, {"events": []})["events"]:
        yield f"names incident {incident}, which does not list it in incidents.jsonl"
    for mention in (*row["arguments"], *row["attribution"]):
        if mention["entity"] is not None and mention["entity"] not in found.entities:
            yield f"names entity {mention['entity']}, which is not in entities.jsonl"


def _entity(row: Row, found: _Output) -> Iterator[str]:
    for mention in row["mentions"]:
        text = found.texts.get(mention["document"])
        if text is None:
            yield f"names document {mention['document']}, which is not in documents.jsonl"
        else:
            yield from _span(mention, text)


def _incident(row: Row, found: _Output) -> Iterator[str]:
    told = [found.events[event] for event in row["events"] if event in found.events]
    for event in row["events"]:
        if event not in found.events:
            yield f"names event {event}, which is not in events.jsonl"
    texts = [found.texts[e["document"]] for e in told if e["document"] in found.texts]
    for span in _spans({"date": row["date"], "quantities": row["quantities"]}):
        if not any(text[span["start"] : span["end"]] == span["text"] for text in texts):
            yield f"span {span['start']}–{span['end']} {span['text']!r} is in no document of its events"


def _spans(value: Any) -> Iterator[Row]:
    """Every {"text", "start", "end"} in a record, at any depth."""
    if isinstance(value, dict):
        if {"text", "start", "end"} <= value.keys():
            yield value
        for inner in value.values():
            yield from _spans(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spans(inner)


def _span(span: Row, text: str) -> Iterator[str]:
    start, end = span["start"], span["end"]
    if not 0 <= start < end <= len(text):
        yield f"span {start}–{end} lies outside the text"
    elif text[start:end] != span["text"]:
        yield f"span {start}–{end} reads {text[start:end]!r}, not {span['text']!r}"
