"""References: what pronouns and bare definite nouns stand for.

A word of `patterns/entities/references.toml` looks back for a mention of a fitting kind and number.
Candidates are ranked by grammatical role (subjects before objects before the rest), by being a name, and by
nearness, after the salience factors of Lappin and Leass (1994). Where two different candidates are equally
good, nothing is resolved.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from spacy.tokens import Doc, Token

from extractor.mentions import Mention
from extractor.patterns import Rule, read_rules

_DEFINITE = {"the", "this", "that", "these", "those", "both", "such"}
_SPEAKERS = {"i": "person", "me": "person", "my": "person", "we": "people", "us": "people", "our": "people",
             "who": "people", "others": "people", "another": "person", "latter": "people", "former":
             "people",
         }  # fmt: skip
_PARTICULAR = {"rebel", "separatist", "Islamist", "jihadist", "secessionist", "Salafist", "hijacker"}
_SUBJECTS = {"nsubj", "nsubjpass", "csubj"}
_OBJECTS = {"dobj", "dative", "agent", "attr"}


class Reference(Rule):
    """Words that stand for something named before; see the file for the keys."""

    words: list[str]
    kinds: list[str]
    number: Literal["singular", "plural", "either"]
    window: int
    pronoun: bool = False
    precision: list[str] = Field(default_factory=list)
    pair: bool = False
    near: bool = False


@lru_cache(maxsize=4)
def load_references(folder: Path) -> dict[str, Reference]:
    """Read references.toml of a patterns folder: word in lower case to rule. Cached per folder."""
    found: dict[str, Reference] = {}
    for rule in read_rules([folder / "entities" / "references.toml"], "reference", Reference):
        for word in rule.words:
            found.setdefault(word.lower(), rule)
    return found


@dataclass
class _Candidate:
    mention: Mention
    sentence: int
    paragraph: int
    role: int  # 2 subject, 1 object, 0 other
    text: str
    plural: bool
    span: tuple[int, int]  # character offsets


class _Text:
    """Sentence and paragraph numbers of tokens."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.sentences = [0] * len(doc)
        number = 0
        for token in doc:
            if token.i and token.is_sent_start:
                number += 1
            self.sentences[token.i] = number
        blocks = [b.start for b in doc._.blocks or [] if b.kind in ("paragraph", "list_item", "heading")]
        if not blocks:
            blocks = [0, *(t.idx for t in doc if t.is_space and "\n\n" in t.text)]
        self.starts = sorted(blocks)
        # Where nearly every sentence is a paragraph of its own, references cross paragraphs freely.
        self.flowing = number + 1 < 1.6 * len(self.starts)

    def paragraph(self, token: Token) -> int:
        return 0 if self.flowing else bisect_right(self.starts, token.idx)


def find_references(doc: Doc, mentions: Sequence[Mention], rules: dict[str, Reference]) -> list[Mention]:
    """The mentions with pronouns added, and with `refers_to` and entity set on those that stand for another.

    Args:
        doc: tagged, better parsed as well.
        mentions: names and nominals, one per head.
        rules: what `load_references` gives.
    """
    text = _Text(doc)
    everything = sorted([*mentions, *_pronouns(doc, mentions, rules)], key=lambda m: (m.start, -m.end))
    candidates = [_candidate(doc, mention, text) for mention in everything]
    holders = [c for c in candidates if c.mention.form == "name" and c.mention.attributes.get("office")]
    seen: list[_Candidate] = []
    kept: list[Mention] = []
    for candidate in candidates:
        mention = candidate.mention
        rule = _rule_for(doc, mention, rules)
        if rule is not None and rule.id == "leader" and _resolve_office(doc, candidate, holders):
            rule = None
        if rule is not None:
            _resolve(doc, candidate, rule, seen)
        if mention.form == "pronoun" and mention.kind == "":
            if mention.refers_to is None:
                continue
            mention.kind = "organisation"
        kept.append(mention)
        seen.append(candidate)
    return kept


