"""Names the knowledge base lacks: capitalised runs, told apart by form, by the model's entities, by the
gazetteer and by what stands beside them. The forms are in `patterns/entities/shapes.toml`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from spacy.tokens import Doc, Span

from extractor.mentions import Mention, name_head
from extractor.patterns import Rule, read_rules
from extractor.people import PARTICLES, Titles

JOINERS = {
    "of",
    "for",
    "in",
    "and",
    "the",
    "de",
    "des",
    "du",
    "la",
    "le",
    "et",
    "pour",
    "against",
    "on",
    "to",
    "&",
    "wal",
    "wa",
}
CALENDAR = {
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november",
    "december", "jan", "jan.", "feb", "feb.", "mar.", "apr", "apr.", "jun.", "jul.", "aug", "aug.", "sept",
    "sept.", "sep", "sep.", "oct", "oct.",
    "nov", "nov.", "dec", "dec.", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday", "gmt", "utc", "am", "pm",
    "ramadan", "eid", "christmas", "easter", "covid-19", "covid",
}  # fmt: skip
_OPENERS = {
    "the", "a", "an", "this", "these", "those", "that", "in", "on", "at", "it", "its", "he", "she", "they",
    "his", "her", "their", "we", "i", "our", "my",
            "after", "before", "since", "when", "while", "as", "by", "for", "from", "of", "to", "with",
            "during", "following", "according", "despite",
            "meanwhile", "however", "also", "and", "but", "or", "if", "there", "then", "later", "earlier",
            "both", "all", "some", "most", "many",
            "several", "other", "another", "no", "not", "one", "two", "three", "four", "five", "six",
            "seven", "eight", "nine", "ten", "about", "over",
            "dozens", "hundreds", "thousands", "more", "early", "late", "today", "yesterday", "last",
            "next", "first", "second", "former", "armed",
            "suspected", "masked", "heavily", "unknown", "unidentified", "local", "security", "officials",
            "police", "anti", "pro", "ex",
            "additionally", "furthermore", "moreover", "although", "though", "because", "under", "between",
            "among", "within", "without", "until",
            "what", "who", "which", "where", "how", "why", "you", "your", "yes", "sources", "photo",
            "video", "image", "file", "read", "related", "near", "against", "amid",
            "up", "down", "out", "off", "islamist", "islamists", "jihadist", "jihadists", "islamic",
            "muslim", "western", "eastern", "northern",
            "southern", "senior", "only", "each", "such", "including", "so", "still", "once", "dear", "mr",
            "mr.", "mrs", "ms", "dr", "covid-19",
        }  # fmt: skip
_NO_NAMES = {
    "islam", "online", "war", "battle", "winter", "summer", "spring", "autumn", "world", "cold", "order",
    "sharia", "quran", "koran", "god", "allah", "prophet", "jihad", "internet", "english", "french",
    "arabic", "covid", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    "eleven", "twelve", "eighteen", "hajj", "caliphate", "christianity", "terrorism", "annex", "chapter",
    "article", "section", "page", "mandarin", "spanish", "bible", "photo",
}  # fmt: skip
_MODELKINDS = {
    "PERSON": "person", "PER": "person", "GPE": "place", "LOC": "place", "FAC": "facility", "ORG":
    "organisation",
                "NORP": "people", "LAW": "agreement"}  # fmt: skip
_LINKS = (PARTICLES - {"as", "an"}) | {
    "ez",
    "es",
    "ed",
    "er",
    "en",
    "et",
    "sur",
    "au",
    "aux",
    "les",
    "las",
    "los",
    "am",
    "do",
    "e",
}
# Whose bodies and parties bear their name ("People's Harvest Party").
_MANY = {
    "People",
    "Peoples",
    "Women",
    "Workers",
    "Peasants",
    "Farmers",
    "Citizens",
    "Students",
    "Teachers",
    "Lord",
}
_COMPOUNDING = {
    "led", "backed", "based", "linked", "affiliated", "style", "wide", "born", "held", "aligned",
    "controlled", "funded", "occupied",
                "sponsored", "run", "dominated", "language", "speaking", "era", "inspired", "allied",
                "trained", "made", "majority", "day", "year",
            }  # fmt: skip
_SPEECH = {"say", "tell", "add", "announce", "state", "report", "claim", "deny", "warn", "confirm", "accuse"}
# Verbs whose object is a place more often than a person or body; as they stand before a name.
TAKEN = {
    "entered",
    "overran",
    "reached",
    "retook",
    "recaptured",
    "shelled",
    "besieged",
    "recapture",
    "retake",
    "overrun",
    "enter",
    "shelling",
    "outside",
    "inside",
}
KIN = {
    "son",
    "daughter",
    "brother",
    "sister",
    "wife",
    "husband",
    "father",
    "mother",
    "cousin",
    "nephew",
    "uncle",
    "widow",
}
_LOCATIVE = {
    "in",
    "at",
    "near",
    "around",
    "outside",
    "inside",
    "into",
    "towards",
    "toward",
    "across",
    "throughout",
    "via",
}


class Shape(Rule):
    """Words that open or close names of one kind; `joins`: an opened name goes on across of, for, in, and."""

    kind: str
    first: list[str] = Field(default_factory=list)
    last: list[str] = Field(default_factory=list)
    joins: bool = False
    examples: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Shapes:
    first: dict[tuple[str, ...], Shape]
    last: dict[tuple[str, ...], Shape]


@lru_cache(maxsize=4)
def load_shapes(folder: Path) -> Shapes:
    """Read shapes.toml of a patterns folder. Cached per folder."""
    first: dict[tuple[str, ...], Shape] = {}
    last: dict[tuple[str, ...], Shape] = {}
    for shape in read_rules([folder / "entities" / "shapes.toml"], "shape", Shape):
        for words in shape.first:
            first.setdefault(tuple(words.split()), shape)
        for words in shape.last:
            last.setdefault(tuple(words.split()), shape)
    return Shapes(first, last)


def is_capital(token_text: str) -> bool:
    return token_text[:1].isupper()


def capital_runs(doc: Doc, taken: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Maximal runs of capitalised tokens, with the particles and hyphens of personal names, outside `taken`
    tokens."""
    i, n = 0, len(doc)
    while i < n:
        if not _may_open(doc, i, taken):
            i += 1
            continue
        start, end = i, i + 1
        while end < n and not taken[end] and not doc[end].is_sent_start:
            token = doc[end]
            text = token.text
            glued = not doc[end - 1].whitespace_
            if is_capital(text) and text.lower() not in CALENDAR and text not in ("I",):
                end += 1
            elif (
                text in ("-", "–", "‑")
                and glued
                and not token.whitespace_
                and end + 1 < n
                and not taken[end + 1]
                and (is_capital(doc[end + 1].text) or doc[end + 1].text.isdigit())
            ) or (
                text in ("-", "–", "‑")
                and glued
                and not token.whitespace_
                and end + 1 < n
                and not taken[end + 1]
                and doc[end + 1].is_lower
                and doc[end + 1].lower_ not in _COMPOUNDING
                and doc[end - 1].tag_ in ("NNP", "NNPS", "")
                and end - start > 1
            ):
                end += 2
            elif (
                text == "-"
                and glued
                and end + 3 < n
                and doc[end + 1].is_lower
                and len(doc[end + 1].text) <= 4
                and doc[end + 2].text == "-"
                and is_capital(doc[end + 3].text)
            ):
                end += 4
            elif token.tag_ == "POS" and doc[end - 1].text in _MANY and _capital_after(doc, end, taken):
                end += 1
            elif token.lower_ in _LINKS and _capital_after(doc, end, taken):
                end += 2 if doc[end + 1].text in ("-", "–", "'", "’") else 1
            elif (
                text.isdigit()
                and end + 1 <= n
                and is_capital(doc[end - 1].text)
                and len(text) <= 4
                and doc[end - 1].text in ("Resolution", "Force", "Committee", "Brigade")
            ) or (text in (".",) and glued and len(doc[end - 1].text) == 1):
                end += 1
            else:
                break
        while end > start and not doc[end - 1].text[-1].isalnum() and doc[end - 1].text[-1] != ".":
            end -= 1
        if end > start:
            yield start, end
        i = max(end, start + 1)


