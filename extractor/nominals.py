"""Noun phrases under the clauses: true heads, coordinated participants, prepositions, and event nouns.

Written against the ClearNLP dependency labels of spaCy's English pipelines. What a verb needs of these is in
`extractor.clauses`, which reads verbs first and then asks here for the predications of nouns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from spacy.tokens import Token

from extractor.errors import PatternError
from extractor.patterns import Rule, read_rules
from extractor.schema import Arg

EVENT_SUFFIX = re.compile(
    r"(?:tion|sion|ment|ance|ence|ing|ings|al|ure|age|ery|cide|ship|out|over|down|up|back|off|fare|jacking)$"
)
_SHORT_STEM = re.compile(r"[^aeiou]*(?:[aeiou]|qu[aeiou])[^aeiouwxy]")
CLASSES = frozenset((
    "light_verb", "generic_light_verb", "light_passive_verb", "event_noun", "light_preposition",
    "light_passive_preposition", "charge_preposition", "imputing_preposition", "object_control", "subject_control",
    "control_preposition", "raising", "causative", "reporting", "transparent_noun", "place_noun",
    "time_noun", "strictly_transitive", "intransitive", "ditransitive", "effect_verb",
    "effect_preposition", "complex_preposition", "agent_preposition", "adding_preposition",
    "including_preposition", "place_preposition", "conditional_mark", "temporal_mark", "causal_mark",
    "complement_preposition", "speech_or_plan", "detached_verb", "clause_object_verb", "never_passive",
    "purpose_verb", "purpose_noun", "headline_verb", "harm_verb", "irregular_verb", "convening_verb", "travel_noun",
    "document_noun", "issuing_verb", "talks_noun", "talks_preposition",
    "charge_noun", "answering", "mount", "telling_verb",
))  # fmt: skip
RELATIVES = frozenset(("who", "whom", "which", "that", "whoever", "whose"))


class Filler(NamedTuple):
    """A participant: the token index of its true head and the route it was reached by."""

    head: int
    route: str


class WordClass(Rule):
    """A class of lemmas (or lemma and preposition) that the clause reader treats alike."""

    about: str
    lemmas: list[str]


class Lexicon:
    """The word classes of `patterns/clauses.toml`, each a frozenset of lemmas.

    Args:
        path: the TOML file.

    Raises:
        PatternError: a class is missing or unknown, or the file does not hold together.
    """

    def __init__(self, path: Path) -> None:
        rules = read_rules([path], "class", WordClass)
        known = {rule.id for rule in rules}
        if missing := sorted(CLASSES - known):
            raise PatternError(
                f"{path}: class '{missing[0]}' is missing.", "Restore it from the shipped file."
            )
        if unknown := sorted(known - CLASSES):
            raise PatternError(
                f"{path}: class '{unknown[0]}' is not one the clause reader asks for.",
                f"Known: {', '.join(sorted(CLASSES))}.",
            )
        self._classes = {rule.id: frozenset(rule.lemmas) for rule in rules}

    def has(self, name: str, lemma: str) -> bool:
        """Whether the class holds the lemma."""
        return lemma in self._classes[name]

    def of(self, name: str) -> frozenset[str]:
        """All lemmas of the class."""
        return self._classes[name]


def lemma_of(token: Token) -> str:
    """Lower-case lemma with the verb's particle, as in "carry out".

    A short stem that would have doubled its consonant has lost an e: "staged" is of "stage", not "stag".
    """
    lemma = (token.lemma_ or token.text).lower()
    if _SHORT_STEM.fullmatch(lemma) and token.lower_ in (f"{lemma}ed", f"{lemma}ing"):
        lemma += "e"
    particle = particle_of(token)
    return f"{lemma} {particle.lower_}" if particle is not None else lemma


def particle_of(token: Token) -> Token | None:
    """The verb's particle, or None."""
    if token.pos_ not in ("VERB", "AUX"):
        return None
    for child in token.rights:
        if (child.dep_ == "prt" and child.pos_ != "ADJ") or (
            child.tag_ == "RP" and child.dep_ in ("advmod", "prep") and child.i == token.i + 1
        ):
            return child
    return None


def children(token: Token, *deps: str) -> list[Token]:
    """Children with one of the labels, in text order."""
    return [child for child in token.children if child.dep_ in deps]


def is_nominal(token: Token) -> bool:
    """Whether the token can head a participant."""
    return token.pos_ in ("NOUN", "PROPN", "PRON", "NUM") or (
        token.pos_ in ("DET", "ADJ", "SYM") and token.dep_ in ("nsubj", "nsubjpass", "dobj", "pobj", "dative")
    )


