"""From a filler's head token to the argument that is written down: the shortest full noun phrase naming it."""

from __future__ import annotations

from bisect import bisect_left

from spacy.tokens import Doc, Span

LEFT = {"compound", "amod", "poss", "nmod", "punct", "advmod", "acl", "case", "npadvmod", "ccomp"}
SKIP_LEFT = {"det", "nummod", "quantmod", "predet", "cc", "preconj", "appos"}
NAME_OF = {"of"}
PRONOUNS = {"PRP", "WP", "DT", "WDT", "EX", "PRP$"}
BODIES = {"armed_group", "organisation", "state_force", "intergovernmental"}
_COLLECTIVE = {"group", "crowd", "band", "gang", "mob", "team", "squad"}
_NAMING = (("called",), ("named",), ("dubbed",), ("known", "as"), ("calling", "itself"), ("styled",))
_OVER = {"of", "for", "to", "in", "at"}
_OFFICIAL = {"NN", "NNS", "NNP", "NNPS", "JJ", "DT", "CC", "POS"}
_BEARING = {"carry", "wield", "brandish", "arm", "equip", "fire", "throw"}
_CONFINED = {"prison", "jail", "custody", "bars", "detention"}
_CLOSING = {",", ".", ";", ":", ")", "—", "–", "and"}


def _sort(span: Span) -> str:
    """What members of one list share: armed groups and other organisations are listed together."""
    return "organisation" if span.label_ == "armed_group" else span.label_


class Mentions:
    """The entity mentions of a Doc, reached by token.

    Args:
        doc: a Doc with doc.spans["entities"].
    """

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.by_head: dict[int, Span] = {}
        self.inside: dict[int, Span] = {}
        self.timed: set[int] = set()
        self.calendar: set[int] = (
            set()
        )  # those of dates and clock times: "for twelve years" is not among them
        self.terms: dict[int, Span] = {}  # lengths of time, by each of their tokens
        for t in doc._.timexes or []:
            dated = doc.char_span(t.start, t.end, alignment_mode="expand")
            tokens = range(dated.start, dated.end) if dated is not None else range(0)
            self.timed.update(tokens)
            if t.type in ("DATE", "TIME"):
                self.calendar.update(tokens)
            elif t.type == "DURATION" and dated is not None:
                self.terms.update(dict.fromkeys(tokens, dated))
        for span in doc.spans.get("entities", []):
            head = (span._.attributes or {}).get(
                "head", span.root.i if doc.has_annotation("DEP") else span.end - 1
            )
            if head not in self.by_head or len(span) > len(self.by_head[head]):
                self.by_head[head] = span
            for i in range(span.start, span.end):
                if i not in self.inside or len(span) > len(self.inside[i]):
                    self.inside[i] = span
        self.heads = sorted(self.by_head)
        self._names = _names_of_nominals(doc, self.by_head)
        outer = [  # not "NATO" of "NATO leaders"
            s for s in self.by_head.values() if len(self.inside[s.start]) == len(s) and not self._bracketed(s)
        ]
        self._starting = {(_sort(s), s.start): s for s in outer}
        self._ending = {(_sort(s), s.end): s for s in outer}
        self._headed = {(s.start, s.end): head for head, s in self.by_head.items()}

    def within(self, span: Span) -> list[int]:
        """Heads of the mentions headed in the span, in reading order."""
        return self.heads[bisect_left(self.heads, span.start) : bisect_left(self.heads, span.end)]

    def named(self, head: int) -> int:
        """The head of the name that stands in apposition to the phrase headed by `head` ("the governor, *Sarr*",
        "police chief *Sarr*", "*Sarr*, a farmer"), and of "a group of gunmen" for "gunmen"; else `head` itself."""
        return self._names.get(head, head)

    def at(self, head: int) -> Span | None:
        """The mention headed by this token, else the longest one that contains it; None where there is none."""
        return self.by_head.get(head) or self.inside.get(head)

    def kind(self, head: int) -> str | None:
        """Kind of the filler at `head`; pronouns for people count as person."""
        span = self.at(head)
        if span is not None:
            return span.label_
        token = self.doc[head]
        if token.lower_ in ("he", "she", "him", "her", "who", "whom", "i", "me"):
            return "person"
        return "people" if token.lower_ in ("they", "them", "we", "us") else None

    def kinds(self, head: int) -> set[str]:
        """Kinds a filler can stand for: a country is a place and, where it acts, its government."""
        kind = self.kind(head)
        span = self.at(head)
        found = {kind} if kind else set()
        if span is not None and span.label_ == "place" and (span._.attributes or {}).get("government"):
            found.add("government")
        return found

    def series(self, head: int) -> list[int]:
        """Heads of the mentions that stand in one list with the mention at `head` ("AQIM, AAD, and MUJAO"),
        itself included. Read off the text, for parsers lose the thread of long lists."""
        span = self.by_head.get(head)
        if span is None:
            return [head]
        if self._bracketed(span):
            return [head]
        sort = _sort(span)
        left, right = [span], [span]
        joined = False
        while True:
            at, coordinated = self._over_link(left[-1].start - 1, -1)
            before = self._ending.get((sort, at + 1))
            if before is None or at == left[-1].start - 1:
                break
            joined |= coordinated
            left.append(before)
        while True:
            at, coordinated = self._over_link(right[-1].end, 1)
            after = self._starting.get((sort, at))
            if after is None or at == right[-1].end:
                break
            joined |= coordinated
            right.append(after)
        if not joined:
            return [head]
        members = [self._headed[s.start, s.end] for s in [*reversed(left[1:]), *right]]
        return [h for h in members if h == head or self.doc[h].tag_ != "PRP$"]

    def _bracketed(self, span: Span) -> bool:
        """Whether the span fills a pair of brackets, as an acronym does that repeats the name before it."""
        doc = self.doc
        if span.start == 0 or span.end >= len(doc):
            return False
        return doc[span.start - 1].text == "(" and doc[span.end].text == ")"

    def _over_link(self, at: int, step: int) -> tuple[int, bool]:
        """Step over a comma, "and", an acronym in brackets and quotes between members of a list."""
        coordinated = False
        moved = 0
        while 0 <= at < len(self.doc) and moved < 8:
            token = self.doc[at]
            if token.text in (")", "(") or (self.doc[at - step].text in (")", "(") and token.text.isupper()):
                pass
            elif token.lower_ in ("and", "&", "or"):
                coordinated = True
            elif token.text not in (",", "“", "”", '"', "the"):
                break
            at += step
            moved += 1
        return at, coordinated

    def borne(self, doer: int) -> list[int]:
        """Heads of the weapons that a participle behind a doer says it bears ("men *armed with* rifles")."""
        return [
            head
            for child in self.doc[doer].rights
            if child.dep_ == "acl" and child.lemma_ in _BEARING
            for token in child.subtree
            if token.dep_ == "dobj" or (token.dep_ == "pobj" and token.head.lower_ == "with")
            for head in [token.i, *(t.i for t in token.conjuncts)]
            if "weapon" in self.kinds(head)
        ]

    def phrase(self, head: int) -> Span:
        """The span an argument headed by `head` is written as: its mention, else the noun phrase without
        determiner, count, relative clause or apposition."""
        span = self._phrase(head)
        while len(span) > 1 and span[-1].is_space:  # a line break inside a wrapped sentence
            span = span[:-1]
        return span

    def _phrase(self, head: int) -> Span:
        span = self.at(head)
        if span is not None:
            return span
        if head in self.terms:
            term = self.terms[head]
            behind = self.doc[term.end : term.end + 2]
            confined = len(behind) == 2 and behind[1].lower_ in _CONFINED and behind[0].tag_ == "IN"
            return self.doc[term.start + (term[0].tag_ == "DT") : term.end + 2 * confined]
        return noun_phrase(self.doc, head, self.timed)