def _capital_after(doc: Doc, i: int, taken: Sequence[bool]) -> bool:
    j = i + 1
    if j < len(doc) and doc[j].text in ("-", "–", "'", "’"):
        j += 1
    if j < len(doc) and doc[j].lower_ in _LINKS:
        j += 1
        if j < len(doc) and doc[j].text in ("-", "–"):
            j += 1
    return j < len(doc) and is_capital(doc[j].text) and not taken[j]


def _may_open(doc: Doc, i: int, taken: Sequence[bool]) -> bool:
    token = doc[i]
    if taken[i] or token.lower_ in CALENDAR:
        return False
    if (
        token.lower_ in ("al", "el", "ul")
        and i + 2 < len(doc)
        and doc[i + 1].text == "-"
        and is_capital(doc[i + 2].text)
    ):
        return not taken[i + 2]
    if token.lower_ in ("bin", "bint", "ibn") and i + 1 < len(doc) and is_capital(doc[i + 1].text):
        return not taken[i + 1]
    if not is_capital(token.text) or not any(c.isalpha() for c in token.text):
        return False
    if token.is_sent_start or i == 0 or doc[i - 1].is_punct or doc[i - 1].is_space:
        if token.lower_ in _OPENERS:
            return False
        if doc.has_annotation("TAG") and token.tag_ in (
            "DT",
            "IN",
            "PRP",
            "PRP$",
            "RB",
            "CC",
            "WDT",
            "WP",
            "WRB",
            "TO",
            "MD",
            "EX",
            "VBD",
            "VBZ",
            "VBP",
            "CD",
            "UH",
        ):
            return False
    if token.lower_ in _NO_NAMES and (i + 1 >= len(doc) or not is_capital(doc[i + 1].text)):
        return False
    return token.lower_ not in ("i", "the", "a", "an")