class Phrases:
    """Reads noun phrases with a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        # Participants added by "along with" and the like, wherever the parser hung them, by the first head.
        self.extra: dict[int, list[Token]] = {}
        # Nouns that mending found to be the object of another verb than their head.
        self.stolen: set[int] = set()
        # Objects of prepositions that the parser hung elsewhere, by the preposition's token index, and their indexes.
        self.lent: dict[int, Token] = {}
        self.moved: set[int] = set()

    def core(self, token: Token, depth: int = 0) -> Token:
        """The true head: looks through measure and collection nouns and numerals before "of"."""
        if depth > 4:
            return token
        if token.lower_ in ("many", "few", "much") and (counted := _as_many(token)) is not None:
            return self.core(counted, depth + 1)
        lemma = token.lemma_.lower()
        if token.tag_ in ("NNP", "NNPS"):
            lemma = token.lower_.removesuffix("s") if token.i == token.sent.start else ""
        measure = self.lexicon.has("transparent_noun", lemma)
        numeral = token.pos_ == "NUM" or token.tag_ == "CD" or (token.pos_ in ("DET", "PRON") and measure)
        if not (measure or numeral):
            return token
        for prep in children(token, "prep"):
            if prep.lower_ == "of" and prep.i > token.i:
                for inner in children(prep, "pobj"):
                    return self.core(inner, depth + 1)
        return token

    def participants(self, token: Token, route: str = "direct", depth: int = 0) -> list[Filler]:
        """The token's true head and all that is coordinated, in apposition or included with it."""
        core = self.core(token)
        found = [Filler(core.i, route)]
        if depth > 12:
            return found
        for added in self.extra.get(core.i, []):
            found += self.participants(added, _mixed(route, "conjunct"), depth + 1)
        nodes = [token] if core.i == token.i else [token, core]
        for node in nodes:
            for child in node.children:
                if child.dep_ == "conj" and (
                    is_nominal(child) or (child.dep_ == "conj" and child.pos_ in ("DET", "ADJ", "X"))
                ):
                    clause = children(child, "nsubj", "nsubjpass", "aux", "auxpass", "dobj")
                    if not clause and child.i not in self.stolen:
                        found += self.participants(child, _mixed(route, "conjunct"), depth + 1)
                elif child.dep_ == "appos" and any(c.tag_ == "JJS" for c in child.children):
                    continue  # "civilians, the deadliest attack of the war" says what the deed was
                elif child.dep_ == "appos" and (is_nominal(child) or child.text[:1].isupper()):
                    found += self.participants(child, _mixed(route, "apposition"), depth + 1)
                elif child.dep_ in ("prep", "cc", "conj", "advmod") and child.i > node.i:
                    found += self._added(child, route, depth)
        return _unique(found)

    def _added(self, prep: Token, route: str, depth: int) -> list[Filler]:
        found: list[Filler] = []
        for name, inner in self.prepositions(prep):
            if self.lexicon.has("adding_preposition", name):
                found += self.participants(inner, _mixed(route, "conjunct"), depth + 1)
            elif self.lexicon.has("including_preposition", name):
                found += self.participants(inner, "including", depth + 1)
        return found

    def prepositions(self, prep: Token, depth: int = 0) -> Iterator[tuple[str, Token]]:
        """The (preposition, object) pairs under a preposition, complex prepositions joined ("on behalf of").

        Articles and modifiers within a complex preposition are left out: "in the wake of" is "in wake of".
        """
        name = _prep_name(prep)
        if prep.i in self.lent:
            yield name, self.lent[prep.i]
            return
        second = prep.nbor() if prep.i + 1 < len(prep.doc) else prep
        if second.head == prep and second.pos_ == "ADP" and not any(second.children):
            name = f"{name} {second.lower_}"  # "because of": both words over one object
        for child in prep.children:
            if child.i in self.moved or (child == second and child.pos_ == "ADP" and not any(child.children)):
                continue
            if child.dep_ in ("pobj", "dobj", "nmod") or (
                child.dep_ == "dep" and is_nominal(child) and child.i > prep.i
            ):
                joined = False
                for inner in [*children(child, "prep"), *self._third_word(child)]:
                    phrase = f"{name} {child.lower_} {inner.lower_}"
                    if self.lexicon.has("complex_preposition", phrase):
                        joined = True
                        for deepest in children(inner, "pobj"):
                            yield phrase, deepest
                if not joined:
                    yield name, child
            elif child.dep_ in ("prep", "pcomp") and child.pos_ in ("ADP", "SCONJ", "ADV") and depth < 3:
                fixed = _prep_name(child)
                for inner_name, deepest in self.prepositions(child, depth + 1):
                    phrase = f"{name} {inner_name}"
                    yield (phrase if _is_fixed(name, fixed) else inner_name), deepest
            elif child.dep_ == "conj" and child.pos_ in ("ADP", "SCONJ") and depth < 3:
                yield from self.prepositions(child, depth + 1)
            elif child.dep_ == "conj" and child.pos_ in ("NOUN", "PROPN") and child.i > prep.i:
                yield name, child

    def _third_word(self, noun: Token) -> list[Token]:
        """The *for* of "in exchange for amnesty" where the parser hung it on the verb beside *in*."""
        after = noun.nbor() if noun.i + 1 < len(noun.doc) else noun
        beside = after.dep_ == "prep" and after.head == noun.head.head
        phrase = f"{noun.head.lower_} {noun.lower_} {after.lower_}"
        return [after] if beside and self.lexicon.has("complex_preposition", phrase) else []

    def prep_args(self, host: Token, route: str = "") -> list[Arg]:
        """One Arg per filler of every preposition that hangs on the token."""
        found: list[Arg] = []
        for prep in children(host, "prep", "agent", "dative", "prt"):
            if prep.pos_ not in ("ADP", "SCONJ", "ADV", "VERB", "ADJ", "PART", "CCONJ") and not children(
                prep, "pobj"
            ):
                continue
            if prep.i and prep.nbor(-1).dep_ == "pobj" and prep in self._third_word(prep.nbor(-1)):
                continue
            quantifier = prep.i + 1 < len(prep.doc) and prep.doc[prep.i + 1].lower_ in ("least", "most")
            if prep.lower_ == "at" and quantifier:
                continue
            for name, inner in self.prepositions(prep):
                if self.lexicon.has("adding_preposition", name) and host.pos_ in ("NOUN", "PROPN"):
                    continue
                fillers = self.participants(inner)
                if name == "between" and len(fillers) == 1:
                    second = [
                        c for c in children(host, "conj", "dep", "appos") if c.i > inner.i and is_nominal(c)
                    ]
                    fillers += [f for c in second[:1] for f in self.participants(c, "conjunct")]
                found += [Arg("prep", f.head, name, route or f.route) for f in fillers]
                found += self._nested(name, inner, 0)
        return found

    def _nested(self, name: str, token: Token, depth: int) -> list[Arg]:
        """Places further down the noun phrase: "in the town of Gao in Mali" is in Gao and in Mali."""
        found: list[Arg] = []
        if depth > 3:
            return found
        core = self.core(token)
        for prep in children(core, "prep"):
            for inner_name, inner in self.prepositions(prep):
                if not self.lexicon.has("place_preposition", inner_name):
                    continue
                if inner_name == "of":
                    if self.lexicon.has("place_noun", core.lemma_.lower()):
                        inner_name = name
                    else:
                        continue
                for filler in self.participants(inner):
                    found.append(Arg("prep", filler.head, inner_name, "nested-pp"))
                found += self._nested(inner_name, inner, depth + 1)
        return found

    def is_event_noun(self, token: Token) -> bool:
        """Cheap test for a noun that names an event: a listed noun or a deverbal suffix."""
        lemma = token.lemma_.lower()
        return self.lexicon.has("event_noun", lemma) or (
            len(lemma) > 4 and EVENT_SUFFIX.search(lemma) is not None
        )


