"""Knowledge of actors: the entries of `patterns/groups`, countries and peoples, and a fast matcher of their
forms.

A form is matched word by word after folding (see `fold`), so spelling variants that differ in diacritics,
hyphens, apostrophes, the Arabic article or common transliterations are one form. Forms are kept in a trie
of words, which is built once and read in time linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field
from spacy.tokens import Doc

from extractor.patterns import Group, Rule, read_groups, read_rules

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "ß": "ss",
        "æ": "ae",
        "ɓ": "b",
        "ɗ": "d",
    }
)
_APOSTROPHES = re.compile("['’‘ʼʿʾʻ`´′]")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_POSSESSIVE = re.compile(r"(?<=\w)['’]s?$")
_ARTICLES = {"al", "el", "ul", "ad", "as", "ash", "at", "an", "ar", "az", "il"}
_PARTICLES = _ARTICLES | {
    "of",
    "the",
    "for",
    "and",
    "in",
    "on",
    "to",
    "wal",
    "wa",
    "bin",
    "de",
    "du",
    "la",
    "le",
    "et",
    "des",
    "s",
}
BARRIER = "\0"


@lru_cache(maxsize=200_000)
def fold_word(word: str) -> str:
    """One word without case, diacritics and apostrophes, Arabic endings and long vowels made one.

    "Qa'ida" and "Qaida", "Islamiyya" and "Islamiya", "Jama'at", "Jamaat" and "Jama'a" fold alike.
    """
    plain = _bare(word).lower()
    if plain in _ARTICLES:
        return "al"
    if plain in ("dine", "deen", "dyn"):
        return "din"
    if len(plain) < 5:
        return plain
    if plain in ("jamaa", "jamaat", "jemaah", "jamaah", "gamaa", "jemaa", "jamat", "djamaat", "djamaa"):
        return "jamat"
    if plain in ("qaeda", "qaida", "qaidah", "kaida", "kaeda"):
        return "qaida"
    plain = re.sub(r"iyy?ah?$", "iya", plain)
    plain = plain.replace("ee", "i").replace("oo", "u").replace("ou", "u").replace("aa", "a")
    return plain[:-1] if plain.endswith("ah") else plain


def _bare(word: str) -> str:
    if word.isalnum() and word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", word.translate(_LETTERS)))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=200_000)
def split_words(text: str) -> tuple[str, ...]:
    """The words of a form or a token as written, without dots in abbreviations: "al-Qa'ida" gives al, Qa'ida;
    "Lord's" gives Lord, s; "U.N." gives UN. A stretch that is all punctuation but hyphens gives a barrier."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return tuple(text.split())
    if re.fullmatch(r"[\s'’‘ʼʿʾ`´\-‐‑–.]+", text):
        return ()
    text = text.replace("&", " and ")
    if re.search(r"\w", text) is None:
        return (BARRIER,)
    words: list[str] = []
    for part in re.split(r"[\s\-‐‑–—/]+", text):
        if re.fullmatch(r"(?:\w\.)+\w?\.?", part):
            words.append(part.replace(".", ""))
            continue
        possessive = _POSSESSIVE.search(part)
        stem = part[: possessive.start()] if possessive else part
        found = _WORD.findall(_APOSTROPHES.sub("", stem))
        words.extend(found)
        if possessive and possessive.group().lower().endswith("s"):
            words.append("s")
    return tuple(words)


def fold(text: str) -> tuple[str, ...]:
    """The folded words of a form: what two spellings of one name have in common."""
    return tuple(fold_word(word) for word in split_words(text))


def slug(text: str) -> str:
    """A name as the last part of an id: lower-case ASCII words joined by hyphens."""
    return "-".join(w for w in re.findall(r"[a-z0-9]+", _bare(text).lower()))


class Country(Rule):
    """A country: id is its ISO 3166-1 code."""

    name: str
    aliases: list[str] = Field(default_factory=list)
    adjectives: list[str] = Field(default_factory=list)
    people: list[str] = Field(default_factory=list)
    seats: list[str] = Field(default_factory=list)


class People(Rule):
    """An ethnic, religious or regional people."""

    name: str
    aliases: list[str] = Field(default_factory=list)
    countries: list[str] = Field(default_factory=list)