def _candidate(doc: Doc, mention: Mention, text: _Text) -> _Candidate:
    token, last = doc[mention.head], doc[mention.end - 1]
    return _Candidate(
        mention,
        text.sentences[token.i],
        text.paragraph(token),
        _role(token),
        mention.text(doc),
        _is_plural(doc, mention),
        (doc[mention.start].idx, last.idx + len(last)),
    )


def _pronouns(doc: Doc, mentions: Sequence[Mention], rules: dict[str, Reference]) -> list[Mention]:
    covered = {i for m in mentions for i in range(m.start, m.end) if m.form == "name"} | {
        m.head for m in mentions
    }
    found = []
    for token in doc:
        word = token.lower_
        if token.i in covered or (token.text.isupper() and len(token.text) > 1):
            continue
        rule = rules.get(word)
        if rule is not None and rule.pronoun:
            if word == "it" and _is_empty(token):
                continue
            kind = {"he": "person", "they": "people"}.get(rule.id, "")
            found.append(
                Mention(token.i, token.i + 1, token.i, kind, f"pronoun/{rule.id}", "pronoun", form="pronoun")
            )
        elif word in _SPEAKERS and token.tag_ in ("PRP", "PRP$", "NNS", "JJ", "NN") and _stands_alone(token):
            found.append(
                Mention(
                    token.i,
                    token.i + 1,
                    token.i,
                    _SPEAKERS[word],
                    f"pronoun/{word}",
                    "pronoun",
                    form="pronoun",
                )
            )
    return found


def _stands_alone(token: Token) -> bool:
    if token.lower_ not in ("latter", "former", "another", "others"):
        return True
    following = token.nbor(1) if token.i + 1 < len(token.doc) else None
    return following is None or following.tag_ not in ("NN", "NNS", "NNP", "NNPS", "JJ", "CD")


def _is_empty(token: Token) -> bool:
    """Whether *it* stands for nothing ("it is reported that", "it was on Monday that")."""
    if token.dep_ == "expl":
        return True
    verb = token.head
    if verb.lemma_ in ("be", "seem", "appear", "emerge") or token.dep_ == "nsubjpass":
        return any(child.dep_ in ("ccomp", "xcomp", "csubj", "acl", "advcl") for child in verb.children)
    return False


def _rule_for(doc: Doc, mention: Mention, rules: dict[str, Reference]) -> Reference | None:
    if mention.form == "name":
        return None
    if mention.form == "pronoun":
        return rules.get(doc[mention.head].lower_)
    words = re.sub(
        r"^(?:his|her|its|their) own |^(?:his|her) ", "", doc[mention.start : mention.end].text.lower()
    )
    rule = rules.get(words)
    if rule is None or rule.pronoun or mention.start == 0:
        return None
    first = mention.start
    if rule.id == "country" and doc[mention.start].tag_ == "PRP$":
        return rule
    while first > 0 and (
        doc[first - 1].tag_ == "CD" or doc[first - 1].lower_ in ("same", "former", "two", "three")
    ):
        first -= 1
    if rule.id == "leader" and doc[mention.start].text[0].isupper() and doc[mention.head].text[0].isupper():
        return rule
    return rule if first > 0 and doc[first - 1].lower_ in _DEFINITE else None


def _role(token: Token) -> int:
    top = token
    while top.dep_ == "conj" and top.head is not top:
        top = top.head
    if top.dep_ in _SUBJECTS:
        return 2
    return 1 if top.dep_ in _OBJECTS else 0


def _is_plural(doc: Doc, mention: Mention) -> bool:
    if mention.attributes.get("plural"):
        return True
    return mention.form == "nominal" and doc[mention.head].tag_ in ("NNS", "NNPS")


