"""What a document says of its own names: acronyms in brackets, other names, former names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from spacy.tokens import Doc, Span

Relation = Literal["acronym", "also", "formerly", "later"]

_CONNECTORS = {
    "of",
    "the",
    "for",
    "and",
    "in",
    "to",
    "on",
    "de",
    "des",
    "du",
    "la",
    "le",
    "et",
    "pour",
    "against",
    "wal",
    "al",
    "ul",
    "wa",
    "&",
}
_ALSO = (
    r"(?:also|better|commonly|popularly|locally|more widely|otherwise) (?:known|called|referred to) as"
    r"|a\.?k\.?a\.?|alias|nicknamed|dubbed|known (?:locally |simply )?as|called|referred to as|or simply"
    r"|abbreviated(?: as)?|styled"
)
_FORMERLY = r"(?:formerly|previously|earlier|originally|then|once)(?: known| called| named)?(?: as)?|ex-|née"
_LATER = (
    r"(?:now|later|since|subsequently)(?: known| called| renamed| rebranded)?(?: as)?"
    r"|rebranded(?: itself)? as|renamed(?: itself)?(?: as)?"
)
_CUES: list[tuple[Relation, re.Pattern[str]]] = [
    ("also", re.compile(_ALSO, re.I)),
    ("formerly", re.compile(_FORMERLY, re.I)),
    ("later", re.compile(_LATER, re.I)),
]


# "(then Commander of the Corps)" gives an office, not another name.
_OFFICES = {
    "Commander", "Deputy", "Chief", "President", "Minister", "Prime", "Governor", "General", "Head",
    "Director", "Chairman", "Secretary", "Ambassador", "Mayor", "Captain", "Colonel", "Leader", "Spokesman",
    "Vice", "Senator", "King", "Foreign", "Major", "Lieutenant", "Professor", "Judge",
}  # fmt: skip


@dataclass(frozen=True)
class Definition:
    """Two names the document gives to one thing: `long` and `short` are token bounds, `relation` how."""

    long: tuple[int, int]
    short: tuple[int, int]
    relation: Relation

    def spans(self, doc: Doc) -> tuple[Span, Span]:
        return doc[self.long[0] : self.long[1]], doc[self.short[0] : self.short[1]]


def find_definitions(doc: Doc) -> list[Definition]:
    """Every definition, in reading order: "Long Name (LN)", "LN (Long Name)", "Name (formerly Other)",
    "Name, also known as Other,"."""
    found = list(_bracketed(doc)) + list(_stated(doc))
    return sorted(set(found), key=lambda d: (d.short, d.long))


def _bracketed(doc: Doc) -> Iterator[Definition]:
    for token in doc:
        if token.text != "(" or token.i == 0:
            continue
        close = next((t.i for t in doc[token.i : token.i + 16] if t.text == ")"), None)
        if close is None or close == token.i + 1:
            continue
        start, end = _trim(doc, token.i + 1, close)
        if start >= end:
            continue
        inside = doc[start:end].text
        cue = _cue(inside)
        before_end = token.i
        while before_end > 0 and doc[before_end - 1].text in ("'s", "’s", '"', "”", "“", "’", "'"):
            before_end -= 1
        if cue is not None:
            relation, length = cue
            at = doc[start:end].start_char + length
            begin = next((t.i for t in doc[start:end] if t.idx >= at and t.text[0].isalnum()), None)
            before = _name_before(doc, before_end)
            if begin is not None and before is not None and doc[begin].text not in _OFFICES:
                begin = _skip_articles(doc, begin, end)
                until = _name_until(doc, begin, end)
                if until > begin:
                    yield Definition(before, (begin, until), relation)
            continue
        if _is_acronym(inside):
            long = long_form(doc, before_end, inside)
            if long is not None:
                yield Definition((long, before_end), (start, end), "acronym")
        elif end - start >= 2 and _is_acronym(doc[before_end - 1].text):
            begin = _skip_articles(doc, start, end)
            if long_form(doc, end, doc[before_end - 1].text) is not None and doc[begin].text[0].isupper():
                yield Definition((begin, end), (before_end - 1, before_end), "acronym")


def _trim(doc: Doc, start: int, end: int) -> tuple[int, int]:
    while start < end and not doc[start].text[0].isalnum():
        start += 1
    while end > start and not doc[end - 1].text[-1].isalnum() and doc[end - 1].text[-1] != ".":
        end -= 1
    return start, end


def _cue(text: str) -> tuple[Relation, int] | None:
    for relation, pattern in _CUES:
        match = pattern.match(text)
        if match:
            return relation, match.end()
    return None


def _stated(doc: Doc) -> Iterator[Definition]:
    for relation, pattern in _CUES:
        for match in pattern.finditer(doc.text):
            if (
                relation != "also"
                and "known" not in match.group()
                and "called" not in match.group()
                and "named" not in match.group()
            ):
                continue
            if match.group().lower() == "called":
                continue
            span = doc.char_span(match.start(), match.end(), alignment_mode="contract")
            if span is None or span.end >= len(doc) - 1:
                continue
            comma = span.start - 1
            while comma > 0 and doc[comma].text in ("(", "is", "was", "which", "who", "also"):
                comma -= 1
            if doc[comma].text != ",":
                continue
            before = _name_before(doc, comma)
            start = _skip_articles(doc, span.end, len(doc))
            end = _name_until(doc, start, min(len(doc), start + 10))
            after = doc[min(end, len(doc) - 1)].text
            if doc[start - 1].text in _QUOTES and after not in (*_QUOTES, ",", "."):
                continue  # "dubbed the 'Twin City bomber'": a description, not a name
            if before is not None and end > start:
                yield Definition(before, (start, end), relation)


_QUOTES = ('"', "“", "”", "‘", "’", "'")


def _skip_articles(doc: Doc, start: int, end: int) -> int:
    while start < end - 1 and (
        doc[start].lower_ in ("the", "a", "as") or doc[start].text in ('"', "“", "‘", "'", ":")
    ):
        start += 1
    return start


def _name_until(doc: Doc, start: int, limit: int) -> int:
    """The end of the name that begins at `start`."""
    end = start
    for token in doc[start:limit]:
        if token.text[0].isupper() or token.text[0].isdigit() or (token.text in "-–" and end > start):
            end = token.i + 1
        elif token.lower_ not in _CONNECTORS or token.i == start:
            if not (token.lower_ in ("al", "el") and token.i == start):
                break
            end = token.i + 1
    while end > start and not doc[end - 1].text[-1].isalnum():
        end -= 1
    return end


def _name_before(doc: Doc, end: int) -> tuple[int, int] | None:
    """The capitalised name that ends at `end`."""
    start = end
    while start > 0:
        token = doc[start - 1]
        capital = (
            token.text[0].isupper() or token.text[0].isdigit() or token.lower_ in ("al", "el", "ag", "ould")
        )
        joined = token.text in ("-", "–") and not token.whitespace_
        if not (capital or joined or (token.lower_ in _CONNECTORS and _capital_before(doc, start - 1))):
            break
        start -= 1
        if token.is_sent_start:
            break
    while start < end and (
        doc[start].lower_ in _CONNECTORS - {"al", "ul"} or not doc[start].text[0].isalnum()
    ):
        start += 1
    return (start, end) if start < end else None


def _capital_before(doc: Doc, i: int) -> bool:
    """Whether, past at most two more connectors, a capitalised word stands before token `i`."""
    for j in range(i - 1, max(-1, i - 4), -1):
        if doc[j].text[0].isupper():
            return True
        if doc[j].lower_ not in _CONNECTORS:
            return False
    return False


def _is_acronym(text: str) -> bool:
    compact = re.sub(r"[\s.\-]", "", text)
    return (
        2 <= len(compact) <= 12
        and text.count(" ") <= 1
        and sum(c.isupper() for c in compact) >= max(2, len(compact) * 0.5)
        and compact.isalnum()
        and not compact.isdigit()
    )


def long_form(doc: Doc, end: int, acronym: str) -> int | None:
    """The first token of the long form that ends at `end`, after Schwartz and Hearst (2003): its words give
    the acronym's letters in order and its first word begins with the first letter. None where no words do."""
    letters = [c.lower() for c in acronym if c.isalnum()]
    position = len(letters) - 1
    i = end - 1
    lowest = max(0, end - min(len(letters) * 3, len(letters) + 10) - 2)
    best: int | None = None
    while i >= lowest and doc[i].text not in (".", ";", "(", ")", "?", "!"):
        word = doc[i].lower_
        if doc[i].is_sent_start and i < end - 1 and position >= 0 and word[0] != letters[position]:
            break
        hits = 0
        while hits <= position and _subsequence(letters[position - hits : position + 1], word):
            hits += 1
        if hits:
            capital = doc[i].text[0].isupper() or word in _CONNECTORS
            if capital or any(c.isupper() for c in doc[i].text):
                position -= hits
        if position < 0:
            best = i
            break
        i -= 1
    if (
        best is None
        or doc[best].lower_[0] != letters[0]
        or (not doc[best].text[0].isupper() and doc[best].lower_ not in ("al",))
    ):
        capital_run = _name_before(doc, end)
        if capital_run is None or capital_run[1] - capital_run[0] < 2:
            return None
        # A foreign or loose acronym ("Jamaat ... (JNIM)"): the capitalised run, if it begins with the same
        # letter.
        for start in range(capital_run[0], end - 1):
            if doc[start].lower_[0] == letters[0] and doc[start].text[0].isupper():
                return start
        return capital_run[0] if len(letters) >= 3 else None
    return best


def _subsequence(letters: list[str], word: str) -> bool:
    if not letters or word[0] != letters[0]:
        return False
    position = 0
    for letter in letters:
        position = word.find(letter, position)
        if position < 0:
            return False
        position += 1
    return True
