"""Reading: files, folders and JSONL streams in, `Article` records out, a `Rejection` for what gives none.

Text is kept as decoded; only line ends become \\n and a byte-order mark is dropped. Titles and dates are
taken where the document states them and left null where it does not. No document, however broken, raises.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from extractor.blocks import find_blocks
from extractor.errors import InputError
from extractor.formats import Page, decode, is_english, published_day, read_html, read_pdf, top_of_text
from extractor.schema import Article, Rejection
from extractor.sources import files

JSON_FIELDS = ("id", "text", "title", "published", "url", "publisher")
HTML = (".html", ".htm", ".xhtml")
JSONL = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
SUPPORTED = (".txt", ".text", ".md", *HTML, ".pdf", *JSONL)
LINE = ".jsonl"
# What makes an article of the bytes of a file, or of a line of JSONL, and their suffix: see `read_article`.
Reader = Callable[[bytes, str], Article]


def read_article(raw: bytes, suffix: str) -> Article:
    """The article in the bytes of one file, or in one line of JSONL. Depends on nothing but the two.

    Args:
        raw: the bytes.
        suffix: what kind of file they are of, as in `SUPPORTED`; ".jsonl" for a line.

    Returns:
        The article, its `id` and `source` what it states itself, else "".

    Raises:
        InputError: there is no article in it; says why.
    """
    if suffix == LINE:
        return _read_line(raw)
    if not raw.strip():
        raise InputError("empty", "the file is empty.", "Remove it or fetch it again.")
    if suffix == ".pdf" or raw.startswith(b"%PDF-"):
        page = read_pdf(raw)
    elif suffix in HTML:
        page = read_html(raw)
    else:
        page = Page(decode(raw))
    return _article(page, raw)


def read_articles(sources: Iterable[str], reader: Reader = read_article) -> Iterator[Article | Rejection]:
    """Read every document that the sources name.

    Args:
        sources: paths of files (.txt, .html, .htm, .pdf, .jsonl, .jsonl.gz), folders (read with all below
            them, in order of path; hidden files are left out), or "-" for JSONL on standard input.
        reader: what makes an article of bytes; one that remembers saves time.

    Yields:
        An `Article` for each document, its id unique in this call, or a `Rejection` naming the source, the
        reason and the remedy. A file met twice is read once.
    """
    ids = _Ids()
    for path, error in files(sources):
        if path is None:
            yield from _read_jsonl("<stdin>", sys.stdin.buffer, ids, reader)
        elif error is not None:
            yield _unreadable(path, error)
        else:
            yield from _read_file(path, ids, reader)


def _unreadable(path: Path, error: OSError) -> Rejection:
    detail = f"cannot be read: {error.strerror or error}. Check the file and its permissions."
    return Rejection(source=str(path), reason="unreadable", detail=detail)


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return next((s for s in sorted(SUPPORTED, key=len, reverse=True) if name.endswith(s)), "")


def _read_file(path: Path, ids: _Ids, reader: Reader) -> Iterator[Article | Rejection]:
    suffix = _suffix(path)
    try:
        if not path.exists():
            raise InputError("missing", "no such file or folder.", "Check the path.")
        if not path.is_file():
            raise InputError("unreadable", "not an ordinary file.", "Save its content as a file.")
        if not suffix:
            raise InputError(
                "unsupported",
                f"a file of type '{path.suffix or path.name}' is not read.",
                f"Convert it to one of {', '.join(SUPPORTED)}.",
            )
        if suffix in JSONL:
            yield from _read_jsonl_file(path, ids, reader)
            return
        article = reader(path.read_bytes(), suffix)
        article.id, article.source = ids.of_file(path, article.text), str(path)
        yield article
    except InputError as error:
        yield Rejection(source=str(path), reason=error.code, detail=f"{error.problem} {error.remedy}".strip())
    except OSError as error:
        yield _unreadable(path, error)


def _article(page: Page, raw: bytes, identity: str = "", source: str = "") -> Article:
    if not page.text.strip():
        raise InputError("empty", "there is no text in it.", "Remove it or fetch it again.")
    if not is_english(page.text):
        raise InputError("not_english", "the text is not English.", "Give an English translation.")
    blocks = find_blocks(page.text, page.hints)
    title, published = top_of_text(page.text, blocks)
    return Article(
        id=identity,
        source=source,
        sha256=hashlib.sha256(raw).hexdigest(),
        title=page.title or title,
        published=page.published or published,
        publisher=page.publisher,
        language="en",
        text=page.text,
        blocks=blocks,
    )


# ---------------------------------------------------------------- JSONL


def _read_jsonl_file(path: Path, ids: _Ids, reader: Reader) -> Iterator[Article | Rejection]:
    opener: Callable[..., Any] = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rb") as stream:
        yield from _read_jsonl(str(path), stream, ids, reader)


def _read_jsonl(name: str, stream: Any, ids: _Ids, reader: Reader) -> Iterator[Article | Rejection]:
    number, found = 0, False
    try:
        for number, raw in enumerate(_raw_lines(stream), start=1):
            if not raw.strip():
                continue
            found = True
            where = f"{name}:{number}"
            try:
                article = reader(raw, LINE)
                article.id, article.source = ids.of_record(article.id, article.text), article.source or where
                yield article
            except InputError as error:
                detail = f"line {number}: {error.problem} {error.remedy}".strip()
                yield Rejection(source=where, reason=error.code, detail=detail)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        yield Rejection(
            source=f"{name}:{number + 1}",
            reason="truncated",
            detail=f"the compressed file breaks off or is damaged after line {number}. Fetch it again.",
        )
        return
    if not found:
        yield Rejection(source=name, reason="empty", detail="no lines in it. Give one JSON object a line.")


def _raw_lines(stream: Any) -> Iterator[bytes]:
    """Lines as bytes of UTF-8; a UTF-16 stream, which some shells write, is recoded."""
    first = stream.readline()
    if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        whole = first + stream.read()
        yield from (line.encode("utf-8") for line in whole.decode("utf-16", errors="replace").split("\n"))
        return
    yield first.removeprefix(b"\xef\xbb\xbf")
    yield from stream


def _read_line(raw: bytes) -> Article:
    try:
        record = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError("encoding", "not UTF-8.", "Save JSONL as UTF-8.") from None
    except (json.JSONDecodeError, RecursionError) as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        raise InputError("bad_json", f"not JSON: {problem}.", "Give one JSON object a line.") from None
    if not isinstance(record, dict):
        raise InputError("bad_json", "not a JSON object.", 'Write {"text": "…"}.')
    for field in JSON_FIELDS:
        value = record.get(field)
        if value is None or isinstance(value, str) or (field == "id" and type(value) is int):
            continue
        raise InputError("bad_field", f"'{field}' is not a string.", "Mend the field or leave it out.")
    text = _clean(record.get("text") or "")
    if not text.strip():
        raise InputError("no_text", "'text' is missing or empty.", 'Give the article as "text".')
    published = record.get("published") or None
    day = published_day(published) if published else None
    if published and not day:
        raise InputError(
            "bad_field", f"'published' is no date: {published!r}.", "Write it as YYYY-MM-DD or leave it out."
        )
    identity = str(record.get("id") if record.get("id") is not None else "").strip()
    page = Page(
        text, title=record.get("title") or None, published=day, publisher=record.get("publisher") or None
    )
    return _article(page, raw, identity, record.get("url") or "")


def _clean(text: str) -> str:
    """Line ends as \\n, no byte-order mark, and no half surrogates, which cannot be written back as UTF-8."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", errors="replace").decode("utf-8")


