"""Documents through the pipeline, on this process or on several: what comes out is the same."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from spacy.language import Language

from extractor.entities import mention_rows
from extractor.errors import ExtractorError
from extractor.fingerprint import Options, of, settings
from extractor.parses import pack, unpack
from extractor.pipeline import load, make_doc, parse, read
from extractor.schema import Article, Block, Event, Rejection


@dataclass(frozen=True)
class Task:
    """An article to process, and its parse where an earlier run has kept it."""

    article: Article
    parse: bytes | None = None


@dataclass
class Processed:
    """What came of one article: its layout, events and mentions, or the reason there are none. `parse` is what
    a later run can begin from, None where this one began from it; `taken_over` is true for what an earlier run
    has found."""

    article: Article
    events: list[Event] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    sentences: int = 0
    failure: Rejection | None = None
    parse: bytes | None = None
    taken_over: bool = False

    def to_bytes(self) -> bytes:
        """What `restored` needs besides the article."""
        found = {
            "events": [event.model_dump() for event in self.events],
            "mentions": self.mentions,
            "sentences": self.sentences,
            "blocks": [block.model_dump() for block in self.article.blocks],
        }
        return json.dumps(found, ensure_ascii=False).encode("utf-8")


def restored(article: Article, kept: bytes) -> Processed:
    """What came of an article in an earlier run, of the bytes that `Processed.to_bytes` gave."""
    found = json.loads(kept)
    blocks = [Block(**block) for block in found["blocks"]]
    events = [Event.model_validate(event) for event in found["events"]]
    article = article.model_copy(update={"blocks": blocks})
    return Processed(article, events, found["mentions"], found["sentences"], taken_over=True)


_nlp: Language | None = None
_refusal: ExtractorError | None = None
_loaded: tuple[str, Language] | None = None


def loaded(options: Options) -> Language:
    """The pipeline for these options; the last one loaded where nothing it is made of has changed since."""
    global _loaded
    key = of([asdict(options), settings(options).digest()])
    if _loaded is None or _loaded[0] != key:
        if _loaded is not None:
            _forget_patterns()
        nlp = load(options.model, patterns=options.patterns, domain=options.domain, judge=options.judge)
        _loaded = key, nlp
    return _loaded[1]


def _forget_patterns() -> None:
    """Have pattern files read again: what was read is kept under the folder's path alone."""
    for name, module in list(sys.modules.items()):
        if name.startswith("extractor.") and name != "extractor.fingerprint":
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _start_worker(options: Options) -> None:
    """Load the pipeline in a worker. An error is kept for the first document: one raised here would only
    break the pool, and its message would be lost."""
    global _nlp, _refusal
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _nlp = loaded(options)
    except ExtractorError as error:
        _refusal = error


def _end_with_parent() -> None:
    """Nobody tells a worker that the run was killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(task: Task) -> Processed:
    if _refusal is not None:
        raise _refusal
    assert _nlp is not None
    return process(_nlp, task.article, task.parse)


def process(nlp: Language, article: Article, parsed: bytes | None = None) -> Processed:
    """Run the pipeline over one article. A failure is kept as a rejection; it never raises.

    Args:
        nlp: a pipeline from `pipeline.load`.
        article: the article.
        parsed: its parse, as `Processed.parse` of an earlier run gave it; then it is not parsed again.
    """
    try:
        if parsed is None:
            doc = make_doc(nlp, article.text, published=article.published)
            doc._.blocks = article.blocks or None  # a reader of HTML or PDF knows headings, lists and pages
            doc = parse(nlp, doc)
        else:
            doc = unpack(nlp, parsed)
        kept = pack(doc) if parsed is None else None
        doc._.document, doc._.published, doc._.title = article.id, article.published, article.title
        doc = read(nlp, doc)
        article = article.model_copy(update={"blocks": doc._.blocks or []})
        sentences = sum(1 for _ in doc.sents)
        rows = json.loads(json.dumps(mention_rows(doc)))  # as they come back from where they are kept
        return Processed(article, list(doc._.events or []), rows, sentences, parse=kept)
    except ExtractorError:
        raise  # a fault of the set-up, not of this document
    except Exception as error:
        detail = f"{type(error).__name__}: {error}. This is a fault in the extractor: please report it."
        return _failed(article, "processing_failed", detail)


def process_all(
    tasks: list[Task], options: Options, processes: int, done: Callable[[], None] = lambda: None
) -> Iterator[Processed]:
    """Process articles in order, on this process or on several. A document that kills its worker is rejected.

    Raises:
        ModelError, PatternError: see `pipeline.load`.
    """
    if processes <= 1 or len(tasks) <= 1:
        nlp = loaded(options)
        for task in tasks:
            yield process(nlp, task.article, task.parse)
            done()
        return
    position = 0
    while position < len(tasks):
        try:
            with _pool(min(processes, len(tasks)), options) as pool:
                with _undisturbed():
                    outcomes = pool.map(_work, tasks[position:], chunksize=1)
                for outcome in outcomes:
                    yield outcome
                    position += 1
                    done()
        except BrokenProcessPool:
            yield _alone(tasks[position], options)
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


def _alone(task: Task, options: Options) -> Processed:
    """Process one article in a worker of its own, to learn whether it was the one that killed the pool."""
    try:
        with _pool(1, options) as pool, _undisturbed():
            outcome = pool.submit(_work, task)
        return outcome.result()
    except BrokenProcessPool:
        detail = "the worker died on it (out of memory?). Split the document, or use fewer processes."
        return _failed(task.article, "worker_died", detail)


def _failed(article: Article, reason: str, detail: str) -> Processed:
    rejection = Rejection(source=article.source, reason=reason, detail=" ".join(detail.split()))
    return Processed(article, failure=rejection)