def find_shapes(
    doc: Doc, shapes: Shapes, start: int, end: int, taken: Sequence[bool], adjectives: Collection[int] = ()
) -> list[Mention]:
    """Names of known form within one capitalised run [start, end), extended past it where the form allows.
    A lower-case last word ("Harlan province") is not joined to a token of `adjectives` ("Malian town")."""
    found = _closed(doc, shapes, start, end, taken, adjectives) + _opened(doc, shapes, start, end, taken)
    return found


def _closed(
    doc: Doc, shapes: Shapes, start: int, end: int, taken: Sequence[bool], adjectives: Collection[int]
) -> list[Mention]:
    found = []
    limit = end + 1 if end < len(doc) and not taken[end] and not doc[end].is_sent_start else end
    for stop in range(start + 1, limit + 1):
        for length in (3, 2, 1):
            begin = stop - length
            if begin < start:
                continue
            words = tuple(t.text for t in doc[begin:stop])
            shape = shapes.last.get(words)
            if shape is None:
                continue
            if begin == start or (words[-1].islower() and begin - 1 in adjectives):
                continue
            kind = shape.kind
            if words == ("Department",) and start > 0 and doc[start - 1].lower_ in ("in", "near"):
                kind = "place"  # ministries have an article
            found.append(Mention(start, stop, stop - 1, kind, f"shape/{shape.id}", "shape"))
            break
    return found[-1:]


def region_follows(doc: Doc, end: int, words: Collection[str]) -> bool:
    """Whether a name that ends before `end` is followed by a comma and another that ends in one of `words`
    (", Orsk *Province*")."""
    if end >= len(doc) or doc[end].text != ",":
        return False
    stop = end + 1
    while stop < min(len(doc), end + 6) and (doc[stop].text == "-" or not doc[stop].is_punct):
        if doc[stop].text[0].isupper() and doc[stop].lower_ in words:
            return stop > end + 1
        stop += 1
    return False


