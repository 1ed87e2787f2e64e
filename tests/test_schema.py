"""What is written to disk: the published schema, the order of keys, and no unknown keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from extractor.runs import FILES
from extractor.schema import Span
from extractor.schemas import RECORDS, schemas

ROOT = Path(__file__).parent.parent
OUTPUT = ROOT / "output"
RECORD_OF = {
    "events.jsonl": "event", "entities.jsonl": "entity", "incidents.jsonl": "incident",
    "documents.jsonl": "document", "rejected.jsonl": "rejected",
}  # fmt: skip
KEYS = {
    "event": "id document type subtype trigger sentence date arguments quantities modality attribution "
    "sources incident rule confidence reviewed",
    "entity": "id kind name names known attributes mentions",
    "incident": "id type date places actors targets quantities events conflicts",
    "document": "id source sha256 title published publisher language text blocks",
    "rejected": "source reason detail",
}


def test_committed_schema_is_what_the_models_give() -> None:
    committed = json.loads((ROOT / "schema.json").read_text(encoding="utf-8"))
    assert committed == schemas(), "refresh with: extractor schema > schema.json"


@pytest.mark.parametrize("name", RECORDS)
def test_keys_stand_in_the_order_users_rely_on(name: str) -> None:
    assert list(RECORDS[name].model_fields) == KEYS[name].split()
    assert list(schemas()[name]["properties"]) == KEYS[name].split()


@pytest.mark.parametrize("name", RECORDS)
def test_schema_is_valid_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("file", FILES)
def test_committed_output_fits_the_schema(file: str) -> None:
    validator = jsonschema.Draft202012Validator(schemas()[RECORD_OF[file]])
    lines = (OUTPUT / file).read_text(encoding="utf-8").splitlines()
    assert lines or file == "rejected.jsonl"
    for number, line in enumerate(lines, start=1):
        row = json.loads(line)
        fault = jsonschema.exceptions.best_match(validator.iter_errors(row))
        assert fault is None, f"{file}:{number}: {fault.message}"
        unreviewed = KEYS[RECORD_OF[file]].removesuffix(" reviewed")
        assert list(row) == unreviewed.split()


def test_record_refuses_a_key_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Span.model_validate({"text": "Goma", "start": 0, "end": 4, "colour": "blue"})


def test_every_reason_for_rejection_is_explained() -> None:
    pattern = re.compile(
        r'InputError\(\s*"([a-z_]+)"|reason="([a-z_]+)"|_failed\(article, "([a-z_]+)"|\("([a-z_]+)", "damaged'
    )
    source = "".join((ROOT / "extractor" / f"{m}.py").read_text() for m in ("articles", "formats", "runs"))
    reasons = {reason for found in pattern.findall(source) for reason in found if reason}
    page = (ROOT / "docs" / "output.md").read_text(encoding="utf-8")
    assert len(reasons) > 10
    assert {r for r in reasons if f"`{r}`" not in page} == set()
