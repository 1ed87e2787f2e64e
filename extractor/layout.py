"""The `extractor_layout` component: names the blocks of a Doc's page.

The finding itself is in `extractor.blocks`, which needs no spaCy.
"""

from __future__ import annotations

from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from extractor.blocks import Dateline, citation_outlets, find_blocks, parse_dateline
from extractor.schema import register_extensions

__all__ = ["Dateline", "Layout", "citation_outlets", "find_blocks", "parse_dateline"]

register_extensions()


class Layout:
    """Fills `doc._.blocks` (kept where a reader has filled it) and `doc.spans["blocks"]` (label = kind), and
    `doc.spans["outlets"]` with the outlets that citation blocks name.

    Args:
        patterns: folder of patterns, the package's own by default.
    """

    def __init__(self, patterns: str | None = None) -> None:
        self.folder = Path(patterns) if patterns else None

    def __call__(self, doc: Doc) -> Doc:
        text = doc.text  # slow to build
        if doc._.blocks is None:
            doc._.blocks = find_blocks(text, folder=self.folder)
        spans = (
            doc.char_span(block.start, block.end, label=block.kind, alignment_mode="expand")
            for block in doc._.blocks
        )
        doc.spans["blocks"] = [span for span in spans if span is not None]
        outlets = (
            doc.char_span(outlet.start, outlet.end, label="outlet", alignment_mode="expand")
            for block in doc._.blocks
            if block.kind == "citation"
            for outlet in citation_outlets(text, block, self.folder)
        )
        doc.spans["outlets"] = [span for span in outlets if span is not None]
        return doc


@Language.factory("extractor_layout", default_config={"patterns": None}, assigns=["doc._.blocks"])
def create_layout(nlp: Language, name: str, patterns: str | None) -> Layout:
    return Layout(patterns)
