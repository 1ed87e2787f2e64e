"""A run: articles in, five JSONL files and a manifest out.

Documents are processed one by one (on one process or many), sorted by id, joined into entities and incidents,
and written atomically: a file is either the whole new one or the old one.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import platform
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spacy.language import Language

from extractor.articles import read_articles
from extractor.decisions import Outcome, apply
from extractor.entities import entity_records, mention_rows
from extractor.errors import ExtractorError, OutputError
from extractor.incidents import join_incidents
from extractor.jsonl import write_jsonl, write_text
from extractor.patterns import default_folder, digest, digests, rule_digests
from extractor.pipeline import load, make_doc, model_folder
from extractor.registry import person_aliases
from extractor.reviews import Reviews
from extractor.reviews import load as load_reviews
from extractor.schema import Article, Entity, Event, Incident, Rejection

FILES = ("events.jsonl", "entities.jsonl", "incidents.jsonl", "documents.jsonl", "rejected.jsonl")


@dataclass(frozen=True)
class Options:
    """What shapes the result of a run; stands in run.json."""

    model: str | None = None
    patterns: str | None = None
    domain: str = "auto"
    judge: bool | str = True


@dataclass
class Processed:
    """What came of one article: its layout, events and mentions, or the reason there are none."""

    article: Article
    events: list[Event] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    sentences: int = 0
    failure: Rejection | None = None


@dataclass
class Result:
    """Everything a run found, in output order."""

    documents: list[Article]
    events: list[Event]
    entities: list[Entity]
    incidents: list[Incident]
    rejected: list[Rejection]
    sentences: int
    outcomes: list[Outcome] = field(default_factory=list)


_nlp: Language | None = None
_refusal: ExtractorError | None = None


def _load(options: Options) -> Language:
    return load(options.model, patterns=options.patterns, domain=options.domain, judge=options.judge)


def _start_worker(options: Options) -> None:
    """Load the pipeline in a worker. An error is kept for the first document: one raised here would only
    break the pool, and its message would be lost."""
    global _nlp, _refusal
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _nlp = _load(options)
    except ExtractorError as error:
        _refusal = error


def _work(article: Article) -> Processed:
    if _refusal is not None:
        raise _refusal
    assert _nlp is not None
    return process(_nlp, article)


def process(nlp: Language, article: Article) -> Processed:
    """Run the pipeline over one article. A failure is kept as a rejection; it never raises."""
    try:
        doc = make_doc(
            nlp, article.text, document=article.id, published=article.published, title=article.title
        )
        doc._.blocks = article.blocks or None  # a reader of HTML or PDF knows headings, lists and pages
        doc = nlp(doc)
        article = article.model_copy(update={"blocks": doc._.blocks or []})
        sentences = sum(1 for _ in doc.sents)
        events = list(doc._.events or [])
        return Processed(article, events, _with_arguments(mention_rows(doc), events), sentences)
    except ExtractorError:
        raise  # a fault of the set-up, not of this document
    except Exception as error:
        detail = f"{type(error).__name__}: {error}. This is a fault in the extractor: please report it."
        return _failed(article, "processing_failed", detail)


def _with_arguments(rows: list[dict[str, Any]], events: list[Event]) -> list[dict[str, Any]]:
    """The mentions, and those that only an event makes: "Belarus" that arrests people is a government."""
    seen = {(row["entity"], row["start"], row["end"]) for row in rows}
    added = []
    for event in events:
        for a in event.arguments:
            if a.entity is None or a.kind is None or (a.entity, a.start, a.end) in seen:
                continue
            if a.refers_to is None:
                seen.add((a.entity, a.start, a.end))
                added.append(
                    {"document": event.document, "text": a.text, "start": a.start, "end": a.end,
                     "rule": f"argument/{a.role}", "kind": a.kind, "entity": a.entity, "form": "name",
                     "attributes": {}}
                )  # fmt: skip
    return rows + added


def process_all(
    articles: list[Article], options: Options, processes: int, done: Callable[[], None] = lambda: None
) -> Iterator[Processed]:
    """Process articles in order, on this process or on several. A document that kills its worker is rejected.

    Raises:
        ModelError, PatternError: see `pipeline.load`.
    """
    if processes <= 1 or len(articles) <= 1:
        nlp = _load(options)
        for article in articles:
            yield process(nlp, article)
            done()
        return
    position = 0
    while position < len(articles):
        try:
            with _pool(min(processes, len(articles)), options) as pool:
                with _undisturbed():
                    outcomes = pool.map(_work, articles[position:], chunksize=1)
                for outcome in outcomes:
                    yield outcome
                    position += 1
                    done()
        except BrokenProcessPool:
            yield _alone(articles[position], options)
            position += 1
            done()


@contextmanager
def _pool(processes: int, options: Options) -> Iterator[ProcessPoolExecutor]:
    """Workers that are stopped, not waited for, when the run is."""
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(processes, context, _start_worker, (options,))
    try:
        yield pool
    except BaseException:
        # The pool's own thread complains of futures cancelled under it; nobody needs to read that.
        before, threading.excepthook = threading.excepthook, lambda args: None
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        pool.shutdown(cancel_futures=True)
        threading.excepthook = before
        raise
    pool.shutdown()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold Ctrl-C off while workers start: they take over how it is handled, and leave it to this process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _alone(article: Article, options: Options) -> Processed:
    """Process one article in a worker of its own, to learn whether it was the one that killed the pool."""
    try:
        with _pool(1, options) as pool, _undisturbed():
            outcome = pool.submit(_work, article)
        return outcome.result()
    except BrokenProcessPool:
        detail = "the worker died on it (out of memory?). Split the document, or use fewer processes."
        return _failed(article, "worker_died", detail)


def _failed(article: Article, reason: str, detail: str) -> Processed:
    rejection = Rejection(source=article.source, reason=reason, detail=" ".join(detail.split()))
    return Processed(article, failure=rejection)


def collect(sources: Iterable[str]) -> tuple[list[Article], list[Rejection]]:
    """Read every source; articles sorted by id."""
    articles: list[Article] = []
    rejected: list[Rejection] = []
    for item in read_articles(list(sources)):
        if isinstance(item, Article):
            articles.append(item)
        else:
            rejected.append(item)
    articles.sort(key=lambda a: a.id)
    return articles, rejected


def assemble(
    processed: Iterable[Processed], rejected: Sequence[Rejection], folder: Path | None = None,
    reviews: Reviews | None = None,
) -> Result:  # fmt: skip
    """Join what the documents gave, and what reviewers decided on it, into one result, in order of document id."""
    documents: list[Article] = []
    events: list[Event] = []
    rows: list[dict[str, Any]] = []
    sentences = 0
    refused = list(rejected)
    for p in sorted(processed, key=lambda p: p.article.id):
        if p.failure is not None:
            refused.append(p.failure)
            continue
        documents.append(p.article)
        events += p.events
        rows += p.mentions
        sentences += p.sentences
    entities = entity_records(rows, folder)
    events = _renamed(events, person_aliases(rows))
    applied = apply(reviews or Reviews(), {d.id: d.text for d in documents}, events, {e.id for e in entities})
    events, incidents = join_incidents(
        applied.events, entities, together=applied.together, apart=applied.apart
    )
    refused.sort(key=lambda r: (r.source, r.reason))
    return Result(documents, events, entities, incidents, refused, sentences, applied.outcomes)


def _renamed(events: list[Event], aliases: dict[str, str]) -> list[Event]:
    """Events with the ids that entities have once spellings of a name are joined."""
    if not aliases:
        return events
    renamed = []
    for event in events:
        event = event.model_copy(deep=True)
        for argument in event.arguments:
            argument.entity = aliases.get(argument.entity or "", argument.entity)
        for speaker in event.attribution:
            speaker.entity = aliases.get(speaker.entity or "", speaker.entity)
        renamed.append(event)
    return renamed


def write(result: Result, output: Path, options: Options, seconds: float) -> None:
    """Write the five files and the manifest, each atomically.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        write_jsonl(output / "events.jsonl", result.events)
        write_jsonl(output / "entities.jsonl", result.entities)
        write_jsonl(output / "incidents.jsonl", result.incidents)
        write_jsonl(output / "documents.jsonl", result.documents)
        write_jsonl(output / "rejected.jsonl", result.rejected)
        write_text(output / "run.json", json.dumps(manifest(result, options, seconds), indent=2) + "\n")
    except OSError as error:
        raise OutputError(
            f"{output}: cannot write: {error.strerror or error}.", "Name a folder you may write to with -o."
        ) from None