def _names_of_nominals(doc: Doc, by_head: dict[int, Span]) -> dict[int, int]:
    """The head of every nominal that has a name in apposition, and of every acronym in brackets after its name, to
    the head of that name."""
    heads = {(s.start, s.end): head for head, s in by_head.items()}
    names = [s for s in by_head.values() if s._.mention == "name"]
    starts, ends = {s.start: s for s in names}, {s.end: s for s in names}
    nominals = {head: s for head, s in sorted(by_head.items()) if s._.mention == "nominal"}
    found: dict[int, int] = {}
    for head, span in nominals.items():
        name = _name_after(doc, head, span, starts, ends) or _name_before(doc, span, ends)
        if name is not None:
            found[head] = heads[name.start, name.end]
    for name in names:  # "Lord's Resistance Army (LRA)"
        full = ends.get(name.start - 1)
        if full is not None and doc[name.start - 1].text == "(" and full.kb_id and full.kb_id == name.kb_id:
            found[heads[name.start, name.end]] = heads[full.start, full.end]
    at_end = {s.end: head for head, s in nominals.items()}
    for head, span in nominals.items():  # "a group of gunmen": who acts is the group
        if doc[head].lower_ in _COLLECTIVE:
            found.update({h: head for h, s in nominals.items() if head < s.start and s.end == span.end})
    for head, span in nominals.items():  # "opposition leader and lawyer Sarr"
        other = at_end.get(span.start - 1) if doc[span.start - 1].lower_ == "and" else None
        if other is None or nominals[other].label_ != span.label_:
            continue
        one, two = found.get(other), found.get(head)
        if (one is None) != (two is None):
            found[other if one is None else head] = two if one is None else one  # type: ignore[assignment]
    return found


