"""`extractor review`: the page, and what is made of decisions.

`extractor review OUTPUT` is short for `extractor review serve OUTPUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
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


@review_app.command()
def export(
    output: Annotated[Path, typer.Argument(help="A folder that `extractor run` wrote.")],
    gold: Annotated[Path, typer.Argument(help="The JSONL file to write; its cover goes beside it.")],
    by: Annotated[str | None, typer.Option("--by", help="Only this reviewer's decisions.")] = None,
) -> None:
    """Write gold events from decisions: what was accepted, corrected or added.

    Documents of which every event was decided are covered whole, of others the sentences that were.

    Examples:

        extractor review export output gold.jsonl

        extractor evaluate gold.jsonl output
    """
    from extractor.gold import export as export_gold

    found = export_gold(output, gold, by)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    told = [f"{found.events} events written to {gold}, {found.rejected} rejected ones left out"]
    told += [f"complete: {', '.join(found.complete) or 'no document'}"]
    told += [f"partly reviewed: {name} ({done} of {n} events)" for name, (done, n) in found.partial.items()]
    for line in told:
        console.print(escape(line))


@review_app.command()
def agreement(
    first: Annotated[Path, typer.Argument(help="An output folder, or a reviews.jsonl.")],
    second: Annotated[Path, typer.Argument(help="The same of the other reviewer; may be the same one.")],
    first_by: Annotated[str | None, typer.Option("--first", help="The first reviewer's name.")] = None,
    second_by: Annotated[str | None, typer.Option("--second", help="The second reviewer's name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell how far two reviewers agree, over events and fields: observed agreement and Cohen's kappa.

    Examples:

        extractor review agreement ana/output ben/output

        extractor review agreement output output --first ana --second ben
    """
    from extractor.agreement import compare_reviewers, print_comparison
    from extractor.jsonl import dump

    found = compare_reviewers(first, second, first_by, second_by)
    if as_json:
        print(dump(found))
    else:
        print_comparison(found, Console(highlight=False))
