"""People: titles before names, offices and affiliations, and the short forms by which a text goes on to
name them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from rapidfuzz.distance import JaroWinkler
from spacy.tokens import Doc

from extractor.knowledge import fold, slug
from extractor.mentions import Mention
from extractor.patterns import Rule, read_rules

# A variant of a name must be this alike, part by part. Droukdel and Droukdal: 0.95; Koufa and Kouffa: 0.97;
# Hassan and Hussein: 0.82; Mohamed and Mahmoud: 0.84.
ALIKE = 0.93
PARTICLES = {
    "al", "el", "ag", "ould", "uld", "bin", "ibn", "ben", "bint", "abu", "abou", "um", "umm", "de", "da",
    "di", "du", "del", "dos",
             "van", "von", "der", "den", "la", "le", "ul", "ur", "und", "y", "ait", "ad", "az", "as", "ash",
             "an",
         }  # fmt: skip


class TitleClass(Rule):
    """Words that stand before personal names."""

    words: list[str] = Field(default_factory=list)


_NOT_CAPITAL = {
    "fighter",
    "officer",
    "head",
    "member",
    "militant",
    "operative",
    "soldier",
    "citizen",
    "leader",
}


class Titles:
    """The titles by their words, longest first."""

    def __init__(self, classes: Iterable[TitleClass]) -> None:
        self.words: dict[tuple[str, ...], str] = {}
        for rule in classes:
            capitals = [word[0].upper() + word[1:] for word in rule.words if word not in _NOT_CAPITAL]
            for word in dict.fromkeys([*rule.words, *capitals]):
                parts = word.replace("-", " - ").split()
                self.words.setdefault(tuple(parts), rule.id)
                split = [
                    piece for part in parts for piece in ([part[:-1], "."] if part[-1] == "." else [part])
                ]
                self.words.setdefault(tuple(split), rule.id)
        self.longest = max(len(words) for words in self.words)

    def at(self, doc: Doc, start: int, limit: int) -> tuple[int, str] | None:
        """(end, class) of the longest title that begins at `start` and ends before `limit`."""
        for length in range(min(self.longest, limit - start), 0, -1):
            words = tuple(token.text for token in doc[start : start + length])
            if words in self.words:
                return start + length, self.words[words]
        return None

    def before(self, doc: Doc, end: int) -> tuple[int, str] | None:
        """(start, class) of the longest title that ends at `end`."""
        for length in range(min(self.longest, end), 0, -1):
            words = tuple(token.text for token in doc[end - length : end])
            if words in self.words:
                return end - length, self.words[words]
        return None


@lru_cache(maxsize=4)
def load_titles(folder: Path) -> Titles:
    """Read titles.toml of a patterns folder. Cached per folder."""
    return Titles(read_rules([folder / "entities" / "titles.toml"], "titles", TitleClass))


def strip_titles(doc: Doc, start: int, end: int, titles: Titles) -> tuple[int, list[tuple[int, int, str]]]:
    """The start of a name past its titles, and the titles as (start, end, class)."""
    dropped = []
    while start < end - 1 and (hit := titles.at(doc, start, end - 1 if end - start > 1 else end)):
        dropped.append((start, hit[0], hit[1]))
        start = hit[0]
    return start, dropped


def describe(doc: Doc, mention: Mention, names: list[Mention], titles: Titles) -> None:
    """Note office and affiliation from the words just before a personal name ("JNIM leader X")."""
    position = mention.start
    office: tuple[int, int] | None = None
    while hit := titles.before(doc, position):
        if hit[1] in ("office", "rank"):
            office = (hit[0], office[1] if office else position)
        position = hit[0]
    if office is not None:
        span = doc[office[0] : office[1]]
        mention.attributes["office"] = {"text": span.text, "start": span.start_char, "end": span.end_char}
    for other in names:
        if office is not None and other.end == position and other.entity and other.kind != "person":
            mention.attributes["affiliation"] = other.entity


def person_id(name: str) -> str:
    """The canonical id of a person with this full name."""
    return f"person/{slug(name)}"


def same_person(one: str, other: str) -> bool:
    """Whether two full names are spellings of one: as many parts, each alike, first letters equal."""
    a, b = _parts(one), _parts(other)
    if len(a) != len(b) or not a:
        return False
    if a[-1] == b[-1] and len(a) == 2 and a[0][0] == b[0][0] and JaroWinkler.similarity(a[0], b[0]) >= 0.88:
        return True
    return all(
        x[0] == y[0] and (x == y or (min(len(x), len(y)) > 3 and JaroWinkler.similarity(x, y) >= ALIKE))
        for x, y in zip(a, b, strict=True)
    )


@lru_cache(maxsize=1 << 16)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(re.sub(r"([^\W\d])\1", r"\1", word) for word in fold(name) if word not in ("al",))


def is_short_form(short: str, full: str) -> bool:
    """Whether `short` can stand for `full`: its last part or parts ("Keita", "Ag Ghaly"), its first name
    with its last, or its initials ("IBK")."""
    a, b = _parts(short), _parts(full)
    if not a or len(a) >= len(b):
        return short.isupper() and len(short) == len(b) > 2 and short.lower() == "".join(w[0] for w in b)
    if all(_alike(x, y) for x, y in zip(a, b[-len(a) :], strict=True)):
        return a[0] not in PARTICLES or len(a) > 1
    if len(a) > 1 and _alike(a[0], b[0]) and _alike(a[-1], b[-1]):
        return True
    return short.isupper() and len(short) == len(b) > 2 and short.lower() == "".join(w[0] for w in b)


def _alike(x: str, y: str) -> bool:
    return x == y or (x[0] == y[0] and min(len(x), len(y)) > 3 and JaroWinkler.similarity(x, y) >= ALIKE)


def join_people(doc: Doc, people: list[Mention]) -> None:
    """Give every mention of one person in the document one id, that of the fullest name.

    A short form takes the fullest earlier name it fits, else a later one; where it fits several different
    people equally, the nearest before it.
    """
    full: dict[str, list[Mention]] = {}
    for mention in sorted(people, key=lambda m: (-len(_parts(m.text(doc))), m.start)):
        text = mention.text(doc)
        fits = [
            other
            for name, borne in full.items()
            if is_short_form(text, name) or same_person(text, name)
            for other in borne
        ]
        if fits:
            before = [other for other in fits if other.start < mention.start]
            chosen = max(before, key=lambda m: m.start) if before else min(fits, key=lambda m: m.start)
            mention.entity = chosen.entity
        else:
            mention.entity = mention.entity or person_id(text)
        if len(_parts(text)) > 1 or not fits:
            full.setdefault(text, []).append(mention)
