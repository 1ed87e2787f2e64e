"""Word lists of the recipe, kept in ``lists.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def _all() -> dict[str, str]:
    return tomllib.loads((Path(__file__).parent / "lists.toml").read_text(encoding="utf-8"))


def words(name: str) -> list[str]:
    """Return the items of a list in their order; KeyError when there is no such list."""
    return [" ".join(item.split()) for item in _all()[name].split(";") if item.strip()]
