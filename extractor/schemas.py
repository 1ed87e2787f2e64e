"""JSON Schema of the records, generated from the pydantic models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from extractor.schema import Article, Entity, Event, Incident, Rejection

RECORDS: dict[str, type[BaseModel]] = {
    "event": Event,
    "entity": Entity,
    "incident": Incident,
    "document": Article,
    "rejected": Rejection,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) per record name."""
    return {
        name: {"$schema": DIALECT, **model.model_json_schema(mode="serialization")}
        for name, model in RECORDS.items()
    }