def _as_many(token: Token) -> Token | None:
    """The noun counted by "as many as nine": *children* in "as many as nine children"."""
    doc, i = token.doc, token.i
    if i == 0 or i + 2 >= len(doc) or (doc[i - 1].lower_, doc[i + 1].lower_) != ("as", "as"):
        return None
    counted: Token | None = None
    for other in doc[i + 2 : min(i + 8, token.sent.end)]:
        if other.pos_ in ("NUM", "ADJ", "ADV") or other.tag_ == "CD":
            continue
        if not is_nominal(other):
            break
        counted = other
    return counted


def _mixed(outer: str, inner: str) -> str:
    return inner if outer == "direct" else outer


def _unique(fillers: list[Filler]) -> list[Filler]:
    seen: dict[int, Filler] = {}
    for filler in fillers:
        seen.setdefault(filler.head, filler)
    return list(seen.values())


def _prep_name(prep: Token) -> str:
    """Lower-case form with the word before it that hangs on it ("north of")."""
    before = [
        c.lower_ for c in prep.lefts if c.dep_ in ("amod", "mark") and c.i == prep.i - 1 and c.pos_ != "NOUN"
    ]
    return " ".join([*before, prep.lower_])


def _is_fixed(outer: str, inner: str) -> bool:
    return f"{outer} {inner}" in _FIXED


