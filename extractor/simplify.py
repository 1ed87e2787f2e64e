"""The parser sees a simplified sentence: names and dates of several words as one token, alias brackets lifted out.

A small parser spends its mistakes on long names, on "May 7, 2015", on "(AQIM)", on what opens a sentence ("On Monday
in Gao, …") and on who closes it ("…, officials said"). This component parses a Doc in which each name and date is one
word and openings and closings stand apart, and maps tags, heads and labels back onto the original tokens.
It takes the place of the model's own tagger and parser in the pipeline; lemmatizer and ner run after it as usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy
from spacy.attrs import DEP, HEAD, TAG
from spacy.language import Language
from spacy.tokens import Doc, Token

from extractor.knowledge import load_knowledge
from extractor.patterns import default_folder
from extractor.schema import register_extensions

PARSING = ("transformer", "curated_transformer", "tok2vec", "tagger", "morphologizer", "parser")
PARTICLES = {"al", "el", "ul", "ag", "ould", "bin", "ibn", "ben", "abu", "abd", "de", "la", "del", "da", "dos", "van",
             "von", "der", "du", "ap", "bint", "wal", "ud", "uz", "ur", "le"}  # fmt: skip
MONTHS = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december", "jan", "jan.", "feb", "feb.", "mar", "mar.", "apr", "apr.", "jun", "jun.", "jul", "jul.", "aug",
          "aug.", "sep", "sep.", "sept", "sept.", "oct", "oct.", "nov", "nov.", "dec", "dec."}  # fmt: skip
DAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
SMALL_TAGS = {"of": "IN", "for": "IN", "in": "IN", "and": "CC", "the": "DT", "to": "IN", "on": "IN", "against": "IN",
              "de": "NNP", "with": "IN", "&": "CC", "a": "DT"}  # fmt: skip
OPENERS = {"near", "amid", "outside", "inside", "despite", "following", "since", "under", "within", "like", "unlike",
           "according", "today", "yesterday", "earlier", "later", "meanwhile", "however", "two", "three", "four", "five",
           "six", "seven", "eight", "nine", "ten", "dozens", "hundreds", "thousands", "when", "while", "where", "if",
           "as", "suspected", "former", "several", "many", "some", "most", "past", "across", "around"}  # fmt: skip
OPENING = {"on", "in", "at", "near", "outside", "around", "since", "by", "late", "early", "last", "this", "during",
           "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "yesterday", "today", "earlier",
           "until", "from", "before", "after", "elsewhere", "also", "meanwhile", "separately"}  # fmt: skip
OPENING_WORDS = {"the", "a", "an", "of", "in", "on", "at", "near", "early", "late", "last", "this", "past", "same", "next",
                 "that",
                 "week", "month", "year", "day", "days", "weeks", "months", "years", "town", "city", "village", "province",
                 "region", "state", "district", "northern", "southern", "eastern", "western", "central", "north", "south",
                 "east", "west", "capital", "morning", "evening", "night", "afternoon", "mid", "and", "to", "country",
                 "suburb", "area", "island", "previous", "following", "two", "three", "four", "five", "six", "few", "first",
                 "second", "quarter", "half", "weekend", "county", "department", "governorate", "neighbouring",
                 "neighboring", "between", "until", "course", "times", "northeastern", "northwestern", "southeastern",
                 "southwestern", "border", "beginning", "start", "end", "middle", "summer", "winter", "spring", "autumn",
                 "another", "one", "incident", "attack", "separate", "statement", "report", "context", "response"}  # fmt: skip
SPEAKING = set("said says reported reports added announced confirmed told stated claimed wrote".split())
OBJECT_OPENERS = set(
    "a an the his her their its at more about some several dozens scores up over nearly around many".split()
)
FIRING = {"opened": "fired", "opens": "fires", "opening": "firing", "open": "fire"}
OPENING_LIMIT, CLOSING_LIMIT, LEAST = 14, 14, 4
NOMINAL = {"nsubj", "nsubjpass", "dobj"}  # an adjective cannot be these: "a U.S. airstrike killed …"
BRACKET_LIMIT = 7
# Last words of names that, alone at the start of a sentence, read as a verb or an adjective: "Human Rights Watch found …"
LAST_WORDS = {
    "watch",
    "witness",
    "call",
    "international",
    "rescue",
    "march",
    "dawn",
    "shield",
    "strike",
    "appeal",
}


@dataclass
class Group:
    """Original tokens [start, end) that the parser sees as one `word`. `head` is the one that stands for all."""

    start: int
    end: int
    head: int
    word: str
    kind: str


class SimplifyingParser:
    """Tags and parses a simplified copy of each Doc.

    Args:
        nlp: the pipeline whose tagger and parser are used; they are taken out of its normal order.
        folder: the patterns folder, for known names.
    """

    def __init__(self, nlp: Language, folder: Path | None = None) -> None:
        self.nlp = nlp
        self.folder = folder or default_folder()
        self.pipes = [name for name in PARSING if name in nlp.component_names]
        for name in self.pipes:
            if name in nlp.pipe_names and not _feeds_others(nlp, name, self.pipes):
                nlp.disable_pipe(name)

    def __call__(self, doc: Doc) -> Doc:
        if not len(doc):
            return doc
        groups, lifted = self._groups(doc)
        cuts = _cuts(doc, groups, lifted)
        simple, origin = _simplified(doc, groups, lifted, cuts)
        for name in self.pipes:
            simple = self.nlp.get_pipe(name)(simple)
        _mend_captives(simple)
        _mend_shouted(simple)
        _mend_about(simple)
        return _project(doc, simple, groups, lifted, origin, cuts)

    def _groups(self, doc: Doc) -> tuple[list[Group], list[tuple[int, int]]]:
        """What to merge, and what brackets to lift, without overlap: dates first, then known names, then runs of
        capitalised words."""
        taken = bytearray(len(doc))
        groups: list[Group] = []

        def take(group: Group | None) -> None:
            if group is None or group.end - group.start < 2 or any(taken[group.start : group.end]):
                return
            if not any(doc[i].is_sent_start for i in range(group.start + 1, group.end)):
                groups.append(group)
                taken[group.start : group.end] = b"\1" * (group.end - group.start)

        for t in doc._.timexes or []:
            span = doc.char_span(t.start, t.end, alignment_mode="expand")
            if span is not None and t.type in ("DATE", "TIME"):
                take(_date_group(doc, span.start, span.end))
        lifted = []
        for start, end in _brackets(doc):
            if not any(taken[start:end]):
                lifted.append((start, end))
                taken[start:end] = b"\1" * (end - start)
        for token in doc[:-1]:
            if token.lower_ in FIRING and token.nbor().lower_ == "fire":
                take(Group(token.i, token.i + 2, token.i, FIRING[token.lower_], "phrase"))
            after = doc[token.i + 3 : token.i + 4].text.lower()
            if doc[token.i + 1 : token.i + 3].text.lower() == "to death" and (
                after in OBJECT_OPENERS or (after and doc[token.i + 3].like_num)
            ):
                take(Group(token.i, token.i + 3, token.i, token.text, "phrase"))
        for match in load_knowledge(self.folder).matcher.find(doc):
            if match.end - match.start > 1:
                take(_name_group(doc, match.start, match.end))
        for start, end in _capital_runs(doc, taken):
            take(_name_group(doc, start, end))
        groups.sort(key=lambda g: g.start)
        return groups, lifted


def _nominal(token: Token) -> bool:
    """Whether what the tagger took for an adjective or a participle is a noun: "a U.S. *airstrike* killed …", "*Fighting*
    flared"."""
    if token.dep_ not in NOMINAL:
        return False
    alone = not any(child.dep_ in ("dobj", "aux", "neg", "advmod", "prt") for child in token.children)
    return token.tag_ == "JJ" or (token.tag_ == "VBG" and alone)