class Region(Rule):
    """A region that the gazetteer lacks; id is its place id."""

    name: str
    aliases: list[str] = Field(default_factory=list)
    countries: list[str] = Field(default_factory=list)


Sort = Literal["group", "country", "adjective", "demonym", "seat", "people", "region"]


class Form(NamedTuple):
    """One way of writing one entry. `exact` forms (acronyms) match by case; `ambiguous` ones need support."""

    text: str
    entry: str
    kind: str
    sort: Sort
    exact: bool = False
    ambiguous: bool = False


@dataclass
class Match:
    """Forms that match the tokens [start, end). More than one form means that entries share it."""

    start: int
    end: int
    forms: tuple[Form, ...]


_Node = dict[str, Any]  # the next word to its node; FORMS to the forms that end here
_FORMS = "\0forms"


class Matcher:
    """A trie over folded words (names) and one over words as written (acronyms).

    Forms lie by their first word until a text has that word; only then is their branch made. Building is
    therefore quick however many forms there are, and a short text pays for few of them.
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        self._names: _Node = {}
        self._acronyms: _Node = {}
        self._waiting: tuple[dict[str, list[Form]], dict[str, list[Form]]] = ({}, {})
        for form in forms:
            self.add(form)

    def add(self, form: Form) -> None:
        """Add one form; a form that comes again for the same entry is ignored."""
        word = _first_word(form.text)
        if word is not None:
            key = _bare(word) if form.exact else fold_word(word)
            self._waiting[form.exact].setdefault(key, []).append(form)

    def _branch(self, exact: bool, key: str) -> _Node | None:
        """The node after a first word, with the forms that waited for it."""
        root = self._acronyms if exact else self._names
        for form in self._waiting[exact].pop(key, ()):
            written = split_words(form.text)
            words = tuple(_bare(w) for w in written) if exact else tuple(fold_word(w) for w in written)
            if BARRIER in words:
                continue
            node = root
            for word in words:
                node = node.setdefault(word, {})
            here = node.setdefault(_FORMS, [])
            if not any(known.entry == form.entry and known.sort == form.sort for known in here):
                here.append(form)
        return root.get(key)

    def find(self, doc: Doc) -> list[Match]:
        """Every longest match, left to right, on token boundaries and within one sentence's words.

        A name must be capitalised as the form is; an acronym must be written as the form is.
        """
        words = [(word, t.i) for t in doc if not _is_inner(doc, t.i) for word in split_words(t.text)]
        firsts = {n for n in range(len(words)) if n == 0 or words[n - 1][1] != words[n][1]}
        matches: list[Match] = []
        position = 0
        while position < len(words):
            best: Match | None = None
            length = 1
            if position in firsts and words[position][0] != BARRIER:
                for end, forms in self._walk(words, position):
                    if end < len(words) and end not in firsts:
                        continue
                    if (
                        words[position][0].lower() == "the"
                        and self._reaches(words, position + 1, firsts) > end
                    ):
                        continue  # "The Gulf Clan" is no Gulf
                    start_token, end_token = words[position][1], words[end - 1][1] + 1
                    best = Match(start_token, end_token, forms)
                    length = end - position
            if best is not None:
                matches.append(best)
            position += length
        return matches

    def _reaches(self, words: list[tuple[str, int]], start: int, firsts: set[int]) -> int:
        """Where the longest match from `start` ends, 0 where there is none."""
        if start >= len(words) or start not in firsts or words[start][0] == BARRIER:
            return 0
        ends = [end for end, _ in self._walk(words, start) if end >= len(words) or end in firsts]
        return ends[-1] if ends else 0

    def _walk(self, words: list[tuple[str, int]], start: int) -> Iterator[tuple[int, tuple[Form, ...]]]:
        """(end, forms) of every match from `start`, shortest first; acronyms after names of equal length."""
        found: dict[int, list[Form]] = {}
        for exact in (False, True):
            node: _Node = {}
            position = start
            while position < len(words):
                word = words[position][0]
                key = _bare(word) if exact else fold_word(word)
                following = self._branch(exact, key) if position == start else node.get(key)
                if following is None:
                    break
                node, position = following, position + 1
                if here := node.get(_FORMS):
                    written = [w for w, _ in words[start:position]]
                    fitting = [f for f in here if exact or _capitalised_alike(f.text, written)]
                    if fitting:
                        found.setdefault(position, []).extend(fitting)
        for end in sorted(found):
            yield end, tuple(found[end])


@lru_cache(maxsize=200_000)
def _first_of(chunk: str) -> str | None:
    words = split_words(chunk)
    return words[0] if words else None


def _is_inner(doc: Doc, i: int) -> bool:
    """Whether a token is a mark inside a name: the slash of "Party/Front", the brackets of "Party (Maoist)"."""
    text = doc[i].text
    if text == "/":
        return True
    if text not in ("(", ")"):
        return False
    held = i + 1 if text == "(" else i - 1
    around = (held - 1, held + 1)
    if around[0] < 0 or around[1] >= len(doc) or (doc[around[0]].text, doc[around[1]].text) != ("(", ")"):
        return False
    return doc[held].text.istitle() and len(doc[held].text) > 2


def _first_word(text: str) -> str | None:
    """The first of the words of a form; None where there is none."""
    first = _first_of(text.partition(" ")[0])
    if first is None:
        words = split_words(text)
        first = words[0] if words else None
    return None if first == BARRIER else first


@lru_cache(maxsize=200_000)
def _capitals(form: str) -> tuple[bool, ...]:
    return tuple(w[0].isupper() and _bare(w).lower() not in _PARTICLES for w in split_words(form))


def _capitalised_alike(form: str, written: Sequence[str]) -> bool:
    """Whether the text capitalises the form's first capitalised word, and at least half of the others."""
    wanted = _capitals(form)
    if not any(wanted):
        return True
    actual = [w[0].isupper() or w[0].isdigit() for w, want in zip(written, wanted, strict=True) if want]
    return actual[0] and sum(actual) * 2 >= len(actual)