def _resolve(doc: Doc, pronoun: _Candidate, rule: Reference, seen: Sequence[_Candidate]) -> None:
    mention = pronoun.mention
    if rule.pair or doc[mention.start].lower_ in ("they", "them", "their"):
        if _resolve_pair(doc, pronoun, rule, seen):
            return
        if doc[mention.start - 1].lower_ in ("two", "both", "three", "2", "3"):
            return
    fitting = [c for c in seen if _fits(doc, c, pronoun, rule)]
    if not fitting:
        _fall_back(doc, pronoun, rule, seen)
        return
    often = Counter(_identity(c) for c in fitting)
    scored = sorted(
        (
            (_salience(c, pronoun, rule) + 0.3 * min(3, often[_identity(c)] - 1), c.mention.start, n)
            for n, c in enumerate(fitting)
        ),
        reverse=True,
    )
    best = fitting[scored[0][2]]
    rivals = [s for s in scored[1:] if _identity(fitting[s[2]]) != _identity(best)]
    if rivals and rivals[0][0] >= scored[0][0] and not rule.near:
        return
    _point(mention, [best])


def _fall_back(doc: Doc, pronoun: _Candidate, rule: Reference, seen: Sequence[_Candidate]) -> None:
    """ "The country" of a document that is about one."""
    if rule.id == "country":
        states = Counter(
            c.mention.attributes.get("country") for c in seen if c.mention.attributes.get("country")
        )
        named = [c for c in seen if c.mention.rule == "country/name" and c.mention.form == "name"]
        for code, count in states.most_common(1):
            chosen = [c for c in named if c.mention.attributes["country"] == code]
            if chosen and count * 2 > sum(states.values()):
                _point(pronoun.mention, chosen[-1:])


def _resolve_office(doc: Doc, pronoun: _Candidate, holders: Sequence[_Candidate]) -> bool:
    """ "The foreign secretary" is whom the document calls so: by the whole title, else by its last word."""
    for text in (pronoun.text.lower(), doc[pronoun.mention.head].lower_):
        found = {}
        for candidate in holders:
            title = candidate.mention.attributes["office"]["text"].lower()
            if title == text or (" " not in text and title.split()[-1] == text):
                found[_identity(candidate)] = candidate
        if len(found) == 1:
            _point(pronoun.mention, list(found.values()))
            return True
    return False


def _fits(doc: Doc, candidate: _Candidate, pronoun: _Candidate, rule: Reference) -> bool:
    other = candidate.mention
    if candidate.sentence < pronoun.sentence - rule.window or other.end > pronoun.mention.start:
        return False
    if candidate.paragraph != pronoun.paragraph and not (
        rule.id == "he" and pronoun.paragraph - candidate.paragraph == 1
    ):
        return False
    if rule.id == "country" and other.attributes.get("adjective"):
        return True
    if other.kind not in rule.kinds or other.attributes.get("adjective"):
        return False
    if other.form != "name" and other.refers_to is None:
        if other.form == "pronoun" or other.text(doc).lower() == pronoun.text.lower():
            return False
        if doc[other.head].dep_ in ("attr", "appos", "oprd", "acomp") or _in_apposition(doc, other):
            return False
        if rule.precision and other.kind == "place":
            return False
    if (
        rule.precision
        and other.kind == "place"
        and other.form == "name"
        and (
            other.attributes.get("precision", "unknown") not in rule.precision
            or ("part" in other.attributes and rule.id == "country")
        )
    ):
        return False
    if not rule.pronoun and not _same_sort(doc, other, pronoun.mention):
        return False
    if rule.number == "plural":
        if not candidate.plural and not (
            other.form == "name" and other.kind in ("armed_group", "people", "state_force", "organisation")
        ):
            return False
        if rule.id != "they" and other.kind == "people" and other.form == "name":
            return False
    if rule.number == "singular" and candidate.plural:
        return False
    possessive = rule.pronoun and pronoun.text.lower() in ("his", "its", "their")
    exempt = possessive or rule.id in ("country", "town", "region")
    return exempt or not _same_clause(doc, other, pronoun.mention)