def _name_after(
    doc: Doc, head: int, span: Span, starts: dict[int, Span], ends: dict[int, Span]
) -> Span | None:
    several = bool((span._.attributes or {}).get("plural"))
    last = ends.get(span.end)
    if last is not None and last.label_ == span.label_ == "person" and last.start > head + 1:
        return last if doc[last.start - 1].tag_.startswith("NN") else None  # "secretary of state Sarr"
    if span.end in starts and not several:
        bearer = starts[span.end]
        titled = bearer.label_ == "person" and doc[head].tag_ == "NN" and head == span.end - 1
        return bearer if titled or _alike(span, bearer) else None
    holder = _office_holder(doc, span, starts) if span.label_ == "person" and not several else None
    if holder is not None:
        return holder
    if not several and span.label_ in BODIES and (called := _called(doc, span.end)):
        named = starts.get(called)
        return named if named is not None and (_alike(span, named) or named.label_ == "person") else None
    if span.end + 1 >= len(doc) or doc[span.end].text not in (",", ":"):
        return None
    if span.label_ in ("place", "facility") and doc[head + 1].lower_ == "of":
        return None  # "the town of Sarvan, Westmark"
    i = span.end + 1
    while i not in starts and i < min(len(doc), span.end + 5) and doc[i].text[0].isupper():
        i += 1  # over titles
    name = starts.get(i)
    if name is None or not _alike(span, name):
        return None
    following = doc[name.end].text if name.end < len(doc) else "."
    if several:
        return name if following in (",", "and") and span.label_ == "person" else None
    owned = doc[span.start].tag_ == "PRP$" or any(t.tag_ == "POS" for t in span)
    definite = owned or (span.start > 0 and doc[span.start - 1].lower_ in ("the", "a", "an"))
    return name if definite and following in _CLOSING - {"and"} else None


def _called(doc: Doc, at: int) -> int:
    """Where the name begins that is given by "called", "known as" and the like from `at` on; 0 where none is."""
    at += at < len(doc) and doc[at].text == ","
    words = [t.lower_ for t in doc[at : at + 4]]
    for naming in _NAMING:
        if tuple(words[: len(naming)]) == naming:
            at += len(naming)
            return at + (at < len(doc) and doc[at].lower_ == "the")
    return 0


def _office_holder(doc: Doc, span: Span, starts: dict[int, Span]) -> Span | None:
    """The person named behind an office and what it is over: "deputy minister for roads *Sarr*", "governor of Mopti,
    Mali, *Sarr*"."""
    at = span.end
    if doc[at - 1].lower_ not in _OVER and not any(t.lower_ in _OVER for t in doc[span.start : at + 1]):
        return None
    commas = 0
    while at < min(len(doc), span.end + 9):
        name = starts.get(at)
        if name is not None and name.label_ == "person":
            return name if commas != 1 and doc[at - 1].tag_ != "CC" else None
        token = doc[at]
        commas += token.text == ","
        if not (token.text == "," or token.lower_ in _OVER or token.tag_ in _OFFICIAL):
            return None
        at += 1
    return None


def _name_before(doc: Doc, span: Span, ends: dict[int, Span]) -> Span | None:
    i = span.start
    if (span._.attributes or {}).get("plural") or i < 2:
        return None
    one = (
        doc[i - 1].lower_ in ("a", "an")
        and span.root.tag_ == "NN"
        and span.label_ not in ("place", "facility")
    )
    i -= doc[i - 1].lower_ in ("a", "an", "the")
    if doc[i - 1].text != ",":
        return None
    i -= 1
    if doc[i - 1].text == ")":
        i = next((n for n in range(i - 2, max(0, i - 8), -1) if doc[n].text == "("), i)
    name = ends.get(i)
    if name is None or i >= span.start - 1:
        return None
    return name if _alike(span, name) or (one and name.label_ == "person") else None


def _alike(span: Span, name: Span) -> bool:
    return span.label_ == name.label_ or {span.label_, name.label_} <= BODIES


def noun_phrase(doc: Doc, head: int, timed: set[int] | frozenset[int] = frozenset()) -> Span:
    """The noun phrase of a head token, as an argument is written (annotation guide, ruling 13)."""
    token = doc[head]
    if token.tag_ in PRONOUNS:
        return doc[head : head + 1]
    start = head
    for child in sorted((c for c in token.lefts), key=lambda c: -c.i):
        if child.right_edge.i != start - 1 or child.dep_ in SKIP_LEFT or child.dep_ not in LEFT:
            break
        if child.dep_ == "punct" and child.text not in ("-", "–", "'", "’", '"', "“", "‘"):
            break
        if child.i in timed:
            break
        start = child.left_edge.i
    while start < head and (
        doc[start].tag_ in ("DT", "CD", "PDT") or doc[start].is_punct or doc[start].is_space
    ):
        start += 1
    end = head + 1
    for child in token.rights:
        if child.dep_ == "prep" and child.lower_ in NAME_OF and child.i == end:
            inner = [c for c in child.children if c.dep_ == "pobj"]
            if inner and inner[0].i - head <= 6:
                end = noun_phrase(doc, inner[0].i).end
                if end < len(doc) and doc[end].text == "-" and not doc[end].whitespace_:
                    end = head + 1  # cut in the middle of a word: "soldiers of the anti-communist front"
        break
    return doc[start:end]