_FIXED = frozenset((
    "according to", "because of", "due to", "along with", "together with", "as well as", "such as",
    "prior to", "ahead of", "instead of", "owing to", "thanks to", "close to", "next to", "north of",
    "south of", "east of", "west of", "away from", "as of", "apart from", "aside from", "rather than",
    "regardless of", "contrary to", "pursuant to", "as for", "as to", "in addition to", "out of",
    "northeast of", "northwest of", "southeast of", "southwest of", "upwards of",
))  # fmt: skip


def noun_arguments(phrases: Phrases, noun: Token, antecedents: Callable[[Token], list[Filler]]) -> list[Arg]:
    """What a noun's own phrase gives: possessor, compounds, adjectives, prepositions.

    Args:
        phrases: the reader.
        noun: head of the phrase.
        antecedents: gives what a relative pronoun ("whose") stands for.
    """
    found: list[Arg] = []
    for child in noun.children:
        if child.dep_ == "poss":
            fillers = antecedents(child) or phrases.participants(child)
            found += [Arg("poss", f.head, "", f.route) for f in fillers]
        elif child.dep_ in ("compound", "nmod", "nummod") and child.pos_ in (
            "NOUN",
            "PROPN",
            "ADJ",
            "VERB",
            "X",
        ):
            name = "amod" if _is_abbreviated(child) else "compound"
            found += [Arg(name, f.head, "", f.route) for f in phrases.participants(child)]
            inside = [t for t in child.subtree if t.dep_ in ("compound", "nmod") and t.i < child.i]
            found += [Arg("compound", t.i, "", "nested") for t in inside]
        elif child.dep_ == "amod" and child.pos_ in ("ADJ", "PROPN", "NOUN"):
            found += [Arg("amod", f.head, "", f.route) for f in phrases.participants(child)]
    found += phrases.prep_args(noun)
    if phrases.is_event_noun(noun):
        found += _shared(phrases, noun)
    measure = noun.head.head
    if noun.dep_ == "pobj" and noun.head.lower_ == "of" and phrases.core(measure) == noun:
        outer = noun_arguments(phrases, measure, antecedents)
        found += [a for a in outer if a.prep != "of" and a.head != noun.i]
    return found


def _is_abbreviated(noun: Token) -> bool:
    """Whether a country stands as an abbreviation, which before a noun is its adjective ("a *U.S.* raid")."""
    return noun.text.replace(".", "") in _ABBREVIATED


_ABBREVIATED = frozenset(("US", "USA", "UK", "UAE", "DRC"))


def _shared(phrases: Phrases, noun: Token) -> list[Arg]:
    """What an event noun has in common with the one it is coordinated with ("the arrest and extradition *of X*"),
    and what the parser coordinated with it that belongs to its preposition ("an attack on a shop and *a school*")."""
    found: list[Arg] = []
    first = noun.head
    if noun.dep_ == "conj" and first.pos_ == "NOUN" and phrases.is_event_noun(first):
        found += [a for a in phrases.prep_args(first) if a.head > noun.i]
        if not children(noun, "det", "poss", "nummod"):
            found += [
                Arg("poss", f.head, "", f.route)
                for c in children(first, "poss")
                if c.tag_ != "WP$"
                for f in phrases.participants(c)
            ]
    preps = [c for c in children(noun, "prep", "agent") if c.i > noun.i]
    for second in children(noun, "conj"):
        if phrases.is_event_noun(phrases.core(second)):
            between = noun.doc[noun.i + 1 : second.i]
            if not preps and all(t.dep_ in ("cc", "amod") for t in between):
                found += [a for a in phrases.prep_args(second) if a.head > second.i]
        elif is_nominal(second) and (before := [p for p in preps if p.i < second.i]):
            found += [
                Arg("prep", f.head, before[-1].lower_, "conjunct")
                for f in phrases.participants(second)
                if before[-1].lower_ in _SHARING
            ]
    return [a if a.function == "poss" else Arg(a.function, a.head, a.prep, "conjunct") for a in found]


_SHARING = frozenset(("on", "against", "between", "with", "by", "of"))