def _mend_captives(simple: Doc) -> None:
    """ "held 72 guests hostage": the guests are held, not a kind of hostage."""
    for token in simple:
        if token.lower_ not in ("hostage", "captive", "prisoner") or token.dep_ != "dobj" or token.i == 0:
            continue
        held = token.nbor(-1)
        if held.head == token and held.dep_ in ("compound", "nmod") and held.tag_ in ("NNS", "NNPS"):
            for child in list(token.lefts):
                if child != held:
                    child.head = held
            held.head, held.dep_ = token.head, "dobj"
            token.dep_ = "oprd"


def _mend_about(simple: Doc) -> None:
    """ "around 400,000 have been displaced": the number is the subject, *around* its modifier."""
    for token in simple[:-1]:
        number, verb = token.nbor(), token.head
        if (
            token.lower_ not in ("around", "about", "over", "under", "nearly")
            or token.dep_ != "prep"
            or number.dep_ != "pobj"
            or not number.like_num
            or verb.tag_ not in ("VBD", "VBN", "VBP", "VBZ")
            or verb.i < number.i
            or any(c.dep_ in ("nsubj", "nsubjpass") for c in verb.children)
        ):
            continue
        passive = any(c.dep_ == "auxpass" for c in verb.children)
        number.head, number.dep_ = verb, "nsubjpass" if passive else "nsubj"
        token.head, token.dep_, token.tag_ = number, "quantmod", "RB"