# ---------------------------------------------------------------- ids


def slug(name: str) -> str:
    """`name` in lower-case ASCII letters, digits and hyphens: "Côte d’Ivoire_2" gives "cote-divoire-2"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", errors="ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:length]


class _Ids:
    """Hands out ids that are unique in one run; the same inputs in the same order get the same ids."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def of_file(self, path: Path, text: str) -> str:
        """The file's stem; where that is taken, with its folder's name before it."""
        stem = slug(path.name[: -len(_suffix(path))] if _suffix(path) else path.stem)
        parent = slug(path.resolve().parent.name)
        return self._take(
            [stem, f"{parent}-{stem}".strip("-")] if stem else [f"doc-{_digest(text, 12)}"], text
        )

    def of_record(self, identity: str, text: str) -> str:
        """The id the record gives, else one made from its text.

        Raises:
            InputError: the run has a document of the same id and text already.
        """
        identity = identity or f"doc-{_digest(text, 12)}"
        if self._taken.get(identity) == _digest(text, 64):
            raise InputError(
                "duplicate", f"the same document as an earlier '{identity}'.", "Remove one of the two."
            )
        return self._take([identity], text)

    def _take(self, wishes: list[str], text: str) -> str:
        wishes = [*wishes, f"{wishes[-1]}-{_digest(text, 8)}"]
        free = next((wish for wish in wishes if wish not in self._taken), None)
        number = 2
        while free is None:
            candidate = f"{wishes[-1]}-{number}"
            free = candidate if candidate not in self._taken else None
            number += 1
        self._taken[free] = _digest(text, 64)
        return free
