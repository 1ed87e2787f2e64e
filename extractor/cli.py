"""The command line: every command shows examples in its help, and a user's mistake is one line."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import date as day
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from extractor.errors import ExtractorError, InputError, OutputError
from extractor.review_cli import review_app

if TYPE_CHECKING:
    from extractor.schema import Article

app = typer.Typer(
    name="extractor",
    help="Events from conflict reporting, with the exact character span behind every value.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)
patterns_app = typer.Typer(
    help="Check the rules in `patterns/`.", no_args_is_help=True, rich_markup_mode="markdown"
)
app.add_typer(patterns_app, name="patterns")
gazetteer_app = typer.Typer(
    help="Add places from GeoNames dumps.", no_args_is_help=True, rich_markup_mode="markdown"
)
app.add_typer(gazetteer_app, name="gazetteer")
app.add_typer(review_app, name="review")
train_app = typer.Typer(
    help="Train on gold data of your own.", no_args_is_help=True, rich_markup_mode="markdown"
)
app.add_typer(train_app, name="train")

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def show_version(wanted: bool) -> None:
    """Print the installed version and leave, where it is asked for."""
    if wanted:
        print(f"extractor {version('extractor')}")
        raise typer.Exit


@app.callback()
def common(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    """Events from conflict reporting, with the exact character span behind every value."""


ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", help="An installed spaCy English pipeline (name or path) instead of the shipped one."
    ),
]
PatternsOption = Annotated[
    str | None, typer.Option("--patterns", help="A patterns folder instead of the shipped one.")
]
DomainOption = Annotated[
    str, typer.Option("--domain", help="How dates are anchored: auto, news or narrative.")
]
JudgeOption = Annotated[
    Path | None,
    typer.Option("--judge", help="Weights that `extractor train judge` wrote, instead of the shipped ones."),
]
NoJudgeOption = Annotated[
    bool, typer.Option("--no-judge", help="Rules alone, without the trained judge that reviews them.")
]
PublishedOption = Annotated[
    str | None, typer.Option("--published", help="ISO day of publication, for relative dates.")
]
RecordArgument = Annotated[
    str | None,
    typer.Argument(help="event, entity, incident, document or rejected; all when left out."),
]


@app.command()
def run(
    sources: Annotated[list[str], typer.Argument(help="Files, folders, or - for JSONL on standard input.")],
    output: Annotated[
        str, typer.Option("-o", "--output", help="Folder to write to; - prints events only.")
    ] = "output",
    model: ModelOption = None,
    patterns: PatternsOption = None,
    domain: DomainOption = "auto",
    processes: Annotated[int, typer.Option("-p", "--processes", min=1, help="Worker processes.")] = 1,
    judge: JudgeOption = None,
    no_judge: NoJudgeOption = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove documents whose input is gone; else they are kept.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do everything anew.")] = False,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep work in OUTPUT/.cache for later runs.")
    ] = True,
) -> None:
    """Extract events from articles.

    Reads .txt, .html, .pdf, .jsonl and .jsonl.gz; writes events, entities, incidents, documents and rejected
    inputs as JSONL, and a manifest. A later run into the same folder does only what is new or changed. Exit
    status: 0 done, 1 some input was rejected, 2 nothing could be done.

    Examples:

        extractor run corpus -o output

        extractor run corpus -o output --prune

        extractor run article.html report.pdf -o out --processes 2

        cat articles.jsonl | extractor run - -o - > events.jsonl
    """
    from extractor import closing
    from extractor.cache import unchanged
    from extractor.fingerprint import Options

    _check_domain(domain)
    to_stdout = output == "-"
    folder = None if to_stdout else Path(output)
    options = Options(model=model, patterns=patterns, domain=domain, judge=_judge(judge, no_judge))
    if folder is not None and cache and not fresh:
        standing = unchanged(sources, folder, options, prune)
        if standing is not None:
            raise typer.Exit(closing.unchanged(standing, folder, errors))
    from extractor.jsonl import dump
    from extractor.runs import run as run_all

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=errors, transient=True, disable=not errors.is_terminal,
    ) as progress:  # fmt: skip
        task = progress.add_task("documents", total=None)
        result, seconds = run_all(
            sources, folder, options, processes=processes, fresh=fresh, keep=cache, prune=prune,
            started=lambda n: progress.update(task, total=n), done=lambda: progress.advance(task),
        )  # fmt: skip
    if to_stdout:
        for event in result.events:
            sys.stdout.write(dump(event) + "\n")
        sys.stdout.flush()
    raise typer.Exit(closing.done(result, seconds, folder, errors))


def _check_domain(domain: str) -> None:
    if domain not in ("auto", "news", "narrative"):
        raise ExtractorError(f"--domain {domain}: not known.", "Use auto, news or narrative.")


def _judge(weights: Path | None, off: bool) -> bool | str:
    if weights is not None and off:
        raise ExtractorError("--judge and --no-judge exclude each other.", "Give one of them.")
    return not off if weights is None else str(weights.resolve())


def _check_day(option: str, value: str | None) -> None:
    try:
        if value is not None:
            day.fromisoformat(value)
    except ValueError:
        raise ExtractorError(f"{option} {value}: not a day.", "Write it as YYYY-MM-DD.") from None


def _article(path: str) -> Article:
    """The one article that a file holds.

    Raises:
        InputError: the file gives none.
    """
    from extractor.articles import read_articles
    from extractor.schema import Rejection

    item = next(iter(read_articles([path])))
    if isinstance(item, Rejection):
        raise InputError(item.reason, f"{item.source}: {item.detail}")
    return item


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
    sentence: Annotated[
        int | None, typer.Option("--sentence", "-s", help="Only this sentence (from 1).")
    ] = None,
    published: PublishedOption = None,
    model: ModelOption = None,
    patterns: PatternsOption = None,
    domain: DomainOption = "auto",
    judge: JudgeOption = None,
    no_judge: NoJudgeOption = False,
) -> None:
    """Show stage by stage what was found, by which rule, and which frames almost fired and why not.

    Examples:

        extractor explain "Gunmen killed five farmers near Gao on Monday." --published 2024-05-01

        extractor explain article.txt --sentence 3
    """
    from extractor.articles import SUPPORTED
    from extractor.explain import explain_text

    _check_domain(domain)
    _check_day("--published", published)
    try:
        is_file = Path(text).is_file()
    except (OSError, ValueError):  # a long text is no name of a file
        is_file = False
    if is_file:
        article = _article(text)
        text, published = article.text, published or article.published
    elif " " not in text and text.lower().endswith(SUPPORTED):
        raise InputError("missing", f"{text}: no such file.", "Name a file, or give the text in quotes.")
    elif not text.strip():
        raise InputError("empty", "The text is empty.", "Give a text in quotes, or a file.")
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    explain_text(text, console, sentence=sentence, published=published, model=model, patterns=patterns,
                 domain=domain, judge=_judge(judge, no_judge))  # fmt: skip


@app.command()
def dates(
    source: Annotated[str, typer.Argument(help="A text file, or - for standard input.")],
    reference_date: Annotated[
        str | None, typer.Option("--reference-date", help="ISO day that 'today' means.")
    ] = None,
    domain: DomainOption = "auto",
) -> None:
    """Print every time expression with what it resolves to, one JSON line each.

    Examples:

        extractor dates article.txt --reference-date 2024-05-01

        echo "Two days later they left." | extractor dates - --domain narrative
    """
    from extractor.dates import dates_records
    from extractor.formats import decode

    _check_domain(domain)
    _check_day("--reference-date", reference_date)
    if source == "-":
        text = decode(sys.stdin.buffer.read())
    else:
        article = _article(source)
        text, reference_date = article.text, reference_date or article.published
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

        extractor evaluate benchmarks/gold/corpus.jsonl output

        extractor evaluate gold.jsonl out/events.jsonl --by-type --errors 20
    """
    from extractor.evaluate import evaluate_files, print_report

    if predicted.is_dir():
        predicted = predicted / "events.jsonl"
    report = evaluate_files(gold, predicted)
    print_report(report, by_type=by_type, errors=show_errors, as_json=as_json)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A folder that `extractor run` wrote, or an events.jsonl.")],
    new: Annotated[Path, typer.Argument(help="The same of the later run.")],
    by: Annotated[str, typer.Option("--by", help="Group by document or type.")] = "document",
    summary: Annotated[bool, typer.Option("--summary", help="Only the counts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Print a self-contained page.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    types: Annotated[list[str] | None, typer.Option("--type", help="Only this event type.")] = None,
    documents: Annotated[list[str] | None, typer.Option("--document", help="Only this document.")] = None,
    fields: Annotated[list[str] | None, typer.Option("--field", help="Only this field.")] = None,
    causes: Annotated[list[str] | None, typer.Option("--cause", help="Only this cause.")] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Only changed, moved, split, merged, added or removed."),
    ] = None,
    confidence: Annotated[
        float, typer.Option("--min-confidence", min=0, max=1, help="Only events at least this sure.")
    ] = 0.0,
) -> None:
    """Show what changed in the facts between two runs, on which sentence, and why.

    Filters may be given several times. Exit status: 0 the same, 1 different, 2 trouble.

    Examples:

        extractor diff before after

        extractor diff before after --type attack --field killed --min-confidence 0.8

        extractor diff before after --html > changes.html
    """
    from extractor import report
    from extractor.diff import Filters, check_filters, compare, select
    from extractor.jsonl import dump

    if by not in ("document", "type"):
        raise ExtractorError(f"--by {by}: not known.", "Use document or type.")
    if as_json + as_html + as_markdown > 1:
        raise ExtractorError("--json, --html and --markdown exclude each other.", "Give one of them.")
    filters = Filters(types or (), documents or (), fields or (), causes or (), kinds or (), confidence)
    check_filters(filters)
    found = select(compare(old, new), filters)
    grouping: report.Grouping = "type" if by == "type" else "document"
    if as_json:
        print(dump(found.model_copy(update={"changes": []}) if summary else found))
    elif as_html:
        sys.stdout.write(report.html(found, grouping, summary))
    elif as_markdown:
        sys.stdout.write(report.markdown(found, grouping, summary))
    else:
        report.print_report(found, Console(highlight=False), grouping, summary)
    if found.changes:
        raise typer.Exit(1)