_OF_PLACES = {"City", "Province", "Republic", "Kingdom", "State", "Oblast", "Gulf", "Bay", "Strait", "Isle"}


def _opened(doc: Doc, shapes: Shapes, start: int, end: int, taken: Sequence[bool]) -> list[Mention]:
    found: list[Mention] = []
    for begin in range(start, end):
        for length in (3, 2, 1):
            words = tuple(t.text for t in doc[begin : begin + length])
            shape = shapes.first.get(words) if begin + length <= end else None
            if shape is None:
                continue
            if begin + length < end and not doc[begin + length - 1].whitespace_:
                continue
            if begin > start and begin + length < end and shape.kind in ("armed_group", "organisation"):
                continue  # "Hill Front Ahmed Diallo": the word closes a name, and another begins
            stop = end
            if (shape.joins and begin + length == end) or (
                shape.joins and end < len(doc) and doc[end].lower_ in ("for", "of", "and")
            ):
                stop = _join(doc, end, shape)
            if shape.kind == "place" and words[0] in _OF_PLACES and stop == end:
                continue
            if stop > begin + length:
                first = (
                    start
                    if begin > start and _all_capital(doc, start, begin) and shape.kind != "place"
                    else begin
                )
                found.append(
                    Mention(
                        first, stop, name_head(doc, first, stop), shape.kind, f"shape/{shape.id}", "shape"
                    )
                )
                break
        if found:
            break
    return found


def _all_capital(doc: Doc, start: int, end: int) -> bool:
    return all(is_capital(t.text) or t.text == "-" for t in doc[start:end])


def _join(doc: Doc, end: int, shape: Shape) -> int:
    """Past joiners and the capitalised words they join: "Movement | for the Liberation of Azawad"."""
    stop = end
    while stop < len(doc):
        j = stop
        while j < len(doc) and doc[j].lower_ in JOINERS and j - stop < 3:
            j += 1
        if (
            j == stop
            or j >= len(doc)
            or not is_capital(doc[j].text)
            or doc[j].lower_ in CALENDAR
            or doc[j].is_sent_start
        ):
            break
        joined = [t.lower_ for t in doc[stop:j]]
        if joined[0] in ("in", "to", "on") and shape.kind not in ("armed_group", "agreement"):
            break
        if joined == ["and"] and (j + 1 >= len(doc) or shape.kind == "place"):
            break
        while (
            j < len(doc)
            and (is_capital(doc[j].text) or (doc[j].text == "-" and not doc[j].whitespace_))
            and not doc[j].is_sent_start
            and doc[j].lower_ not in CALENDAR
        ):
            j += 1
        stop = j
    while stop > end and not doc[stop - 1].text[-1].isalnum():
        stop -= 1
    return stop


def model_entities(doc: Doc) -> Iterator[tuple[Span, str]]:
    """The model's entities that are of our kinds, with determiner and possessive left out."""
    for ent in doc.ents:
        kind = _MODELKINDS.get(ent.label_)
        if kind is None:
            continue
        start, end = ent.start, ent.end
        while start < end and not doc[start].text[0].isupper() and not doc[start].text[0].isdigit():
            if doc[start].lower_ in PARTICLES - {"as", "an", "at", "la", "le"} and start + 1 < end:
                break
            start += 1
        while end > start and (
            doc[end - 1].lower_ in ("'s", "’s", "'", "’")
            or doc[end - 1].is_space
            or doc[end - 1].text in ',;:"”'
        ):
            end -= 1
        if (
            start < end
            and any(is_capital(t.text) for t in doc[start:end])
            and doc[start].lower_ not in CALENDAR
            and doc[start].lower_ not in _NO_NAMES
            and doc[start].tag_ != "CD"
            and (
                kind == "people"
                or end - start > 1
                or doc[start].tag_ not in ("RB", "VBD", "VBN", "VBG", "IN")
            )
        ):
            yield Span(doc, start, end, label=ent.label_), kind