def _mend_shouted(simple: Doc) -> None:
    """ "surrendered to MONUSCO peacekeepers": an acronym after *to* is no infinitive."""
    for token in simple[1:]:
        to = token.nbor(-1)
        if (
            token.tag_ != "VB"
            or not token.is_upper
            or len(token) < 3
            or to.head != token
            or to.lower_ != "to"
        ):
            continue
        noun = next((c for c in token.rights if c.i == token.i + 1 and c.dep_ == "dobj"), None)
        to.head, to.dep_, to.tag_ = token.head, "prep", "IN"
        if noun is not None:
            noun.head, noun.dep_ = to, "pobj"
            token.head, token.dep_ = noun, "compound"
        else:
            token.head, token.dep_ = to, "pobj"
        token.tag_ = "NNP"


def _feeds_others(nlp: Language, name: str, parsing: list[str]) -> bool:
    """Whether a shared tok2vec or transformer also feeds a component that runs on the original Doc."""
    listeners = getattr(nlp.get_pipe(name), "listening_components", [])
    return any(listener not in parsing for listener in listeners)


def _date_group(doc: Doc, start: int, end: int) -> Group | None:
    """A calendar date as one word: "Monday" for a day, its year for a month and year. A comma closing a date that
    modifies a noun ("the May 7, 2015, attack") goes with it; of "the night of 16 June 2023" the date alone is."""
    start = next((i + 1 for i in range(end - 2, start, -1) if doc[i].lower_ == "of"), start)
    first = doc[start].lower_
    if not (first in MONTHS or first in DAYS or doc[start].like_num) or any(
        t.lower_ in ("and", "to", "until", "ago", "after", "before", "later", "earlier")
        for t in doc[start:end]
    ):
        return None
    if not any(t.lower_ in MONTHS or t.lower_ in DAYS for t in doc[start:end]):
        return None
    head = next((i for i in range(start, end) if doc[i].lower_ in MONTHS), start)
    day = any(t.text.isdigit() and len(t.text) < 3 for t in doc[start:end]) or first in DAYS
    years = [t.text for t in doc[start:end] if t.text.isdigit() and len(t.text) == 4]
    if (
        start > 0
        and doc[start - 1].lower_ in ("the", "a", "'s", "’s", "an")
        and end < len(doc)
        and doc[end].text == ","
    ):
        end += 1
    return Group(start, end, head, "Monday" if day else years[0] if years else "Monday", "date")


def _name_group(doc: Doc, start: int, end: int) -> Group:
    """A name as one word: its last, or for "Movement for …" the last before the first preposition."""
    head = end - 1
    for i in range(start + 1, end):
        if doc[i].lower_ in ("of", "for", "in", "on", "to", "against") and i - 1 >= start:
            head = i - 1
            break
    while head > start and (doc[head].is_punct or doc[head].lower_ in ("the", "and")):
        head -= 1
    word = doc[head].text
    if word.lower() in LAST_WORDS and (start == 0 or doc[start].is_sent_start):
        word = "".join(t.text for t in doc[start : head + 1] if t.text.isalpha())
    return Group(start, end, head, word, "name")


def _brackets(doc: Doc) -> list[tuple[int, int]]:
    """Brackets that hold an alias or a gloss without a verb: "(AQIM)", "(formerly ISGS)", "(Islamic law)"."""
    found = []
    for token in doc:
        if token.text != "(" or token.is_sent_start:
            continue
        for end in range(token.i + 2, min(token.i + BRACKET_LIMIT + 2, len(doc))):
            if doc[end].is_sent_start or doc[end].text == "(":
                break
            if doc[end].text == ")":
                if all(t.is_title or t.is_upper or t.is_punct or t.is_digit or t.lower_ in SMALL_TAGS or t.lower_ in PARTICLES
                       for t in doc[token.i + 1 : end]):  # fmt: skip
                    found.append((token.i, end + 1))
                break
    return found


