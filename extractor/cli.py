"""The command line. Every command shows examples in its help; a user's mistake is one line and an exit status."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from extractor.errors import ExtractorError

app = typer.Typer(
    name="extractor",
    help="Events from conflict reporting, with the exact character span behind every value.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)
patterns_app = typer.Typer(help="Check the rules in `patterns/`.", no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(patterns_app, name="patterns")
gazetteer_app = typer.Typer(help="Add places from GeoNames dumps.", no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(gazetteer_app, name="gazetteer")

errors = Console(stderr=True, highlight=False)

ModelOption = Annotated[
    str | None, typer.Option("--model", help="An installed spaCy English pipeline (name or path) instead of the shipped one.")
]
PatternsOption = Annotated[str | None, typer.Option("--patterns", help="A patterns folder instead of the shipped one.")]
DomainOption = Annotated[str, typer.Option("--domain", help="How dates are anchored: auto, news or narrative.")]


@app.command()
def run(
    sources: Annotated[list[str], typer.Argument(help="Files, folders, or - for JSONL on standard input.")],
    output: Annotated[str, typer.Option("-o", "--output", help="Folder to write to; - prints events only.")] = "output",
    model: ModelOption = None,
    patterns: PatternsOption = None,
    domain: DomainOption = "auto",
    processes: Annotated[int, typer.Option("-p", "--processes", min=1, help="Worker processes.")] = 1,
    judge: Annotated[bool, typer.Option("--judge/--no-judge", help="Let the trained judge review the rules.")] = True,
) -> None:
    """Extract events from articles.

    Reads .txt, .html, .pdf, .jsonl and .jsonl.gz; writes events, entities, incidents, documents and rejected
    inputs as JSONL, and a manifest. Exit status: 0 done, 1 some input was rejected, 2 nothing could be done.

    Examples:

        extractor run corpus -o output

        extractor run article.html report.pdf -o out --processes 2

        cat articles.jsonl | extractor run - -o - > events.jsonl
    """
    from extractor.jsonl import dump
    from extractor.runs import Options
    from extractor.runs import run as run_all

    if domain not in ("auto", "news", "narrative"):
        raise ExtractorError(f"--domain {domain}: not known.", "Use auto, news or narrative.")
    to_stdout = output == "-"
    folder = None if to_stdout else Path(output)
    options = Options(model=model, patterns=patterns, domain=domain, judge=judge)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=errors, transient=True, disable=not errors.is_terminal,
    ) as progress:  # fmt: skip
        task = progress.add_task("documents", total=None)
        result, seconds = run_all(
            sources, folder, options, processes=processes,
            started=lambda n: progress.update(task, total=n), done=lambda: progress.advance(task),
        )  # fmt: skip
    if to_stdout:
        for event in result.events:
            sys.stdout.write(dump(event) + "\n")
    _closing_table(result, seconds, folder)
    if result.rejected:
        raise typer.Exit(2 if not result.documents else 1)


def _closing_table(result, seconds: float, folder: Path | None) -> None:  # type: ignore[no-untyped-def]
    from collections import Counter

    table = Table(title=None, show_header=False, box=None, pad_edge=False)
    table.add_row("documents", str(len(result.documents)))
    table.add_row("sentences", str(result.sentences))
    table.add_row("events", str(len(result.events)))
    for kind, count in sorted(Counter(e.type for e in result.events).items(), key=lambda kv: (-kv[1], kv[0])):
        table.add_row(f"  {kind}", str(count))
    table.add_row("entities", str(len(result.entities)))
    table.add_row("incidents", str(len(result.incidents)))
    table.add_row("rejected", str(len(result.rejected)))
    table.add_row("seconds", f"{seconds:.1f}")
    if folder is not None:
        table.add_row("written to", escape(str(folder)))
    errors.print(table)
    for rejection in result.rejected:
        errors.print(f"rejected {escape(rejection.source)}: {escape(rejection.reason)}: {escape(rejection.detail)}")


@app.command()
def verify(output: Annotated[Path, typer.Argument(help="A folder that `extractor run` wrote.")]) -> None:
    """Check every span of every file against its text.

    Prints each offending line; exit status 1 where there is one.

    Examples:

        extractor verify output
    """
    from extractor.verify import problems

    count = 0
    for problem in problems(output):
        print(problem)
        count += 1
    if count:
        errors.print(f"{count} problem(s) found")
        raise typer.Exit(1)
    errors.print("every span matches its text")


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="A text, or a file.")],
    sentence: Annotated[int | None, typer.Option("--sentence", "-s", help="Only this sentence (from 1).")] = None,
    published: Annotated[str | None, typer.Option(help="ISO day of publication, for relative dates.")] = None,
    model: ModelOption = None,
    patterns: PatternsOption = None,
    domain: DomainOption = "auto",
    judge: Annotated[bool, typer.Option("--judge/--no-judge")] = True,
) -> None:
    """Show stage by stage what was found, by which rule, and which frames almost fired and why not.

    Examples:

        extractor explain "Gunmen killed five farmers near Gao on Monday." --published 2024-05-01

        extractor explain article.txt --sentence 3
    """
    from extractor.explain import explain_text

    path = Path(text)
    try:
        is_file = path.is_file()
    except OSError:
        is_file = False
    if is_file:
        from extractor.articles import read_articles
        from extractor.schema import Article

        item = next(iter(read_articles([text])))
        if not isinstance(item, Article):
            raise ExtractorError(f"{item.source}: {item.detail}")
        text, published = item.text, published or item.published
    elif sentence is not None and len(text) < 200 and " " not in text:
        raise ExtractorError(f"{text}: no such file.", "Name a file, or give the text in quotes.")
    explain_text(text, Console(), sentence=sentence, published=published, model=model, patterns=patterns,
                 domain=domain, judge=judge)  # fmt: skip


@app.command()
def dates(
    source: Annotated[str, typer.Argument(help="A text file, or - for standard input.")],
    reference_date: Annotated[str | None, typer.Option("--reference-date", help="ISO day that 'today' means.")] = None,
    domain: DomainOption = "auto",
) -> None:
    """Print every time expression with what it resolves to, one JSON line each.

    Examples:

        extractor dates article.txt --reference-date 2024-05-01

        echo "Two days later they left." | extractor dates - --domain narrative
    """
    from datetime import date as day

    from extractor.articles import read_articles
    from extractor.dates import dates_records
    from extractor.schema import Article

    if domain not in ("auto", "news", "narrative"):
        raise ExtractorError(f"--domain {domain}: not known.", "Use auto, news or narrative.")
    if reference_date is not None:
        try:
            day.fromisoformat(reference_date)
        except ValueError:
            raise ExtractorError(
                f"--reference-date {reference_date}: not a day.", "Write it as YYYY-MM-DD."
            ) from None
    if source == "-":
        text = sys.stdin.read()
    else:
        item = next(iter(read_articles([source])))
        if not isinstance(item, Article):
            raise ExtractorError(f"{item.source}: {item.detail}")
        text, reference_date = item.text, reference_date or item.published
    for record in dates_records(text, reference_date, domain):
        print(json.dumps(record, ensure_ascii=False))


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(help="Gold events, JSONL.")],
    predicted: Annotated[Path, typer.Argument(help="Predicted events: JSONL, or a run's folder.")],
    by_type: Annotated[bool, typer.Option("--by-type", help="Also a line per event type.")] = False,
    show_errors: Annotated[int, typer.Option("--errors", help="Show this many errors.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score predicted events against gold events.

    Examples:

        extractor evaluate corpus/gold.jsonl output

        extractor evaluate gold.jsonl out/events.jsonl --by-type --errors 20
    """
    from extractor.evaluate import evaluate_files, print_report

    if predicted.is_dir():
        predicted = predicted / "events.jsonl"
    report = evaluate_files(gold, predicted)
    print_report(report, by_type=by_type, errors=show_errors, as_json=as_json)


