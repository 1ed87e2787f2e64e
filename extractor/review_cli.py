"""`extractor review`: the page, and what is made of decisions.

`extractor review OUTPUT` is short for `extractor review serve OUTPUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

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


@review_app.command()
def serve(
    output: Annotated[Path, typer.Argument(help="A folder that `extractor run` wrote.")],
    since: Annotated[
        Path | None, typer.Option("--since", help="An earlier run: what is new or changed comes first.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who decides; your user name if left out.")] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on this machine; 0 for any that is free.")
    ] = 8765,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Review events on a page that only this machine can open; decisions go to OUTPUT/reviews.jsonl.

    Stop it with Ctrl-C; every decision is on disk at once.

    Examples:

        extractor review output

        extractor review serve output --since last-week --by ana --open
    """
    from extractor.review import serve as serve_page

    def tell(address: str) -> None:
        print(f"Review {output} at {address}", flush=True)
        print("Ctrl-C stops it.", file=sys.stderr)

    serve_page(output, since, by=by, port=port, browser=browser, tell=tell)