@dataclass
class Knowledge:
    """Everything known of actors. `national` maps entries of states' forces to the id they have by rule.
    `groups` maps id to entry; `countries` ISO code to entry; `peoples` id to entry."""

    groups: dict[str, Group]
    countries: dict[str, Country]
    peoples: dict[str, People]
    regions: dict[str, Region]
    matcher: Matcher
    national: dict[str, str] = field(default_factory=dict)

    def name_of(self, entry: str) -> str:
        """The canonical name of an entry id, or the id's last part where the entry is not known."""
        if entry in self.groups:
            return self.groups[entry].name
        if entry in self.peoples:
            return self.peoples[entry].name
        if entry in self.regions:
            return self.regions[entry].name
        code = entry.rpartition("/")[2]
        country = self.countries.get(code)
        return country.name if country else code

    def countries_of(self, entry: str) -> list[str]:
        """ISO codes of the countries an entry belongs to or acts in."""
        if entry in self.groups:
            return self.groups[entry].countries
        if entry in self.peoples:
            return self.peoples[entry].countries
        if entry in self.regions:
            return self.regions[entry].countries
        code = entry.rpartition("/")[2]
        return [code] if code in self.countries else []


def group_forms(group: Group) -> Iterator[Form]:
    """The forms of one entry of `patterns/groups`."""
    unsure = {fold(text) for text in group.ambiguous}
    acronyms = set(group.acronyms)
    for text in [group.name, *group.aliases, *group.native, *group.acronyms, *group.ambiguous]:
        exact = text in acronyms or _looks_like_acronym(text)
        without = text[4:] if text.startswith(("the ", "The ")) else text
        common = without != text and " " not in without  # "The Base": a common word but for its article
        doubtful = bool(unsure) and fold(text) in unsure
        yield Form(text, group.id, group.kind, "group", exact, common or doubtful)
        if without != text and not common:
            yield Form(without, group.id, group.kind, "group", exact, doubtful)


def _looks_like_acronym(text: str) -> bool:
    return " " not in text and len(text) <= 6 and sum(c.isupper() for c in text) >= 2 and not text.islower()


def country_forms(country: Country) -> Iterator[Form]:
    """The forms of one country, its adjectives, its people and the seats of its government."""
    place = f"place/{country.id}"
    for text in [country.name, *country.aliases]:
        yield Form(text, place, "place", "country", _looks_like_acronym(text.replace(".", "")))
    for text in country.adjectives:
        yield Form(text, place, "people", "adjective", _looks_like_acronym(text.replace(".", "")))
        if not re.search(r"(?:ese|ch|sh|ss|x|[A-Z.])$", text):
            yield Form(text + "s", place, "people", "demonym")
    for text in country.people:
        yield Form(text, place, "people", "demonym")
    for text in country.seats:
        yield Form(text, f"government/{country.id}", "government", "seat")


