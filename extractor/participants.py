"""Nominal participants: noun phrases headed by a common noun that names somebody or something that takes
part.

The nouns and their kinds are in `patterns/entities/nouns.toml`. The kind and the canonical id also come
from what stands before the noun ("Malian soldiers", "JNIM fighters", "rebel forces") or in its of-phrase.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from spacy.tokens import Doc, Token

from extractor.mentions import Mention
from extractor.patterns import Rule, read_rules
from extractor.phrases import NOUN_TAGS, left_edge, right_edge


class NounClass(Rule):
    """Nouns of one kind. `one` is the kind of a singular; `carries`: a named group or state before the noun
    is who is meant; `weak`: only with a modifier, possessor or of-phrase that is itself a mention."""

    kind: str
    one: str | None = None
    carries: bool = False
    weak: bool = False
    nouns: list[str] = Field(default_factory=list)


class ModifierClass(Rule):
    """Adjectives and nouns that, before a noun of one of `classes`, change its kind."""

    classes: list[str]
    kind: str
    words: list[str]


@dataclass(frozen=True)
class Noun:
    """One form of one noun."""

    rule: NounClass
    singular: str
    plural: bool


def plural_of(noun: str) -> str:
    """The regular English plural of a noun or compound."""
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


class Lexicon:
    """The nouns by their words in lower case, longest first."""

    def __init__(self, classes: Sequence[NounClass], modifiers: Sequence[ModifierClass]) -> None:
        self.nouns: dict[tuple[str, ...], Noun] = {}
        self.longest: dict[str, int] = {}
        self.modifiers: dict[tuple[str, str], str] = {}
        for rule in classes:
            for entry in rule.nouns:
                singular, _, plural = entry.partition("/")
                self._add(rule, singular, singular, False)
                self._add(rule, singular, plural or plural_of(singular), True)
        for modifier in modifiers:
            for name in modifier.classes:
                for word in modifier.words:
                    self.modifiers.setdefault((name, word.lower()), modifier.kind)

    def _add(self, rule: NounClass, singular: str, form: str, plural: bool) -> None:
        words = tuple(form.lower().replace("-", " - ").split())
        self.longest[words[-1]] = max(self.longest.get(words[-1], 0), len(words))
        self.nouns.setdefault(words, Noun(rule, singular, plural))

    def at(self, doc: Doc, head: int) -> tuple[Noun, int] | None:
        """The longest noun that ends at token `head`, and the token it starts at."""
        for length in range(min(self.longest.get(doc[head].lower_, 0), head + 1), 0, -1):
            start = head + 1 - length
            words = tuple(token.lower_ for token in doc[start : head + 1])
            if words in self.nouns:
                return self.nouns[words], start
        return None


@lru_cache(maxsize=4)
def load_lexicon(folder: Path) -> Lexicon:
    """Read nouns.toml and modifiers.toml of a patterns folder. Cached per folder."""
    entities = folder / "entities"
    return Lexicon(
        read_rules([entities / "nouns.toml"], "nouns", NounClass),
        read_rules([entities / "modifiers.toml"], "modifiers", ModifierClass),
    )


def _start(name: Mention) -> int:
    return name.start


def find_participants(doc: Doc, names: Sequence[Mention], lexicon: Lexicon) -> list[Mention]:
    """Every noun phrase headed by a noun of the lexicon, outside names.

    Args:
        doc: tagged, better parsed as well.
        names: the settled names; those before the noun or in its of-phrase decide who is meant.
    """
    names = sorted(names, key=_start)
    owner = {i: name for name in names for i in range(name.start, name.end)}
    persons = {name.start for name in names if name.kind == "person"}
    found = []
    for token in doc:
        if token.i + 1 in persons and token.text[0].isupper():
            continue  # a title before a name
        hit = lexicon.at(doc, token.i)
        if hit is None or not _is_head(token, lexicon) or not _outside(token.i, owner, doc):
            continue
        noun, noun_start = hit
        if noun.singular in ("state", "exile") and _is_condition(doc, token.i):
            continue
        if noun.singular == "side" and doc[token.i + 1 : token.i + 2].text == "of":
            continue  # "on the Congolese side of the border"
        start = min(left_edge(doc, token.i), left_edge(doc, noun_start))
        within = owner.get(start)
        if within is not None and within.start < start and within.end <= token.i:
            start = within.start
        if noun.rule.kind in ("armed_group", "state_force"):
            start = _with_name(doc, start, owner)
        end = _past_ends(token, noun.singular, right_edge(doc, token.i))
        end = _before_region(doc, token.i, end, owner)
        near = names[bisect_left(names, start, key=_start) : bisect_left(names, end, key=_start)]
        before = [n for n in near if n.end <= token.i]
        after = [n for n in near if token.i < n.start]
        if noun.rule.weak and not before and not after and start == token.i and end == token.i + 1:
            continue
        mention = Mention(start, end, token.i, "", f"noun/{noun.rule.id}", "noun", form="nominal")
        mention.kind = _kind(doc, noun, start, token, lexicon)
        if mention.kind == "armed_group" and token.text[0].isupper() and is_numbered(doc, start):
            mention.kind, mention.start = "state_force", start - (not is_ordinal(doc[start]))
        if mention.kind == "state_force" and noun.singular in ("coalition", "force") and end - token.i > 2:
            inner = lexicon.at(doc, end - 1)
            if doc[token.i + 1].lower_ == "of" and inner is not None and inner[0].rule.kind == "armed_group":
                mention.kind = "armed_group"
        if noun.rule.carries:
            _carry(mention, noun, before, after)
        if noun.plural:
            mention.attributes["plural"] = True
        mention.attributes["noun"] = noun.singular
        found.append(mention)
    return found


_LINES = {
    "border",
    "frontier",
    "border area",
    "road",
    "highway",
    "route",
    "railway",
    "area",
    "front line",
    "pipeline",
}


def _before_region(doc: Doc, head: int, end: int, owner: dict[int, Mention]) -> int:
    """The end of a phrase without the region its place lies in: "residents of Sarvan", not ", Orsk Province"."""
    for i in range(head + 2, end - 1):
        sides = owner.get(i - 1), owner.get(i + 1)
        if doc[i].text == "," and all(side is not None and side.kind == "place" for side in sides):
            return end if any(t.tag_ == "CC" for t in doc[i:end]) else i
    return end


def _past_ends(head: Token, noun: str, end: int) -> int:
    """The end of a phrase past what it runs between ("the road between Sarvan and Orsk")."""
    doc = head.doc
    if noun not in _LINES or end >= len(doc) or doc[end].lower_ != "between" or not doc.has_annotation("DEP"):
        return end
    last = doc[end].right_edge.i + 1
    return last if doc[end].head.i == head.i and end < last <= end + 9 else end


def _with_name(doc: Doc, start: int, owner: dict[int, Mention]) -> int:
    """The start of a phrase with the name right before it, whatever the parser makes of the two ("HLF
    fighters"), and past an acronym in brackets ("Harlan Liberation Front (HLF) fighters")."""
    beside = owner.get(start - 1)
    if beside is not None and beside.end == start and beside.kind in ("armed_group", "state_force"):
        return beside.start
    if start < 3 or doc[start - 1].text != ")" or doc[start - 3].text != "(":
        return start
    name = owner.get(start - 4)
    return name.start if name is not None and name.kind != "person" else start


def is_ordinal(token: Token) -> bool:
    """Whether the token numbers a military unit ("3rd", "12")."""
    return re.fullmatch(r"\d{1,4}(?:st|nd|rd|th)?", token.text) is not None


def is_numbered(doc: Doc, start: int) -> bool:
    """Whether the name of a unit that starts here has a number, in it or before it."""
    return is_ordinal(doc[start]) or (start > 0 and is_ordinal(doc[start - 1]))


def _is_condition(doc: Doc, head: int) -> bool:
    """ "State of emergency", "state television" are no place, and "in exile" nobody."""
    if doc[head].lower_ == "exile":
        return head > 0 and doc[head - 1].tag_ in ("IN", "TO")
    if head + 1 < len(doc) and doc[head].lower_ == "state" and doc[head + 1].tag_ in NOUN_TAGS:
        return doc[head].text.islower()
    after = [t.lower_ for t in doc[head + 1 : head + 3]]
    return len(after) == 2 and after[0] == "of" and after[1] in _CONDITIONS


_COLLECTIVE = {
    "crowd", "mob", "community", "tribe", "clan", "family", "household", "crew", "staff",
    "ethnic group", "ethnic minority", "minority", "couple", "congregation", "diaspora", "personnel", "workforce",
}  # fmt: skip
_CONDITIONS = {
    "emergency",
    "siege",
    "war",
    "alert",
    "exception",
    "calamity",
    "disaster",
    "affairs",
    "mind",
    "alarm",
}


def _outside(i: int, owner: dict[int, Mention], doc: Doc) -> bool:
    return i not in owner


def _is_head(token: Token, lexicon: Lexicon) -> bool:
    doc = token.doc
    if not doc.has_annotation("TAG"):
        return True
    if token.tag_ not in NOUN_TAGS and not _used_as_noun(token):
        return token.lower_.endswith(_AGENTS)  # "hire 1,000 Wagner mercenaries", misread as a verb
    if token.i + 1 < len(doc):
        after = doc[token.i + 1]
        if after.text in ("-", "–") and not token.whitespace_ and not after.whitespace_:
            return False
        if after.tag_ in NOUN_TAGS:
            if doc.has_annotation("DEP") and token.dep_ not in ("compound", "nmod", "amod", "poss"):
                return True
            crowd = token.tag_ == "NNS" or token.lower_ in ("police", "military")
            if crowd and any(c.dep_ == "dobj" for c in after.children):
                return True  # "after *soldiers* open fire", the verb taken for a noun
            return _modifies_an_event(doc, token.i, lexicon)
    return True


# Endings of plurals that are hardly ever verbs.
_AGENTS = ("naries", "ists", "ants", "ents", "men", "women", "ians", "ators", "gents", "diers", "lagers")


def _used_as_noun(token: Token) -> bool:
    """A word that the tagger takes for something else but that stands where only a noun can: after a
    determiner, numeral, possessor or adjective, and with no noun or adjective after it."""
    doc = token.doc
    if token.lower_ == "dead" and token.i and doc[token.i - 1].tag_[:2] in ("VB", "PR"):
        return False  # "shot dead"
    after = doc[token.i + 1].tag_ if token.i + 1 < len(doc) else "."
    before = doc[token.i - 1].tag_ if token.i else ""
    adverb = token.tag_ == "RB" and before != "POS"
    if after in (*NOUN_TAGS, "JJ", "HYPH") or token.tag_ in ("IN", "MD", "CC", "DT") or adverb:
        return False
    if before == "POS" and token.tag_ not in ("IN", "MD", "CC", "DT"):
        return True
    led = before in ("DT", "CD", "PRP$", "POS") or (before in ("JJ", "NNP", "NN") and token.tag_ == "JJ")
    return led or (token.tag_ == "JJ" and token.lower_ in _NOMINAL_ADJECTIVES)


_NOMINAL_ADJECTIVES = {
    "military", "wounded", "dead", "accused", "injured", "local", "locals", "public", "islamist",
                       "islamists", "jihadist", "militant", "paramilitary", "faithful", "displaced",
                   }  # fmt: skip


def _modifies_an_event(doc: Doc, i: int, lexicon: Lexicon) -> bool:
    """Whether the noun after a modifier noun is not itself a participant ("hotel siege", but not "army
    officer")."""
    j = i + 1
    while j < len(doc) and doc[j].tag_ in NOUN_TAGS:
        if lexicon.at(doc, j) is not None:
            return False
        j += 1
    return True


def _kind(doc: Doc, noun: Noun, start: int, head: Token, lexicon: Lexicon) -> str:
    single = not noun.plural and noun.rule.one is not None and noun.singular not in _COLLECTIVE
    kind = noun.rule.one if single and noun.rule.one is not None else noun.rule.kind
    for i in range(start, head.i):
        changed = lexicon.modifiers.get((noun.rule.id, doc[i].lower_))
        if changed:
            return changed
    return kind


def _carry(mention: Mention, noun: Noun, before: list[Mention], after: list[Mention]) -> None:
    """Give the mention the identity of the one group, or the one state, that it names."""
    parties = before or after[:1]
    groups = [m for m in parties if m.kind in ("armed_group", "state_force") and m.entity]
    if mention.kind == "armed_group" and not groups:
        groups = [m for m in parties if m.kind == "organisation" and m.entity]  # a private military company
    bodies = [
        m
        for m in parties
        if m.kind in ("intergovernmental", "organisation", "government")
        and m.entity
        and not m.attributes.get("country")
    ]
    states = sorted({code for m in parties if (code := m.attributes.get("country"))})
    if len(groups) == 1:
        mention.attributes["affiliation"] = groups[0].entity
        if mention.kind in ("armed_group", "state_force"):
            mention.entity = groups[0].entity
            if groups[0].kind != "organisation":
                mention.kind = groups[0].kind
    elif bodies and mention.kind in ("state_force", "government", "intergovernmental"):
        mention.attributes["affiliation"] = bodies[0].entity
    elif len(states) == 1 and mention.kind in ("state_force", "government"):
        mention.entity = f"{mention.kind}/{states[0]}"
        mention.attributes["country"] = states[0]
    if any(m.kind == "person" for m in before):
        owner = next(m for m in before if m.kind == "person")
        mention.attributes.setdefault("affiliation", owner.entity)