def _capital_runs(doc: Doc, taken: bytearray) -> list[tuple[int, int]]:
    """Runs of two or more capitalised words inside a sentence, with name particles and glued hyphens."""
    shouted = sum(t.is_upper and t.is_alpha and len(t) > 1 for t in doc) > 0.5 * sum(t.is_alpha for t in doc)
    if shouted:
        return []
    runs = []
    i = 0
    while i < len(doc):
        if taken[i] or not _capital(doc, i) or (doc[i].is_sent_start and _ordinary(doc, i)):
            i += 1
            continue
        j = i + 1
        while j < len(doc) and not taken[j] and not doc[j].is_sent_start:
            glued = doc[j].text in ("-", "–") and not doc[j - 1].whitespace_ and not doc[j].whitespace_
            if _capital(doc, j) or (
                (glued or doc[j].lower_ in PARTICLES)
                and j + 1 < len(doc)
                and (_capital(doc, j + 1) or doc[j + 1].lower_ in PARTICLES)
            ):
                j += 1
            else:
                break
        if j - i > 1:
            runs.append((i, j))
        i = j
    return runs


def _capital(doc: Doc, i: int) -> bool:
    token = doc[i]
    return (
        token.text[:1].isupper()
        and token.text.replace(".", "").replace("'", "").replace("’", "").isalpha()
        and ((token.lower_ not in MONTHS and token.lower_ not in DAYS) or len(token) < 4)
    )


def _ordinary(doc: Doc, i: int) -> bool:
    """Whether a word that opens a sentence may be capitalised only for that."""
    token = doc[i]
    return (
        token.is_stop
        or token.lower_ in OPENERS
        or not (i + 1 < len(doc) and _capital(doc, i + 1))
        or token.lower_.endswith(("ing", "ly", "ed"))
    )


@dataclass
class Cut:
    """Tokens [start, end) that are parsed apart from the rest of their sentence: its `opening` or its `closing`."""

    start: int
    end: int
    kind: str


def _cuts(doc: Doc, groups: list[Group], lifted: list[tuple[int, int]]) -> list[Cut]:
    inside = {i for g in groups for i in range(g.start, g.end)} | {i for s, e in lifted for i in range(s, e)}
    merged = {i for g in groups for i in range(g.start + 1, g.end)}
    cuts = []
    starts = [t.i for t in doc if t.is_sent_start or t.i == 0]
    for start, end in zip(starts, [*starts[1:], len(doc)], strict=True):
        opening = _opening(doc, start, end, inside, merged)
        if opening is not None:
            cuts.append(Cut(start, opening, "opening"))
        closing = _closing(doc, opening or start, end, inside)
        if closing is not None:
            cuts.append(Cut(closing, end, "closing"))
    return cuts


def _opening(doc: Doc, start: int, end: int, inside: set[int], merged: set[int]) -> int | None:
    """End of a time or place that opens a sentence up to its comma; None where there is none."""
    if doc[start].lower_ not in OPENING and not (start in inside and doc[start].lower_ in MONTHS | DAYS):
        return None
    i = start
    while i < min(end, start + OPENING_LIMIT):
        token = doc[i]
        if token.text == "," and i not in inside:
            follow = i + 1
            while follow < end and (_capital(doc, follow) or follow in merged):
                follow += 1
            if (
                follow < end
                and follow > i + 1
                and doc[follow].text == ","
                and follow - i < 6
                and follow + LEAST < end
                and (
                    not _capital(doc, follow + 1)
                    or (follow + 1 < end and doc[follow + 1].lower_ in ("the", "a"))
                )
                and doc[follow + 1].lower_ not in ("who", "which", "and", "whose", "where", "an", "a")
            ):
                return follow + 1
            after = doc[i + 1].lower_ if i + 1 < end else ""
            return (
                i + 1
                if i > start
                and end - i > LEAST
                and after not in ("who", "which", "and", "or", "where", "but")
                else None
            )
        if not (i in inside or _capital(doc, i) or token.lower_ in OPENING_WORDS or token.like_num or i == start
                or token.text in ("-", "'s", "’s", "–")):  # fmt: skip
            return None
        i += 1
    return None


