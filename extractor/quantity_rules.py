"""The shape of the rules in patterns/quantities.toml, which counts and casualties share."""

from __future__ import annotations

from pydantic import Field

from extractor.patterns import Rule


class QuantityRule(Rule):
    """A lexical class of number expressions. `kind`: vague, exact, none, hedge, after, unit, percent, currency;
    or of the words that say what a count means, with its `measure`: before ("killed *five*"), state ("*five* dead"),
    counted ("*five* deaths"), toll ("the death toll rose to *five*").
    `examples` are "sentence=min/max" with -1 for an open bound."""

    kind: str
    forms: list[str]
    min: int = -1
    max: int = -1
    bound: str | None = None
    approximate: bool = False
    currency: str | None = None
    measure: str | None = None
    examples: list[str] = Field(default_factory=list)
    near_misses: list[str] = Field(default_factory=list)