@app.command()
def schema(
    record: Annotated[str | None, typer.Argument(help="event, entity, incident, document or rejected; all when left out.")] = None,
) -> None:
    """Print the JSON Schema of the records, generated from the models.

    Examples:

        extractor schema event

        extractor schema > schema.json
    """
    from extractor.schemas import schemas

    everything = schemas()
    if record is None:
        print(json.dumps(everything, indent=2))
    elif record in everything:
        print(json.dumps(everything[record], indent=2))
    else:
        raise ExtractorError(f"{record}: no such record.", f"Known: {', '.join(everything)}.")


@patterns_app.command("check")
def patterns_check(
    patterns: PatternsOption = None,
    model: ModelOption = None,
    examples: Annotated[bool, typer.Option("--examples/--no-examples", help="Also run examples and near misses.")] = True,
) -> None:
    """Validate every pattern file and run its examples and near misses.

    Exit status 1 when an example fails, 2 when a file does not hold together.

    Examples:

        extractor patterns check

        extractor patterns check --patterns my-patterns --no-examples
    """
    from extractor.checks import check_patterns

    report = check_patterns(Path(patterns) if patterns else None, model, run_examples=examples)
    for line in report.lines:
        print(line)
    errors.print(report.summary)
    if report.failed:
        raise typer.Exit(1)


@patterns_app.command("suggest")
def patterns_suggest(
    output: Annotated[Path, typer.Argument(help="A folder that `extractor run` wrote.")],
    minimum: Annotated[int, typer.Option("--min", help="Only groups met at least this often.")] = 1,
) -> None:
    """List armed groups the knowledge base lacks, with a stanza ready to paste.

    Examples:

        extractor patterns suggest output --min 3
    """
    from extractor.checks import suggest_groups

    for line in suggest_groups(output, minimum):
        print(line)


@gazetteer_app.command("add")
def gazetteer_add(
    files: Annotated[list[Path], typer.Argument(help="GeoNames dumps, such as ML.txt.")],
) -> None:
    """Add the populated places of GeoNames dumps to the local gazetteer; later runs find them.

    GeoNames data is licensed CC BY 4.0; credit geonames.org where you publish what rests on it.

    Examples:

        extractor gazetteer add ML.txt BF.txt NE.txt
    """
    from extractor.places import add_geonames, index_path

    for file in files:
        count = add_geonames(file, index_path())
        print(f"{file}: {count} places added to {index_path()}")
    print("GeoNames data: CC BY 4.0, geonames.org")


def main() -> None:
    """Entry point: turns a user's mistake into one line on standard error and an exit status."""
    try:
        app(standalone_mode=False)
    except ExtractorError as error:
        errors.print(f"error: {escape(str(error))}", soft_wrap=True)
        sys.exit(error.exit_code)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except typer.Abort:
        errors.print("stopped")
        sys.exit(130)
    except Exception as error:
        import click

        if isinstance(error, click.ClickException):
            error.show()
            sys.exit(error.exit_code)
        raise