def people_forms(people: People) -> Iterator[Form]:
    """The forms of one people."""
    for text in [people.name, *people.aliases]:
        yield Form(text, people.id, "people", "people")


def region_forms(region: Region) -> Iterator[Form]:
    """The forms of one region."""
    for text in [region.name, *region.aliases]:
        yield Form(text, region.id, "place", "region")


def read_regions(folder: Path) -> list[Region]:
    """Every entry of `folder/entities/regions.toml`."""
    return read_rules([folder / "entities" / "regions.toml"], "region", Region)


def read_countries(folder: Path) -> list[Country]:
    """Every entry of `folder/entities/countries.toml`."""
    return read_rules([folder / "entities" / "countries.toml"], "country", Country)


def read_peoples(folder: Path) -> list[People]:
    """Every entry of `folder/entities/peoples.toml`."""
    return read_rules([folder / "entities" / "peoples.toml"], "people", People)


# What a state's forces or government as a whole are called: an entry so named has the id of the state's by
# rule.
_NATIONAL = (
    "Armed Forces", "Army", "Military", "Forces", "Defence Forces", "Defense Forces", "Security Forces",
    "Government",
)  # fmt: skip


@lru_cache(maxsize=4)
def load_knowledge(folder: Path) -> Knowledge:
    """Read the knowledge base of a patterns folder and build its matcher. Cached per folder.

    Raises:
        PatternError: a file that does not hold together.
    """
    groups, countries, peoples = read_groups(folder), read_countries(folder), read_peoples(folder)
    regions = read_regions(folder)
    forms = [form for group in groups for form in group_forms(group)]
    forms += [form for country in countries for form in country_forms(country)]
    forms += [form for people in peoples for form in people_forms(people)]
    forms += [form for region in regions for form in region_forms(region)]
    national = {}
    titles = [fold(title) for title in _NATIONAL]
    for country in countries:
        for adjective in (*country.adjectives, country.name):
            stem, owner = fold(adjective), fold(f"{adjective}'s")
            for title in titles:
                national[stem + title] = national[owner + title] = country.id
    return Knowledge(
        {g.id: g for g in groups},
        {c.id: c for c in countries},
        {p.id: p for p in peoples},
        {r.id: r for r in regions},
        Matcher(forms),
        {
            g.id: f"{g.kind}/{national[fold(name)]}"
            for g in groups
            for name in (*g.aliases, g.name)
            if g.kind in ("state_force", "government")
            and fold(name) in national
            and g.countries == [national[fold(name)]]
        },
    )


def find_pattern_problems(folder: Path) -> list[str]:
    """Forms that two entries share and that no entry calls ambiguous, relations to ids that do not exist, and
    kinds or countries that are not known. One line each, in a fixed order; empty when all is well."""
    knowledge = load_knowledge(folder)
    problems: list[str] = []
    owners: dict[tuple[bool, tuple[str, ...]], dict[str, Form]] = {}
    for group in knowledge.groups.values():
        kind = group.id.partition("/")[0]
        if kind != group.kind:
            problems.append(f"group '{group.id}': id begins with '{kind}' but kind is '{group.kind}'.")
        for relation in ("parent", "merged_into", "split_from", "renamed_from"):
            other = getattr(group, relation)
            if other is not None and other not in knowledge.groups:
                problems.append(f"group '{group.id}': {relation} '{other}' is no entry.")
        for code in group.countries:
            if code not in knowledge.countries:
                problems.append(f"group '{group.id}': country '{code}' is not in countries.toml.")
    everything = [form for group in knowledge.groups.values() for form in group_forms(group)]
    everything += [form for country in knowledge.countries.values() for form in country_forms(country)]
    for form in everything:
        key = (form.exact, split_words(form.text) if form.exact else fold(form.text))
        owners.setdefault(key, {}).setdefault(form.entry, form)
    for (_, words), forms in owners.items():
        unexplained = [form for form in forms.values() if not form.ambiguous]
        if len(forms) > 1 and len(unexplained) > 1:
            shared = ", ".join(form.entry for form in forms.values())
            problems.append(f"form '{' '.join(words)}' is shared by {shared}: list it under `ambiguous`.")
    return problems