def persons_after_titles(doc: Doc, titles: Titles, start: int, end: int) -> Mention | None:
    """The personal name in a run that follows a title inside the run or just before it."""
    for begin in range(end - 1, start - 1, -1):
        hit = titles.before(doc, begin)
        if hit is None or hit[0] < start - 4:
            continue
        if not is_capital(doc[begin].text) and doc[begin].lower_ not in PARTICLES:
            continue
        rest_title = titles.at(doc, begin, end)
        if rest_title is not None and rest_title[0] == end:
            continue
        return Mention(begin, end, end - 1, "person", f"title/{hit[1]}", "title")
    return None


_ABSTRACT = re.compile(
    r"(?:tions?|ments?|ings?|isms?|[ia]ty|ities|ness|ances?|ences?|ogy|ship|ports|plans?|funds?|dose|acts?|laws?"
    r"|rights|reports?|activit.*|aid|days?|weeks?|months?|years?|archive|resources?|policy|strategy|affairs|data"
    r"|studies|studio|endeavors|attacks?|war|siege|crisis|talks)$",
    re.I,
)


def is_abstract(word: str) -> bool:
    """Whether a capitalised word has the form of an abstract noun, so that it is hardly part of a person's
    name."""
    return len(word) > 2 and _ABSTRACT.search(word) is not None and word not in ("Ali", "Mercy")


def kind_by_context(doc: Doc, start: int, end: int) -> tuple[str, str] | None:
    """Kind and rule of a run that nothing else explains, from the words beside it; None where they say
    nothing."""
    before = doc[start - 1].lower_ if start > 0 else ""
    after = doc[end] if end < len(doc) else None
    words = [t for t in doc[start:end] if t.text[0].isalnum()]
    if before == "to" and start > 1 and doc[start - 2].lower_ == "loyal":
        return "person", "run/loyal"
    if before in KIN:
        return "person", "run/kin"
    if before in _LOCATIVE and not doc[start].is_sent_start:
        return "place", "run/locative"
    if after is not None and after.lemma_.lower() in _SPEECH and len(words) <= 4:
        return (
            ("person", "run/speaker")
            if len(words) > 1 or not words[0].text.isupper()
            else ("organisation", "run/acronym")
        )
    if any(t.lower_ in ("al", "ag", "ould", "bin", "ibn", "abu", "abou") for t in words) and len(words) > 1:
        return "person", "run/particle"
    if (
        (
            len(words) == 1
            and after is not None
            and after.lower_ == "in"
            and end + 1 < len(doc)
            and is_capital(doc[end + 1].text)
        )
        and doc[end + 1].lower_ not in CALENDAR
        and not words[0].text.isupper()
        and not doc[start].is_sent_start
    ):
        return "place", "run/in"
    if len(words) == 1 and words[0].text.isupper() and 2 <= len(words[0].text) <= 7:
        return "organisation", "run/acronym"
    if before == "the":
        return "organisation", "run/the"
    if any(is_abstract(w.text) for w in words):
        return ("organisation", "run/the") if before == "the" and len(words) > 1 else None
    if (
        2 <= len(words) <= 4
        and all(
            t.text.isalpha() or "-" in t.text or "." in t.text or "’" in t.text or "'" in t.text
            for t in words
        )
        and not any(t.text.isupper() and len(t.text) > 2 for t in words)
    ):
        return "person", "run/name"
    if len(words) == 1 and before in ("of", "from", "to") and len(words[0].text) > 2:
        return "place", "run/preposition"
    if len(words) == 1 and doc[start].is_sent_start:
        return (
            ("person", "run/subject")
            if after is not None and after.tag_ in ("VBD", "VBZ", "MD", "POS") and words[0].tag_ in ("NNP",)
            else None
        )
    if words and all(w.tag_ in ("NNP", "NNPS") for w in words):
        return "organisation", "run/name"
    return None