def _closing(doc: Doc, start: int, end: int, inside: set[int]) -> int | None:
    """Start of ", officials said." at the end of a sentence, its comma included; None where there is none."""
    last = end - 1
    while last > start and (doc[last].is_space or doc[last].is_punct):
        last -= 1
    for i in range(last, max(start, last - CLOSING_LIMIT), -1):
        if doc[i].text == "," and i not in inside:
            words = [doc[k] for k in range(i + 1, last + 1)]
            verbs = [t for t in words if t.lower_ in SPEAKING]
            if len(verbs) != 1 or i - start < LEAST or any(t.text in ("“", '"', "”") for t in words):
                if verbs:
                    return None
                continue
            first = words[0].lower_
            if first in (
                "and",
                "but",
                "who",
                "which",
                "that",
                "as",
                "while",
                "when",
                "where",
                "or",
                "it",
                "because",
            ):
                return None
            return i
    return None


def _simplified(
    doc: Doc, groups: list[Group], lifted: list[tuple[int, int]], cuts: list[Cut]
) -> tuple[Doc, list[int]]:
    """The Doc the parser sees, and for each of its tokens the original token it stands for."""
    apart = {c.start for c in cuts} | {c.end for c in cuts}
    after_opening = {c.end for c in cuts if c.kind == "opening"}
    by_start = {g.start: g for g in groups}
    skip = {start: end for start, end in lifted}
    words: list[str] = []
    spaces: list[bool] = []
    starts: list[bool | int | None] = []
    origin: list[int] = []
    i, opened = 0, False
    while i < len(doc):
        opened = opened or bool(doc[i].is_sent_start) or i == 0 or i in apart
        if i in skip:
            if spaces:
                spaces[-1] = bool(doc[skip[i] - 1].whitespace_)
            i = skip[i]
            continue
        group = by_start.get(i)
        end = group.end if group else i + 1
        word = group.word if group else doc[i].text
        words.append(word[:1].upper() + word[1:] if i in after_opening else word)
        spaces.append(bool(doc[end - 1].whitespace_))
        starts.append(opened)
        origin.append(group.head if group else i)
        opened = False
        i = end
    return Doc(doc.vocab, words=words, spaces=spaces, sent_starts=starts), origin


def _project(
    doc: Doc,
    simple: Doc,
    groups: list[Group],
    lifted: list[tuple[int, int]],
    origin: list[int],
    cuts: list[Cut],
) -> Doc:
    """Carry tags, heads and labels over to the original tokens."""
    strings = doc.vocab.strings
    heads = list(range(len(doc)))
    deps = [""] * len(doc)
    tags = [""] * len(doc)
    for token, i in zip(simple, origin, strict=True):
        heads[i] = origin[token.head.i]
        deps[i] = token.dep_
        tags[i] = "NN" if _nominal(token) else token.tag_
    _rejoin(doc, simple, origin, cuts, heads, deps)
    inside = {"date": _inside_date, "name": _inside_name, "phrase": _inside_phrase}
    for g in groups:
        inside[g.kind](doc, g, heads, deps, tags)
    for start, end in lifted:
        _inside_bracket(doc, start, end, heads, deps, tags)
    values = numpy.zeros((len(doc), 3), dtype="uint64")
    values[:, 0] = numpy.array([h - i for i, h in enumerate(heads)], dtype="int64").astype("uint64")
    values[:, 1] = [strings.add(d) for d in deps]
    values[:, 2] = [strings.add(t) for t in tags]
    return doc.from_array([HEAD, DEP, TAG], values)  # type: ignore[arg-type]


def _rejoin(
    doc: Doc, simple: Doc, origin: list[int], cuts: list[Cut], heads: list[int], deps: list[str]
) -> None:
    """Hang openings under the main verb, and the main verb under the verb of saying that closes its sentence."""
    roots = [origin[t.i] for t in simple if t.head == t]
    for cut in sorted(cuts, key=lambda c: c.kind == "closing"):
        own = [r for r in roots if cut.start <= r < cut.end]
        if cut.kind == "opening":
            main = next((r for r in roots if r >= cut.end), None)
            for r in own:
                if main is not None:
                    heads[r], deps[r] = (
                        main,
                        "prep" if doc[r].lower_ in OPENING and doc[r].lower_ not in DAYS else "npadvmod",
                    )
        elif own:
            earlier = [r for r in roots if r < cut.start and heads[r] == r]
            verb = next((r for r in own if doc[r].lower_ in SPEAKING), own[-1])
            for r in own:
                if r != verb:
                    heads[r], deps[r] = verb, "dep"
            if earlier:
                main = earlier[-1]
                heads[main], deps[main] = verb, "ccomp"