@app.command()
def log(
    output: Annotated[Path, typer.Argument(help="A folder that `extractor run` wrote.")],
    event: Annotated[
        str | None, typer.Option("--event", help="Only the life of this event: an id it has or had.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the runs into a folder and what each changed in the facts, or the life of one fact.

    Examples:

        extractor log output

        extractor log output --event ev-5f1d0c9a7b3e
    """
    from dataclasses import asdict

    from extractor import history

    console = Console(highlight=False, soft_wrap=True)
    if event is not None:
        found = history.life(output, event)
        if as_json:
            print(json.dumps(asdict(found), ensure_ascii=False))
        else:
            history.print_life(found, console)
        return
    rows = history.read(output)
    if not rows:
        raise OutputError(f"{output}: no run on record.", "Name a folder that `extractor run` wrote.")
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    else:
        history.print_runs(rows, console)


@app.command()
def schema(
    record: RecordArgument = None,
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
    examples: Annotated[
        bool, typer.Option("--examples/--no-examples", help="Also run examples and near misses.")
    ] = True,
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


@train_app.command("judge")
def train_judge(
    sets: Annotated[list[str], typer.Argument(help="Gold sets, each NAME=GOLD.jsonl:ARTICLES.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The weights file to write.", dir_okay=False)
    ],
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Write cross-validated predictions to this folder.")
    ] = None,
) -> None:
    """Train the judge on gold events, such as `extractor review export` writes, and tell how well it does.

    For every set: rules alone; the judge on blocks it was not trained on; the judge of the other sets only. Needs
    scikit-learn (`pip install 'extractor[train]'`). Use the weights with `extractor run --judge FILE`.

    Examples:

        extractor review export output gold.jsonl

        extractor train judge mine=gold.jsonl:articles -o judge.json

        extractor run articles -o output --judge judge.json
    """
    from extractor.training import train

    for told in train(sets, predictions):
        if isinstance(told, str):
            print(told, flush=True)
        else:
            told.write(output)
            errors.print(escape(f"written to {output}"))


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
    """Entry point: a user's mistake is one line on standard error and an exit status, never a traceback.

    Exit status: that of the command; 2 for a mistake; 130 when stopped with Ctrl-C; 141 when whoever reads
    standard output has gone.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app(prog_name="extractor")
    except ExtractorError as error:
        _fail(f"error: {error}", error.exit_code)
    except BrokenPipeError:
        _reader_gone()
    except SystemExit:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _reader_gone()
        raise


def _fail(message: str, status: int) -> None:
    errors.print(escape(" ".join(message.split())))
    sys.exit(status)


def _interrupted(number: int, frame: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise SystemExit(130)


def _reader_gone() -> None:
    """Send what is left to nowhere, so that Python's own flush at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(141)