def _in_apposition(doc: Doc, mention: Mention) -> bool:
    """Whether a nominal stands in commas after a name ("Diallo, the leader") or right before one."""
    start = mention.start
    while start > 0 and doc[start - 1].tag_ in ("DT", "PRP$", "JJ"):
        start -= 1
    after_name = start > 1 and doc[start - 1].text in (",", "—", "–") and doc[start - 2].text[0].isupper()
    before_name = mention.head + 1 < len(doc) and doc[mention.head + 1].tag_ == "NNP"
    return mention.kind == "person" and (after_name or before_name)


def _same_sort(doc: Doc, other: Mention, mention: Mention) -> bool:
    """A bare noun takes up a nominal only where the two are of one noun class ("the troops", "Ivorian
    soldiers"), and a name only where the name's form or kind allows the noun."""
    if other.form == "name":
        if mention.rule == "noun/facilities":
            return mention.text(doc).lower() in other.text(doc).lower() or doc[mention.head].lower_ in (
                "site",
                "facility",
                "building",
                "compound",
            )
        if doc[mention.head].lower_ in ("army", "police", "court", "ministry", "parliament"):
            return doc[mention.head].lower_ in other.text(doc).lower()
        return not (other.kind == "government" and other.attributes.get("adjective"))
    if other.rule == mention.rule:
        one, two = str(other.attributes.get("noun")), str(mention.attributes.get("noun"))
        if mention.rule in (
            "noun/people",
            "noun/governments",
            "noun/facilities",
            "noun/officials",
            "noun/forces",
        ):
            generic = {"victim", "hostage", "suspect", "captive", "detainee", "man", "prisoner"}
            return one == two or two in generic or {one, two} <= {"government", "junta", "regime"}
        return one == two or two not in _PARTICULAR
    pair = {other.rule, mention.rule}
    if pair <= {"noun/soldiers", "noun/forces"}:
        return True
    armed = {"noun/armed-men", "noun/armed-bodies", "noun/loose-armed-bodies"}
    return pair <= armed and mention.attributes.get("noun") not in _PARTICULAR


def _same_clause(doc: Doc, other: Mention, mention: Mention) -> bool:
    """Whether `other` is subject of the verb that `mention` depends on, or of one that governs that verb as
    an infinitive or participle: the two then differ ("AAD joined forces to expel the rebels")."""
    if not doc.has_annotation("DEP") or doc[other.head].dep_ not in _SUBJECTS:
        return False
    token = doc[mention.head]
    if token.dep_ in (*_SUBJECTS, "poss"):
        return False
    verb = token.head
    for _ in range(6):
        if verb == doc[other.head].head:
            return True
        if verb.dep_ not in ("xcomp", "advcl", "prep", "pobj", "acl", "conj", "pcomp"):
            return False
        verb = verb.head
    return False


def _salience(candidate: _Candidate, pronoun: _Candidate, rule: Reference) -> float:
    score = float(candidate.role)
    back = pronoun.sentence - candidate.sentence
    score -= 1.2 * back if rule.pronoun else 1.0 * back
    if candidate.mention.form == "name":
        score += 0.5
    if candidate.mention.form == "pronoun":
        score += 0.8
    if candidate.role and candidate.role == pronoun.role and rule.pronoun:
        score += 0.5
    if candidate.paragraph != pronoun.paragraph:
        score -= 1.0
    if candidate.mention.attributes.get("adjective"):
        return score - 1.0
    score -= 0.3 * rule.kinds.index(candidate.mention.kind)
    if not rule.pronoun and candidate.mention.attributes.get("noun") == pronoun.mention.attributes.get(
        "noun"
    ):
        score += 1.5
    if rule.number == "plural" and candidate.plural:
        score += 0.7
    if rule.precision and candidate.mention.kind == "place":
        score -= (
            0.5 * rule.precision.index(candidate.mention.attributes.get("precision", "unknown"))
            if candidate.mention.attributes.get("precision", "unknown") in rule.precision
            else 0
        )
    return score


