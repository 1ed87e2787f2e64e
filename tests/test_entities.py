"""Entities: a table of marked sentences from all over the world, read with the shipped model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TABLE = Path(__file__).parent / "entities_table.txt"
MARK = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)(?:\|([^\[\]|]+))?(?:\|([^\[\]|]+))?\]")


def read_table():
    """Every line as (plain text, [(start, end, kind, id, refers_to)])."""
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, marks, position = "", [], 0
        for match in MARK.finditer(line):
            text += line[position : match.start()]
            start = len(text)
            text += match[1]
            marks.append((start, len(text), match[2], match[3] or "?", match[4]))
            position = match.end()
        rows.append((text + line[position:], marks))
    return rows


ROWS = read_table()


def faults(doc, marks):
    found = {(s.start_char, s.end_char): s for s in doc.spans["entities"]}
    wrong = []
    for start, end, kind, identity, refers in marks:
        text = doc.text[start:end]
        span = found.get((start, end))
        if span is None:
            wrong.append(f"{text!r} not found")
            continue
        if kind not in ("?", span.label_):
            wrong.append(f"{text!r} is {span.label_}, not {kind}")
        expected = "" if identity == "-" else identity
        if identity != "?" and not (
            span.kb_id_.startswith(expected[:-1]) if expected.endswith("*") else span.kb_id_ == expected
        ):
            wrong.append(f"{text!r} has id {span.kb_id_!r}, not {identity!r}")
        if refers is not None and refers not in ("*", span._.refers_to):
            wrong.append(f"{text!r} refers to {span._.refers_to!r}, not {refers!r}")
    return wrong


@pytest.mark.parametrize(("text", "marks"), ROWS, ids=[text[:50] for text, _ in ROWS])
def test_marked_mentions_are_found_with_kind_and_id(nlp, text, marks):
    assert faults(nlp(text), marks) == []