def _inside_date(doc: Doc, g: Group, heads: list[int], deps: list[str], tags: list[str]) -> None:
    for i in range(g.start, g.end):
        token = doc[i]
        if i == g.head:
            tags[i] = "CD" if token.like_num else "NNP"
            continue
        heads[i] = g.head
        deps[i] = "punct" if token.is_punct else "nummod" if token.like_num else "compound"
        tags[i] = (
            "," if token.is_punct else "CD" if token.like_num else "IN" if token.lower_ == "of" else "NNP"
        )


def _inside_name(doc: Doc, g: Group, heads: list[int], deps: list[str], tags: list[str]) -> None:
    """Words before the head are its compounds; each preposition after it heads the words up to the next."""
    anchor, prep = g.head, -1
    for i in range(g.start, g.end):
        token = doc[i]
        tag = SMALL_TAGS.get(token.lower_, "HYPH" if token.text in ("-", "–") else "CD" if token.is_digit else
                             "POS" if token.lower_ in ("'s", "’s") else "NNP")  # fmt: skip
        if i == g.head:
            tags[i] = tags[i] if tags[i].startswith("NN") else "NNP"
            continue
        tags[i] = tag
        if i < g.head or not (tag == "IN" or prep >= 0):
            heads[i], deps[i] = g.head, "punct" if token.is_punct else "case" if tag == "POS" else "compound"
        elif tag == "IN":
            heads[i], deps[i] = anchor, "prep"
            prep = i
            anchor = _phrase_head(doc, i + 1, g.end)
        elif i == anchor:
            heads[i], deps[i] = prep, "pobj"
        else:
            heads[i] = anchor
            deps[i] = (
                "det" if tag == "DT" else "cc" if tag == "CC" else "punct" if token.is_punct else "compound"
            )


def _inside_phrase(doc: Doc, g: Group, heads: list[int], deps: list[str], tags: list[str]) -> None:
    """ "opened fire" was parsed as "fired": the noun is the verb's object; "hacked to death" as "hacked"."""
    if g.end - g.start == 3:
        heads[g.start + 1], deps[g.start + 1], tags[g.start + 1] = g.head, "prep", "IN"
        heads[g.start + 2], deps[g.start + 2], tags[g.start + 2] = g.start + 1, "pobj", "NN"
        return
    heads[g.start + 1], deps[g.start + 1], tags[g.start + 1] = g.head, "dobj", "NN"


def _phrase_head(doc: Doc, start: int, end: int) -> int:
    stop = next((i for i in range(start, end) if SMALL_TAGS.get(doc[i].lower_) == "IN"), end)
    return max(start, stop - 1) if start < end else start - 1


def _inside_bracket(
    doc: Doc, start: int, end: int, heads: list[int], deps: list[str], tags: list[str]
) -> None:
    """An alias in brackets is an apposition of what stands before it."""
    host = start - 1
    while (
        host > 0
        and deps[host] in ("compound", "punct", "nummod", "pobj", "prep", "det", "cc")
        and heads[host] != host
        and (start - heads[host] <= 8 and heads[host] < start)
        and tags[heads[host]].startswith(("NN", "IN", "CD"))
    ):
        if deps[host] == "prep" and tags[host] == "IN" and deps[heads[host]] == "":
            break
        if deps[host] == "pobj" and not tags[host].startswith("NNP"):
            break
        if deps[host] == "pobj" and not (
            doc[heads[host]].lower_ in SMALL_TAGS and tags[heads[heads[host]]].startswith("NNP")
        ):
            break
        host = heads[host]
    inner = end - 2
    for i in range(start, end):
        tags[i] = "-LRB-" if doc[i].text == "(" else "-RRB-" if doc[i].text == ")" else SMALL_TAGS.get(
            doc[i].lower_, "CD" if doc[i].is_digit else "," if doc[i].is_punct else "NNP")  # fmt: skip
        heads[i], deps[i] = inner, "punct" if doc[i].is_punct else "compound"
    heads[inner], deps[inner] = host, "appos"


@Language.factory("extractor_simplify", default_config={"patterns": None})
def create_simplify(nlp: Language, name: str, patterns: str | None) -> SimplifyingParser:
    """spaCy component: tags and parses through a simplified copy; see the module."""
    register_extensions()
    return SimplifyingParser(nlp, Path(patterns) if patterns else None)
