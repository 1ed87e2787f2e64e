"""A run: articles in, five JSONL files and a manifest out.

What an earlier run into the same folder found is taken over for every document that has not changed, under
settings that have not; entities and incidents, which rest on all documents, are always joined anew. A run ends
in the same bytes whatever was taken over. See `extractor.cache` for how it is kept and written.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from extractor.articles import Reader, read_article, read_articles
from extractor.cache import FILES, MANIFEST, Cache, cannot_write, gathering, hold, keep_entry, remember
from extractor.decisions import Outcome, apply
from extractor.entities import entity_records
from extractor.errors import InputError, OutputError
from extractor.fingerprint import Options, Settings, of, of_run, settings
from extractor.history import entry
from extractor.incidents import join_incidents
from extractor.jsonl import read_records, write_jsonl, write_text
from extractor.locations import default_folder
from extractor.patterns import rule_digests
from extractor.pipeline import BEFORE_MODEL, READS
from extractor.registry import person_aliases
from extractor.reviews import Reviews
from extractor.reviews import load as load_reviews
from extractor.schema import Article, Entity, Event, Incident, Rejection
from extractor.sources import files
from extractor.workers import Processed, Task, process, process_all, restored

__all__ = ["FILES", "Options", "Result", "assemble", "collect", "process", "run", "write"]

PARSE_FILES = sorted({glob for stage in BEFORE_MODEL for glob in READS[stage]})
NOT_READ = ("missing", "unreadable", "truncated")  # reasons that say nothing of the documents that were there


@dataclass(frozen=True)
class Gone:
    """Documents of an earlier run that the inputs no longer hold: those kept, those removed."""

    kept: list[Article]
    removed: list[Article]


@dataclass
class Result:
    """Everything a run found, in output order.

    `taken_over` counts the documents that an earlier run had done. `gone` are documents of an earlier run that
    the inputs no longer hold, those kept in the output and those removed from it.
    """

    documents: list[Article]
    events: list[Event]
    entities: list[Entity]
    incidents: list[Incident]
    rejected: list[Rejection]
    sentences: int
    outcomes: list[Outcome] = field(default_factory=list)
    taken_over: int = 0
    gone: Gone = field(default_factory=lambda: Gone([], []))


def collect(sources: Iterable[str], reader: Reader = read_article) -> tuple[list[Article], list[Rejection]]:
    """Read every source; articles sorted by id."""
    articles: list[Article] = []
    rejected: list[Rejection] = []
    for item in read_articles(list(sources), reader):
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
        rows += _with_arguments(p.mentions, p.events)
        sentences += p.sentences
    entities = entity_records(rows, folder)
    events = _renamed(events, person_aliases(rows))
    applied = apply(reviews or Reviews(), {d.id: d.text for d in documents}, events, {e.id for e in entities})
    events, incidents = join_incidents(
        applied.events, entities, documents=documents, together=applied.together, apart=applied.apart
    )
    refused.sort(key=lambda r: (r.source, r.reason))
    return Result(documents, events, entities, incidents, refused, sentences, applied.outcomes)


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


def _renamed(events: list[Event], aliases: dict[str, str]) -> list[Event]:
    """Events with the ids that entities have once spellings of a name are joined."""
    if not aliases:
        return events
    renamed = []
    for event in events:
        if aliases.keys().isdisjoint(
            [*(x.entity for x in event.arguments), *(x.entity for x in event.attribution)]
        ):
            renamed.append(event)
            continue
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
        write_text(output / MANIFEST, json.dumps(manifest(result, options, seconds), indent=2) + "\n")
    except OSError as error:
        raise cannot_write(output, error) from None


def manifest(result: Result, options: Options, seconds: float) -> dict[str, Any]:
    """What made this output: versions, digests, options, counts and timings."""
    used = settings(options)
    return {
        "version": used.version,
        "code": used.code,
        "libraries": used.libraries,
        "model": used.model,
        "judge": used.judge,
        "patterns": of(used.patterns),
        "pattern_files": used.patterns,
        "pattern_rules": rule_digests(Path(options.patterns) if options.patterns else default_folder()),
        "gazetteer": used.gazetteer,
        "options": {"domain": options.domain, "judge": options.judge},
        "counts": counts(result),
        "kept": [article.id for article in result.gone.kept],
        "timings": {"seconds": round(seconds, 3)},
    }


def counts(result: Result) -> dict[str, Any]:
    """How much of everything a run found."""
    return {
        "documents": len(result.documents),
        "sentences": result.sentences,
        "events": len(result.events),
        "entities": len(result.entities),
        "incidents": len(result.incidents),
        "rejected": len(result.rejected),
        "events_by_type": dict(sorted(Counter(e.type for e in result.events).items())),
        "decisions": dict(sorted(Counter(o.status for o in result.outcomes).items())),
    }


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
    fresh: bool = False, keep: bool = True, prune: bool = False,
    started: Callable[[int], None] = lambda n: None, done: Callable[[], None] = lambda: None,
) -> tuple[Result, float]:  # fmt: skip
    """The main job.

    Args:
        sources: files, folders, or "-" for JSONL on standard input.
        output: folder to write to; None to write nothing.
        options: what shapes the result.
        processes: worker processes; any number gives the same bytes.
        fresh: do everything anew, whatever an earlier run has kept.
        keep: take over what an earlier run has kept, and keep what this one does.
        prune: remove documents of earlier runs that the sources no longer hold.
        started: called once with the number of documents.
        done: called after each document.

    Returns:
        The result and the seconds it took.

    Raises:
        OutputError: unwritable output folder, or another run holds it. ModelError, PatternError: see
            `pipeline.load`.
    """
    options = options or Options()
    begin = time.perf_counter()
    sources = list(sources)
    folder = Path(options.patterns) if options.patterns else None
    if output is None:
        articles, rejected = collect(sources)
        started(len(articles))
        tasks = [Task(article) for article in articles]
        result = assemble(process_all(tasks, options, processes, done) if tasks else [], rejected, folder)
        return result, time.perf_counter() - begin
    _check_apart(sources, output)
    with hold(output) as place:
        used = settings(options)
        fingerprint = of_run(
            sources, used, output
        )  # before reading: a change meanwhile shows in the next run
        cache = Cache(place / "work.sqlite" if keep else None, fresh=fresh)
        try:
            articles, rejected = collect(sources, _remembering(cache, used))
            gone = _gone(output, sources, articles, rejected, prune)
            articles = sorted([*articles, *gone.kept], key=lambda a: a.id)
            started(len(articles))
            processed = _process(articles, options, used, cache, processes, done)
            result = assemble(processed, rejected, folder, load_reviews(output))
            result.gone = gone
            result.taken_over = sum(p.taken_over for p in processed)
            seconds = time.perf_counter() - begin
            with gathering(output, place) as draft:
                write(result, draft, options, seconds)
                if (line := entry(output, draft)) is not None:
                    keep_entry(draft, line)
            cache.forget_unused()
        finally:
            cache.close()
        failed = any(p.failure for p in processed)
        remember(output, place, None if failed else fingerprint)
    return result, seconds


def _remembering(cache: Cache, used: Settings) -> Reader:
    """A reader that takes from the cache what it has read before."""
    reading = used.read_digest()

    def reader(raw: bytes, suffix: str) -> Article:
        key = of([reading, suffix, sha256(raw).hexdigest()])
        kept = cache.get("article", key)
        if kept is not None:
            return Article.model_validate_json(kept)
        article = read_article(raw, suffix)
        cache.put("article", key, article.model_dump_json().encode("utf-8"))
        return article

    return reader


def _process(
    articles: list[Article], options: Options, used: Settings, cache: Cache, processes: int,
    done: Callable[[], None],
) -> list[Processed]:  # fmt: skip
    """Process what no earlier run has done, from its parse where that still stands. A document that fails is
    not kept, so the next run tries it again."""
    whole, parsing = used.digest(), used.parse_digest(PARSE_FILES)
    found: list[Processed] = []
    tasks: list[Task] = []
    keys: dict[str, tuple[str, str]] = {}
    for article in articles:
        blocks = [block.model_dump() for block in article.blocks]
        parse_key = of([parsing, article.published, article.text, blocks])
        key = of([whole, parse_key, article.id, article.title])
        kept = cache.get("result", key)
        if kept is not None:
            cache.still_used("parse", [parse_key])
            found.append(restored(article, kept))
            done()
        else:
            tasks.append(Task(article, cache.get("parse", parse_key)))
            keys[article.id] = parse_key, key
    for p in process_all(tasks, options, processes, done) if tasks else ():
        if p.failure is None:
            parse_key, key = keys[p.article.id]
            if p.parse is not None:
                cache.put("parse", parse_key, p.parse)
                p.parse = None
            cache.put("result", key, p.to_bytes())
        found.append(p)
    return found


def _gone(
    output: Path, sources: list[str], articles: list[Article], rejected: list[Rejection], prune: bool
) -> Gone:
    """What becomes of the documents of earlier runs that the sources no longer hold.

    Gone with their file, they are kept unless asked otherwise. Gone from a file that is still read, or there
    under another name, they are not kept: the file says what it holds.

    Raises:
        OutputError: the documents of the earlier run cannot be read.
    """
    path = output / "documents.jsonl"
    try:
        before = list(read_records(path, Article)) if path.is_file() else []
    except InputError as error:
        raise OutputError(error.problem, "Remove the file, or name another folder with -o.") from None
    ids = {article.id for article in articles}
    same = {article.sha256 for article in articles}
    unread = {_file(r.source) for r in rejected if r.reason in NOT_READ}
    read = {"<stdin>" if file is None else str(file) for file, _ in files(sources)} - unread
    held = {article.source for article in articles} | read
    kept: list[Article] = []
    removed: list[Article] = []
    for article in before:
        if article.id in ids or article.sha256 in same:
            continue
        replaced = article.source in held or _file(article.source) in read
        (removed if replaced or (prune and not unread) else kept).append(article)
    return Gone(kept, removed)


def _file(source: str) -> str:
    """The file that a document comes from: "a.jsonl" of "a.jsonl:3"."""
    file, _, line = source.rpartition(":")
    return file if line.isdigit() else source
