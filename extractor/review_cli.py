"""`extractor review`: the page, and what is made of decisions.

`extractor review OUTPUT` is short for `extractor review serve OUTPUT`.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

DEFAULT = "serve"


class DefaultGroup(TyperGroup):
    """A group of commands whose first argument may be left out: what is no command goes to the default one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


review_app = typer.Typer(
    cls=DefaultGroup,
    help="Review events on a local page; `extractor review OUTPUT` starts it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@review_app.callback()
def review() -> None:
    """Review events on a local page (`extractor review OUTPUT`), and use what was decided."""
