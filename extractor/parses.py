"""A parsed Doc as bytes and back: what the stages up to and with the model found, and no more.

spaCy's own serialisation keeps tokens, tree and span groups; blocks and time expressions, which travel as
extension attributes, stand beside it as JSON.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict

from spacy.language import Language
from spacy.tokens import Doc

from extractor.schema import Block, Timex

_LEFT_OUT = ["tensor", "user_data", "cats", "sentiment"]


def pack(doc: Doc) -> bytes:
    """A Doc that `pipeline.parse` gave, as bytes. The document's id, title and day of publication, which the
    caller knows, are left out."""
    beside = {
        "blocks": [block.model_dump() for block in doc._.blocks or []],
        "timexes": [asdict(timex) for timex in doc._.timexes or []],
        "domain": doc._.domain,
    }
    head = json.dumps(beside, ensure_ascii=False).encode("utf-8")
    return zlib.compress(len(head).to_bytes(4, "big") + head + doc.to_bytes(exclude=_LEFT_OUT), 1)


def unpack(nlp: Language, packed: bytes) -> Doc:
    """The Doc that `pack` was given, on the vocabulary of `nlp`."""
    raw = zlib.decompress(packed)
    end = 4 + int.from_bytes(raw[:4], "big")
    beside = json.loads(raw[4:end])
    doc = Doc(nlp.vocab).from_bytes(raw[end:])
    doc._.blocks = [Block(**block) for block in beside["blocks"]]
    doc._.timexes = [_timex(timex) for timex in beside["timexes"]]
    doc._.domain = beside["domain"]
    return doc


def _timex(fields: dict) -> Timex:
    anchor = fields.pop("anchor")
    return Timex(**fields, anchor=tuple(anchor) if anchor else None)