def _identity(candidate: _Candidate) -> str:
    return candidate.mention.entity or candidate.mention.refers_to or candidate.text


def _resolve_pair(doc: Doc, pronoun: _Candidate, rule: Reference, seen: Sequence[_Candidate]) -> bool:
    """ "The two leaders", "both countries", "they": two or more coordinated or, for "the two", the last two
    named."""
    mention = pronoun.mention
    names = [
        c for c in seen
        if c.mention.form == "name" and c.mention.kind in (("person",) if rule.id == "they" else rule.kinds)
        and c.paragraph == pronoun.paragraph and pronoun.sentence - c.sentence <= rule.window
        and not c.mention.attributes.get("adjective")
        and (not rule.precision or c.mention.attributes.get("precision", "unknown") in rule.precision)
    ]  # fmt: skip
    for last in reversed(names):
        chain = [
            c
            for c in names
            if c.mention.end <= last.mention.end and _coordinated(doc, c.mention, last.mention)
        ]
        distinct = {_identity(c): c for c in chain}
        repeated = next(
            (
                c
                for c in reversed(seen)
                if c.mention.attributes.get("entities") and c.text.lower() == pronoun.text.lower()
            ),
            None,
        )
        if (
            repeated is not None
            and repeated.paragraph == pronoun.paragraph
            and repeated.mention.start > last.mention.start
        ):
            _point(mention, [repeated])
            mention.attributes["entities"] = repeated.mention.attributes["entities"]
            return True
        if len(distinct) > 1:
            if rule.id == "they" and (last.role < 2 or pronoun.sentence - last.sentence > 1):
                continue
            _point(mention, list(distinct.values()))
            return True
    counted = any(t.lower_ in ("two", "both", "2") for t in doc[max(0, mention.start - 2) : mention.start])
    distinct = {}
    for candidate in reversed(names):
        distinct.setdefault(_identity(candidate), candidate)
    last_two = list(distinct.values())[:2]
    if counted and len(last_two) == 2 and all(pronoun.sentence - c.sentence <= 1 for c in last_two):
        _point(mention, sorted(last_two, key=lambda c: c.mention.start))
        return True
    if counted and len(distinct) == 2:
        _point(mention, sorted(distinct.values(), key=lambda c: c.mention.start))
        return True
    return False


def _coordinated(doc: Doc, one: Mention, other: Mention) -> bool:
    """Whether two names stand in one coordination: by the parse, or with only commas, *and* and names
    between."""
    if one is other:
        return True
    if doc.has_annotation("DEP") and doc[other.head] in doc[one.head].conjuncts:
        return True
    between = doc[one.end : other.start]
    return all(
        t.text in (",", "&") or t.lower_ in ("and", "the") or t.text[0].isupper() for t in between
    ) and any(t.lower_ in ("and", "&") for t in between)


def _point(mention: Mention, antecedents: list[_Candidate]) -> None:
    names = [c.mention.refers_to or c.mention.attributes.get("state") or c.text for c in antecedents]
    mention.refers_to = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    if len(antecedents) == 1:
        other = antecedents[0].mention
        mention.entity = other.entity
        if other.kind:
            mention.kind = other.kind
        if other.attributes.get("adjective"):
            mention.kind, mention.entity = "place", f"place/{other.attributes['country']}"
            mention.attributes["country"] = other.attributes["country"]
            return
        span = antecedents[0].span
        mention.attributes["antecedent"] = other.attributes.get("antecedent", span)
        for name in ("country", "affiliation", "precision"):
            if name in other.attributes:
                mention.attributes.setdefault(name, other.attributes[name])
    else:
        mention.attributes["entities"] = [c.mention.entity for c in antecedents]
