"""Noun phrases: how a participant is to be written down, given its head.

The text of a participant is the shortest full noun phrase: no leading determiner or numeral, no trailing
locative, relative clause or appositive; possessors and of-phrases stay.
"""

from __future__ import annotations

from spacy.tokens import Doc, Token

NOUN_TAGS = {"NN", "NNS", "NNP", "NNPS", "FW"}
_ADJECTIVE_TAGS = {"JJ", "JJR", "JJS"}
_PARTICIPLES = {"VBN", "VBG", "VBD"}
_HYPHENS = {"-", "–", "‑", "‐"}
_QUANTIFIERS = {
    "several", "many", "few", "numerous", "various", "some", "dozens", "hundreds", "thousands", "scores",
    "both",
    "multiple", "countless", "couple", "more", "most", "additional-", "fewer", "certain", "all", "such",
    "same",
    "so-called", "said", "least", "half", "any", "each", "every", "next-", "mr", "mr.",
}  # fmt: skip


def is_noun(token: Token) -> bool:
    """Whether the tagger calls the token a noun; where there is no tagger, whether it may be one."""
    return token.tag_ in NOUN_TAGS if token.doc.has_annotation("TAG") else token.is_alpha


def left_edge(doc: Doc, head: int) -> int:
    """The first token of the noun phrase that ends at `head`, determiners and numerals left out.

    Reads tags; where there is a parse, nouns and participles must also depend on the head.
    """
    if not doc.has_annotation("TAG"):
        return head
    parsed = doc.has_annotation("DEP")
    start = head
    lowest = doc[head].sent.start if doc.has_annotation("SENT_START") else 0
    i = head - 1
    while i >= lowest:
        token = doc[i]
        if not _may_modify(doc, i, head, parsed):
            break
        if token.text in _HYPHENS:
            if i == lowest or doc[i - 1].whitespace_ or token.whitespace_:
                break
            i -= 1
        start = i
        i -= 1
    return _without_quantity(doc, start, head)


def _may_modify(doc: Doc, i: int, head: int, parsed: bool) -> bool:
    token, after = doc[i], doc[i + 1]
    tag = token.tag_
    belongs = not parsed or doc[head].is_ancestor(token)
    if token.text in _HYPHENS:
        return True
    if tag in _ADJECTIVE_TAGS or tag in ("CD", "PRP$"):
        return after.text not in (",",) and (belongs or tag != "PRP$")
    if tag == "POS":
        return belongs
    if tag in NOUN_TAGS or tag == "AFX":
        return belongs
    if tag in _PARTICIPLES:
        if i > 0 and doc[i - 1].tag_ in NOUN_TAGS:
            return False  # "ISWAP killed fishermen": a verb that the parser took for a modifier
        if parsed:
            return belongs and token.dep_ in ("amod", "compound", "nmod") and tag != "VBD"
        return i > 0 and doc[i - 1].tag_ in ("DT", "CD", "PRP$")
    if tag in ("RB", "RBR", "RBS"):
        return after.tag_ in (*_ADJECTIVE_TAGS, "VBN") and belongs and token.whitespace_ != ""
    if tag == "CC" and parsed and i > 0:
        before = doc[i - 1]
        return before.dep_ in ("amod", "compound", "nmod") and doc[head].is_ancestor(before) and belongs
    return False


def _without_quantity(doc: Doc, start: int, head: int) -> int:
    for i in range(start, head):
        before = doc[start:i]
        counted = doc[i].tag_ == "CD" and doc[i].whitespace_ and doc[i + 1].text not in _HYPHENS
        if counted and all(t.tag_ in ("PRP$", "JJ", "JJS", "JJR", "RB", "VBN") for t in before):
            start = i + 1  # "its estimated 1,000 troops"
            break
    while start < head:
        token = doc[start]
        numeral = token.tag_ == "CD" or token.lower_ in _QUANTIFIERS
        tied = doc[start + 1].text in _HYPHENS and not token.whitespace_
        if (
            token.is_space
            or (numeral and not tied)
            or (
                not tied
                and token.tag_ in ("CC", "RB", "RBR", "RBS", "POS", "IN")
                and token.lower_
                not in (
                    "heavily",
                    "newly",
                )
            )
            or token.text in _HYPHENS
        ):
            start += 1
        else:
            break
    return start


def right_edge(doc: Doc, head: int) -> int:
    """The end (exclusive) of the phrase headed by `head`: past an of-phrase, and past the names coordinated
    in it."""
    if not doc.has_annotation("TAG"):
        return head + 1
    end = head + 1
    if end + 1 < len(doc) and doc[end].lower_ == "of" and doc[end].tag_ == "IN":
        inner = _object(doc, end + 1)
        if inner is not None:
            end = right_edge(doc, inner)
            if doc.has_annotation("DEP") and doc[inner].pos_ != "":
                for other in doc[inner].conjuncts:
                    if other.i > inner and doc[inner].is_ancestor(other) and other.tag_ in ("NNP", "NNPS"):
                        end = max(end, other.i + 1)
    return end


def _object(doc: Doc, start: int) -> int | None:
    """The head noun of the noun phrase that begins at `start`, or None."""
    i = start
    last = None
    while i < len(doc):
        tag = doc[i].tag_
        if tag in NOUN_TAGS:
            last = i
        elif tag in ("DT", "PRP$", "CD", "POS", "VBN", "HYPH", *_ADJECTIVE_TAGS) or doc[i].text in _HYPHENS:
            if last is not None and tag in ("DT", "PRP$"):
                break
            if last is not None and tag in ("CD", "VBN", *_ADJECTIVE_TAGS) and not _noun_follows(doc, i):
                break
        else:
            break
        i += 1
    return last


def _noun_follows(doc: Doc, i: int) -> bool:
    return i + 1 < len(doc) and doc[i + 1].tag_ in NOUN_TAGS


def argument_span(doc: Doc, head: int) -> tuple[int, int]:
    """Token bounds [start, end) of the text of a participant headed by `head`, where no mention covers it."""
    return left_edge(doc, head), right_edge(doc, head)
