"""Grounded event extraction for conflict and extremism reporting.

>>> import extractor
>>> nlp = extractor.load()                                               # doctest: +SKIP
>>> events = extractor.extract("Gunmen killed five farmers.", nlp=nlp)   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from extractor.pipeline import extract, load

__all__ = ["extract", "load"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from extractor import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'extractor' has no attribute {name!r}")