def manifest(result: Result, options: Options, seconds: float) -> dict[str, Any]:
    """What made this output: versions, digests, options, counts and timings."""
    folder = Path(options.patterns) if options.patterns else default_folder()
    return {
        "version": version("extractor"),
        "model": {"name": options.model or "shipped", "digest": model_digest(options.model)},
        "patterns": digest(folder),
        "pattern_files": digests(folder),
        "pattern_rules": rule_digests(folder),
        "options": {"domain": options.domain, "judge": options.judge},
        "counts": {
            "documents": len(result.documents),
            "sentences": result.sentences,
            "events": len(result.events),
            "entities": len(result.entities),
            "incidents": len(result.incidents),
            "rejected": len(result.rejected),
            "events_by_type": dict(sorted(Counter(e.type for e in result.events).items())),
            "decisions": dict(sorted(Counter(o.status for o in result.outcomes).items())),
        },
        "timings": {"seconds": round(seconds, 3), "python": platform.python_version()},
    }


def model_digest(model: str | None) -> str | None:
    """SHA-256 over the files of the shipped model or of a model folder; None for an installed package."""
    folder = Path(model) if model else model_folder()
    if not folder.is_dir():
        return None
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def check_writable(output: Path) -> None:
    """Refuse an output folder that cannot be written before any work is done."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        probe = output / ".write-probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"{output}: cannot write: {error.strerror or error}.", "Name a folder you may write to with -o."
        ) from None


def _check_apart(sources: list[str], output: Path) -> None:
    """Refuse an output folder inside a source folder: the next run would read it as articles."""
    for source in sources:
        if (
            source != "-"
            and Path(source).is_dir()
            and output.resolve().is_relative_to(Path(source).resolve())
        ):
            raise OutputError(
                f"{output}: lies inside the source folder {source}, so the next run would read it.",
                "Name a folder outside it with -o.",
            )


def run(
    sources: Iterable[str], output: Path | None, options: Options | None = None, *, processes: int = 1,
    started: Callable[[int], None] = lambda n: None, done: Callable[[], None] = lambda: None,
) -> tuple[Result, float]:  # fmt: skip
    """The main job.

    Args:
        sources: files, folders, or "-" for JSONL on standard input.
        output: folder to write to; None to write nothing.
        options: what shapes the result.
        processes: worker processes; any number gives the same bytes.
        started: called once with the number of documents.
        done: called after each document.

    Returns:
        The result and the seconds it took.

    Raises:
        OutputError: unwritable output folder. ModelError, PatternError: see `pipeline.load`.
    """
    options = options or Options()
    begin = time.perf_counter()
    sources = list(sources)
    if output is not None:
        _check_apart(sources, output)
        check_writable(output)
    articles, rejected = collect(sources)
    started(len(articles))
    folder = Path(options.patterns) if options.patterns else None
    reviews = load_reviews(output) if output is not None else None
    processed = process_all(articles, options, processes, done) if articles else []
    result = assemble(processed, rejected, folder, reviews)
    seconds = time.perf_counter() - begin
    if output is not None:
        write(result, output, options, seconds)
    return result, seconds
