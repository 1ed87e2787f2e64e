"""One side of a comparison as it lies on disk: what is equal is passed over unread, the rest found by document."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from extractor.errors import InputError
from extractor.jsonl import parse
from extractor.matching import Fact
from extractor.reviews import Reviews
from extractor.reviews import load as load_reviews

DOCUMENT_KEY = re.compile(rb'"document": ?("(?:[^"\\]|\\.)*")')
Group = tuple[bytes, list[int], list[bytes]]


@dataclass
class Source:
    """One side on disk: where the lines of each document lie."""

    name: str
    events: Path
    documents: Path | None
    manifest: dict[str, Any]
    reviews: Reviews
    total: int = 0
    lines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[str, tuple[int, bytes]] = field(default_factory=dict)


def open_side(path: Path) -> Source:
    if not path.is_dir():
        return Source(str(path), path, None, {}, Reviews())
    documents, manifest = path / "documents.jsonl", path / "run.json"
    stated: Any = {}
    if manifest.is_file():
        stated = parse(manifest.read_bytes(), str(manifest))
    texts = documents if documents.is_file() else None
    return Source(str(path), path / "events.jsonl", texts, stated, load_reviews(path))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Byte offset and bytes of every line that is not blank."""
    try:
        with path.open("rb") as stream:
            offset = 0
            for line in stream:
                if line.strip():
                    yield offset, line
                offset += len(line)
    except FileNotFoundError:
        remedy = "Name the folder of a run, or an events.jsonl."
        raise InputError("missing", f"{path}: no such file.", remedy) from None
    except OSError as error:
        problem = f"{path}: cannot read: {error.strerror or error}."
        raise InputError("unreadable", problem, "Check its permissions.") from None


def _fingerprint(line: bytes) -> bytes:
    """Equal for lines that are equal but for the event's id and its incident's."""
    start = line.find(b'"document":') if line.startswith(b'{"id":') else 0
    incident = line.rfind(b'"incident":')
    rule = line.find(b'"rule":', incident)
    if start < 0 or incident < 0 or rule < 0:
        return blake2b(line, digest_size=16).digest()
    total = blake2b(memoryview(line)[start:incident], digest_size=16)
    total.update(memoryview(line)[rule:])
    return total.digest()


def _by_document(source: Source) -> Iterator[Group]:
    """Lines that follow each other and name one document: its name as written, their offsets, their bytes."""
    name = b""
    offsets: list[int] = []
    lines: list[bytes] = []
    for offset, line in _lines(source.events):
        source.total += 1
        start = line.find(b'"document":', 0, 64)
        key = line[start : line.find(b",", start)] if start >= 0 else b""
        if key != name and lines:
            yield name, offsets, lines
            offsets, lines = [], []
        name = key
        offsets.append(offset)
        lines.append(line)
    if lines:
        yield name, offsets, lines


def pass_equal_lines(a: Source, b: Source) -> int:
    """Note where the lines lie that have no equal on the other side; returns how many have one.

    Runs are sorted by document: where one is the same on both sides line by line, that is seen at once; other lines
    are looked up by fingerprint.
    """
    left: dict[bytes, list[int]] = defaultdict(list)
    right: list[tuple[bytes, int]] = []
    same = 0
    groups = [_by_document(a), _by_document(b)]
    one, other = (next(side, None) for side in groups)
    while one or other:
        first = one is not None and (other is None or one[0] <= other[0])
        second = other is not None and (one is None or other[0] <= one[0])
        if one and other and first and second and one[2] == other[2]:
            same += len(one[2])
        else:
            if one and first:
                for offset, line in zip(one[1], one[2], strict=True):
                    left[_fingerprint(line)].append(offset)
            if other and second:
                right += [
                    (_fingerprint(line), offset) for offset, line in zip(other[1], other[2], strict=True)
                ]
        one = next(groups[0], None) if first else one
        other = next(groups[1], None) if second else other
    alone = []
    for mark, offset in right:
        if left.get(mark):
            left[mark].pop()
            same += 1
        else:
            alone.append(offset)
    _file(a, sorted(offset for twins in left.values() for offset in twins))
    _file(b, alone)
    return same


def _file(source: Source, offsets: list[int]) -> None:
    """Note lines under their documents."""
    with source.events.open("rb") as stream:
        for offset in offsets:
            stream.seek(offset)
            source.lines[_document(stream.readline(), source.events)].append(offset)


def _document(line: bytes, path: Path) -> str:
    found = DOCUMENT_KEY.search(line)
    name = json.loads(found.group(1)) if found else parse(line, str(path)).get("document")
    if not isinstance(name, str):
        raise InputError("bad_record", f"{path}: an event names no document.", "Mend or remove the record.")
    return name


def find_texts(source: Source) -> None:
    """Note where each document lies, and a hash of its text."""
    if source.documents is None:
        return
    for offset, line in _lines(source.documents):
        article = parse(line, str(source.documents))
        try:
            mark = blake2b(article["text"].encode("utf-8", "surrogatepass"), digest_size=16).digest()
            source.texts[article["id"]] = (offset, mark)
        except (KeyError, TypeError, AttributeError):
            problem = f"{source.documents}: a line is no document."
            raise InputError("bad_record", problem, "Make the folder anew with `extractor run`.") from None


def renamed(a: Source, b: Source) -> dict[str, str]:
    """New name -> old name of documents whose text is the same under another name."""
    gone: dict[bytes, list[str]] = defaultdict(list)
    for name, (_, mark) in a.texts.items():
        if name not in b.texts:
            gone[mark].append(name)
    found = {}
    for name, (_, mark) in b.texts.items():
        if name not in a.texts and gone.get(mark):
            found[name] = gone[mark].pop(0)
    return found


def read_facts(source: Source, document: str, text: str | None) -> list[Fact]:
    offsets = source.lines.get(document, [])
    facts: list[Fact] = []
    if not offsets:
        return facts
    with source.events.open("rb") as stream:
        for offset in offsets:
            stream.seek(offset)
            line = stream.readline()
            where = f"{source.events}: byte {offset}"
            raw = parse(line, where)
            with an_event(where):
                facts.append(Fact(raw, text, line))
    return facts


@contextmanager
def an_event(where: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        problem = f"{where}: no event as a run writes it ({error})."
        raise InputError("bad_record", problem, "Make the folder anew with `extractor run`.") from None


def read_text(source: Source, document: str) -> str | None:
    if source.documents is None or document not in source.texts:
        return None
    with source.documents.open("rb") as stream:
        stream.seek(source.texts[document][0])
        text: str = parse(stream.readline(), str(source.documents))["text"]
        return text
