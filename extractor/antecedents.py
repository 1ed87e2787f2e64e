"""Antecedents: which earlier mention a pronoun or bare noun may stand for, and how likely each is.

What may not is sorted out first: another kind, number or noun, a subject of the same clause, a title that
differs, an attacker for a victim. The rest are ranked by grammatical role (subjects before objects before the
rest), by being a name, and by nearness, after the salience factors of Lappin and Leass (1994) and the order
of Centering Theory (Grosz, Joshi and Weinstein 1995).
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field
from spacy.tokens import Doc, Token

from extractor.mentions import Mention
from extractor.patterns import Rule
from extractor.places import DESIGNATORS
from extractor.speakers import quoted, says

PARTICULAR = {"rebel", "separatist", "Islamist", "jihadist", "secessionist", "Salafist", "hijacker"}
SUBJECTS = {"nsubj", "nsubjpass", "csubj"}
OBJECTS = {"dobj", "dative", "agent", "attr"}
# Who does violence, and the verbs whose object cannot be one of them in the same breath.
_DOERS = {
    "gunman", "attacker", "assailant", "bomber", "shooter", "perpetrator", "kidnapper", "hijacker", "raider",
    "captor", "suspect", "suicide bomber", "abductor", "hostage-taker", "bandit",
}  # fmt: skip
_HARM = {
    "kill",
    "stab",
    "shoot",
    "wound",
    "injure",
    "abduct",
    "kidnap",
    "murder",
    "behead",
    "execute",
    "ambush",
}
_SUFFERERS = {"victim", "hostage", "captive"}
# Verbs whose object "it" is an agreement or measure, or a place or building, and those whose subject speaks.
_MADE = {
    "sign", "broker", "extend", "declare", "lift", "violate", "break", "negotiate", "approve", "adopt", "renew",
    "ratify", "implement", "mediate", "prolong", "breach", "impose",
}  # fmt: skip
_TAKEN = {
    "storm", "seize", "capture", "besiege", "bomb", "burn", "torch", "shell", "raid", "overrun", "set", "loot",
    "destroy", "surround", "retake", "recapture", "occupy",
}  # fmt: skip
_SPOKEN = {
    "say", "claim", "deny", "accuse", "condemn", "pledge", "announce", "vow", "warn", "reject", "blame", "threaten",
    "urge", "demand", "plan",
}  # fmt: skip
# What a town or building has none of, so that "its" before it means somebody.
_DEEDS = {
    "attack", "raid", "assault", "ambush", "bombing", "offensive", "fighter", "member", "militant", "cadre",
    "insurgency", "campaign", "founder", "commander", "leader", "leadership", "militia", "ideology", "allegiance",
}  # fmt: skip
_CALLED = {"known", "as", "called", "named", "dubbed", "the", "calling", "itself"}
_MODIFYING = {"JJ", "NN", "NNP", "VBN", "HYPH"}
_GROUPS = {"armed_group", "organisation", "intergovernmental"}
# Verbs whose object or subject "it" is an event.
_OWNED_UP = {"claim", "condemn", "deny", "admit"}
_HAPPENING = {"begin", "start", "happen", "occur", "end", "last"}
_GENERIC_PEOPLE = {"victim", "hostage", "suspect", "captive", "detainee", "man", "prisoner"}
_STATES = {"government", "junta", "regime", "administration", "authorities", "cabinet"}
_NAMED_SO = {"army", "police", "court", "ministry", "parliament", "military", "gendarmerie", "navy"} | _STATES
_LOOSE_TITLES = {"leader", "ruler", "dictator", "chief", "official", "commander", "strongman"}
_MOVING = {"convoy", "vehicle", "car", "truck", "bus", "train", "ship", "boat", "plane", "helicopter", "motorcade",
           "aircraft", "ambulance", "minibus", "vessel", "tanker", "jet"}  # fmt: skip
_SITES = {"site", "facility", "building", "compound", "installation", "complex", "area", "location", "scene"}
_BACK = {"he": 1.2, "they": 1.7, "it": 1.7}  # what a sentence of distance costs
_DIGEST = 10  # paragraphs with names that a text needs to be told as a digest


class Reference(Rule):
    """Words that stand for something named before; see patterns/entities/references.toml for the keys."""

    words: list[str]
    kinds: list[str]
    number: Literal["singular", "plural", "either"]
    window: int
    pronoun: bool = False
    precision: list[str] = Field(default_factory=list)
    pair: bool = False
    near: bool = False


@dataclass
class Candidate:
    """A mention with what its rank depends on. `role`: 2 subject, 1.5 within a subject, 1 object, 0 other;
    `span`: character offsets; `named`: a noun that only announces the name after it ("the leader, Diallo")."""

    mention: Mention
    sentence: int
    paragraph: int
    role: float
    text: str
    plural: bool
    span: tuple[int, int]
    named: bool = False


class Text:
    """Sentence and paragraph numbers of tokens.

    `flowing`: nearly every sentence is a paragraph of its own, so that references cross paragraphs freely.
    `digest`: paragraphs are news items that share nothing, so that none does.
    """

    def __init__(self, doc: Doc, mentions: Sequence[Mention]) -> None:
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
        self.digest = self._is_digest(mentions)
        self.flowing = not self.digest and number + 1 < 1.6 * len(self.starts)

    def paragraph(self, token: Token) -> int:
        return 0 if self.flowing else bisect_right(self.starts, token.idx)

    def _is_digest(self, mentions: Sequence[Mention]) -> bool:
        met: dict[int, set[str]] = {}
        for mention in mentions:
            if mention.form == "name":
                here = met.setdefault(bisect_right(self.starts, self.doc[mention.start].idx), set())
                here.update({mention.entity, mention.attributes.get("country", "")} - {""})
        items = [met[number] for number in sorted(met) if met[number]]
        shared = sum(bool(one & other) for one, other in itertools.pairwise(items))
        return len(items) >= _DIGEST and shared * 4 < len(items)


def make_candidate(doc: Doc, mention: Mention, text: Text) -> Candidate:
    """The mention as a candidate."""
    token, last = doc[mention.head], doc[mention.end - 1]
    return Candidate(
        mention,
        text.sentences[token.i],
        text.paragraph(token),
        role_of(token),
        mention.text(doc),
        is_plural(doc, mention),
        (doc[mention.start].idx, last.idx + len(last)),
    )


def announce(doc: Doc, candidates: Sequence[Candidate]) -> None:
    """Let names take over the role of the noun that announces them ("a group known as Okara Front")."""
    names = {c.mention.start: c for c in candidates if c.mention.form == "name"}
    for noun in candidates:
        if noun.mention.form != "nominal":
            continue
        i, comma = noun.mention.end, False
        for _ in range(8):
            if i >= len(doc):
                break
            name = names.get(i)
            if name is not None and i > noun.mention.end and _announced(noun.mention, name.mention):
                name.role, noun.named = max(name.role, noun.role), True
                break
            token = doc[i]
            if token.text == "," and not comma and i == noun.mention.end:
                comma = True
            elif token.lower_ not in _CALLED and (not comma or token.tag_ not in _MODIFYING):
                break
            i += 1


def _announced(noun: Mention, name: Mention) -> bool:
    return noun.kind == name.kind or (noun.kind != "person" and {noun.kind, name.kind} <= _GROUPS)


def role_of(token: Token) -> float:
    """Grammatical role as a number: subject, within a subject ("Mali's army", "members of JNIM"), object."""
    top = token
    while top.dep_ == "conj" and top.head is not top:
        top = top.head
    if top.dep_ in SUBJECTS:
        return 2
    within = top.head if top.dep_ == "poss" else top.head.head if top.dep_ == "pobj" else None
    of = top.dep_ == "poss" or top.head.lower_ == "of"
    if within is not None and of and within.dep_ in SUBJECTS:
        return 1.5
    if within is not None and of and within.dep_ in ("dobj", "dative"):
        return 1
    if top.dep_ == "pobj" and top.head.is_sent_start:
        return 0.5
    return 1 if top.dep_ in OBJECTS else 0


def is_plural(doc: Doc, mention: Mention) -> bool:
    """Whether the mention is a plural noun."""
    if mention.attributes.get("plural"):
        return True
    return mention.form == "nominal" and doc[mention.head].tag_ in ("NNS", "NNPS")


def identity(candidate: Candidate) -> str:
    """What two candidates for one thing share."""
    return candidate.mention.entity or candidate.mention.refers_to or candidate.text


def may_be(doc: Doc, candidate: Candidate, pronoun: Candidate, rule: Reference, wider: bool) -> bool:
    """Whether the candidate may be what `pronoun` stands for; `wider` looks past the paragraph."""
    other = candidate.mention
    if candidate.sentence < pronoun.sentence - rule.window or other.end > pronoun.mention.start:
        return False
    if candidate.paragraph != pronoun.paragraph and not (
        wider or (rule.id == "he" and pronoun.paragraph - candidate.paragraph == 1)
    ):
        return False
    if candidate.named or coordinated(doc, other, pronoun.mention):
        return False
    if rule.pronoun and _speaks(doc, other, pronoun.mention):
        return False
    if rule.id == "country" and other.attributes.get("adjective"):
        return True
    if other.kind not in rule.kinds or other.attributes.get("adjective"):
        return False
    if other.form != "name" and other.refers_to is None and not _introduces(doc, candidate, pronoun, rule):
        return False
    if (
        rule.precision
        and other.kind == "place"
        and other.form == "name"
        and not _right_size(doc, other, rule)
    ):
        return False
    if rule.pronoun and not _goes_with(doc, candidate, pronoun, rule):
        return False
    if not rule.pronoun and not same_sort(doc, other, pronoun.mention):
        return False
    if not _right_number(candidate, rule):
        return False
    possessive = rule.pronoun and pronoun.text.lower() in ("his", "its", "their")
    if possessive:
        return not _one_of(doc, pronoun.mention, other)
    if rule.id in ("country", "town", "region"):
        return not _controls(doc, other, pronoun.mention)
    return not same_clause(doc, other, pronoun.mention)


def _goes_with(doc: Doc, candidate: Candidate, pronoun: Candidate, rule: Reference) -> bool:
    """Whether the verb of *it* or *they* takes such a thing: agreements are signed, places stormed, bodies
    speak. Names that only describe a noun ("Taliban prisoners") are not what *they* are."""
    other, token = candidate.mention, doc[pronoun.mention.head]
    if rule.id == "they":
        return other.form != "name" or doc[other.head].dep_ not in ("compound", "nmod", "amod")
    if token.dep_ == "poss" and token.head.lemma_.lower() in _DEEDS:
        whole = other.rule == "country/name" and "part" not in other.attributes  # not "western Uganda"
        return whole or other.kind not in ("place", "facility")
    if rule.id != "it" or token.dep_ == "poss":
        return True
    verb = token.head.lemma_.lower()
    if verb in _MADE and token.dep_ in ("dobj", "nsubjpass"):
        return other.kind == "agreement"
    if verb in _TAKEN and token.dep_ in ("dobj", "nsubjpass"):
        return other.kind in ("place", "facility")
    if verb in _OWNED_UP and token.dep_ == "dobj":
        return False
    if verb in _HAPPENING and token.dep_ == "nsubj":
        return other.kind in ("agreement", "operation")
    if verb in _SPOKEN and token.dep_ == "nsubj":
        named = other.kind != "place" or other.rule == "country/name"
        return named and other.kind not in ("facility", "agreement", "operation")
    return True


def _introduces(doc: Doc, candidate: Candidate, pronoun: Candidate, rule: Reference) -> bool:
    """Whether an unresolved nominal brings in somebody new, as an indefinite or described noun does."""
    other = candidate.mention
    if other.form == "pronoun":
        return False
    if candidate.text.lower() == pronoun.text.lower() and not is_counted(doc, other):
        return False
    if doc[other.head].dep_ in ("attr", "appos", "oprd", "acomp") or _in_apposition(doc, other):
        return False
    return not (rule.precision and other.kind == "place")


def is_counted(doc: Doc, mention: Mention) -> bool:
    """Whether a numeral stands before the mention ("3,000 troops")."""
    before = doc[mention.start - 1] if mention.start else None
    return before is not None and before.tag_ == "CD"


def _speaks(doc: Doc, other: Mention, pronoun: Mention) -> bool:
    """Whether the pronoun stands in a quotation and the candidate is who says it: he would say *I*."""
    head = doc[other.head]
    while head.dep_ == "conj" and head.head is not head:
        head = head.head
    if head.dep_ not in SUBJECTS or not says(head.head) or quoted(doc, head.idx):
        return False
    return quoted(doc, doc[pronoun.head].idx)


def _reports(doc: Doc, other: Mention) -> bool:
    """Whether the mention is who tells of it: no attacker is his own spokesman."""
    head = doc[other.head]
    return head.dep_ in SUBJECTS and says(head.head)


def _right_size(doc: Doc, other: Mention, rule: Reference) -> bool:
    part = "part" in other.attributes and rule.id == "country"
    return size_of(doc, other) in rule.precision and not part


def size_of(doc: Doc, place: Mention) -> str:
    """The precision of a place, from its name where the gazetteer does not know it."""
    known = place.attributes.get("precision")
    return str(known or DESIGNATORS.get(doc[place.end - 1].lower_) or "unknown")


def _right_number(candidate: Candidate, rule: Reference) -> bool:
    other = candidate.mention
    if rule.number == "plural":
        several = (other.form == "name" or other.refers_to is not None) and other.kind in (
            "armed_group",
            "people",
            "state_force",
            "organisation",
        )
        if not candidate.plural and not several:
            return False
        return rule.id == "they" or other.kind != "people" or other.form != "name"
    return not (rule.number == "singular" and candidate.plural)


def _in_apposition(doc: Doc, mention: Mention) -> bool:
    """Whether a nominal stands in commas after a name ("Diallo, the leader"), right before one, or in front
    of the subject that it describes ("A former teacher, the man fled")."""
    start = mention.start
    while start > 0 and doc[start - 1].tag_ in ("DT", "PRP$", "JJ"):
        start -= 1
    after_name = start > 1 and doc[start - 1].text in (",", "—", "–") and doc[start - 2].text[0].isupper()
    before_name = mention.head + 1 < len(doc) and doc[mention.head + 1].tag_ == "NNP"
    fronted = (
        (start == 0 or doc[start].is_sent_start)
        and mention.end + 1 < len(doc)
        and doc[mention.end].text == ","
        and (doc[mention.end + 1].tag_ in ("PRP", "NNP") or doc[mention.end + 1].lower_ == "the")
    )
    return mention.kind == "person" and bool(after_name or before_name or fronted)


def same_sort(doc: Doc, other: Mention, mention: Mention) -> bool:
    """A bare noun takes up a nominal only where the two are of one noun class ("the troops", "Ivorian
    soldiers"), and a name only where the name's form or kind allows the noun."""
    word, noun = doc[mention.head].lower_, mention.attributes.get("noun")
    before = other.attributes.get("noun")
    if noun in _DOERS and before not in _DOERS and (_harmed(doc[other.head]) or before in _SUFFERERS):
        return False
    if noun in _DOERS and other.kind == "person" and (other.attributes.get("office") or _reports(doc, other)):
        return False
    if noun in _DOERS and before in _DOERS and "suspect" in (noun, before):
        return True
    if noun in _SUFFERERS and before in _DOERS:
        return False
    if other.form == "name":
        text = other.text(doc).lower()
        if _only_modifies(word, text.split()):
            return False
        if mention.rule == "noun/facilities":
            return mention.text(doc).lower() in text or word in _SITES
        if word in _NAMED_SO:
            return _called(word, text) or (word in _STATES and other.rule == "country/seat")
        if mention.rule == "noun/officials" and other.attributes.get("office"):
            office = other.attributes["office"]["text"].lower()
            return word in office or word in _LOOSE_TITLES
        return not (other.kind == "government" and other.attributes.get("adjective"))
    one, two = _noun(other), _noun(mention)
    if other.rule == mention.rule:
        if mention.rule == "noun/officials":
            return one.split()[-1] == two.split()[-1]
        if mention.rule == "noun/facilities":
            return one.split()[-1] == two.split()[-1] or word in _SITES
        if mention.rule in ("noun/people", "noun/governments", "noun/forces"):
            return one == two or two in _GENERIC_PEOPLE or {one, two} <= _STATES
        return one == two or two not in PARTICULAR
    pair = {other.rule, mention.rule}
    if pair <= {"noun/soldiers", "noun/forces"}:
        return True
    if word in ("area", "location", "scene", "site") and other.kind == "facility":
        return other.attributes.get("noun") not in _MOVING
    if other.rule == "noun/people" and two in _GENERIC_PEOPLE | _DOERS:
        return mention.rule == "noun/people"
    armed = {"noun/armed-men", "noun/armed-bodies", "noun/loose-armed-bodies"}
    return pair <= armed and mention.attributes.get("noun") not in PARTICULAR


def _noun(mention: Mention) -> str:
    """The noun of a nominal in one spelling ("protestor", "protester")."""
    return re.sub(r"(?<=[bcdfghklmnpqrstvwxz])or$", "er", str(mention.attributes.get("noun")))


def _only_modifies(word: str, name: list[str]) -> bool:
    """Whether a name has the noun but is not headed by it: a "Democratic Alliance Army" is no alliance."""
    if word not in name:
        return False
    after = name[name.index(word) + 1 :]
    return bool(after) and after[0] not in ("of", "for", "in", "to", "against", "and", "on")


def _called(word: str, name: str) -> bool:
    if word == "military":
        return "military" in name or "armed forces" in name or "army" in name
    return word in name or (word in _STATES and any(state in name for state in _STATES))


def _harmed(token: Token) -> bool:
    """Whether somebody is killed, hurt or seized by the verb he depends on."""
    while token.dep_ == "conj" and token.head is not token:
        token = token.head
    return token.dep_ in ("nsubjpass", "dobj") and token.head.lemma_.lower() in _HARM


def same_clause(doc: Doc, other: Mention, mention: Mention) -> bool:
    """Whether `other` is subject of the verb that `mention` depends on, or of one that governs that verb as
    an infinitive or participle: the two then differ ("AAD joined forces to expel the rebels")."""
    if not doc.has_annotation("DEP"):
        return False
    top = doc[other.head]
    while top.dep_ in ("conj", "appos") and top.head is not top:
        top = top.head
    if top.dep_ not in SUBJECTS:
        return False
    token = doc[mention.head]
    if token.dep_ in (*SUBJECTS, "poss"):
        return False
    verb = token.head
    for _ in range(6):
        if verb == top.head:
            return True
        if verb.dep_ not in ("xcomp", "advcl", "prep", "pobj", "acl", "conj", "pcomp", "dobj"):
            return False
        verb = verb.head
    return False


def _controls(doc: Doc, other: Mention, mention: Mention) -> bool:
    """Whether `other` is subject or object of the very verb that `mention` depends on, or the object of one
    that governs it as an infinitive ("accused Orsk of planning to attack the country")."""
    if not doc.has_annotation("DEP") or doc[other.head].dep_ not in (*SUBJECTS, "dobj"):
        return False
    top, token = doc[other.head], doc[mention.head]
    if token.dep_ in (*SUBJECTS, "poss"):
        return False
    verb, crossed = token.head, 0
    for _ in range(7):
        if verb == top.head:
            return crossed == 0 or top.dep_ == "dobj"
        crossed += verb.tag_.startswith("VB")
        if verb.dep_ not in ("xcomp", "prep", "pobj", "pcomp", "dobj"):
            return False
        verb = verb.head
    return False


def _one_of(doc: Doc, pronoun: Mention, other: Mention) -> bool:
    """Whether the pronoun stands in "one of its …", said of the subject: that is then part of another."""
    if pronoun.start < 2 or doc[pronoun.start - 1].lower_ != "of" or doc[pronoun.start - 2].lower_ != "one":
        return False
    return doc[other.head].dep_ in SUBJECTS and doc[other.head].sent == doc[pronoun.start].sent


def coordinated(doc: Doc, one: Mention, other: Mention) -> bool:
    """Whether two mentions stand in one coordination: by the parse, or with only commas, *and* and names
    between."""
    if one is other:
        return True
    if doc.has_annotation("DEP") and doc[other.head] in doc[one.head].conjuncts:
        return True
    between = doc[one.end : other.start]
    if len(between) > 12:
        return False
    return all(
        t.text in (",", "&") or t.lower_ in ("and", "the") or t.text[0].isupper() for t in between
    ) and any(t.lower_ in ("and", "&") for t in between)


def salience(doc: Doc, candidate: Candidate, pronoun: Candidate, rule: Reference) -> float:
    """How likely a candidate is; only the order matters."""
    other = candidate.mention
    score = float(candidate.role)
    back = pronoun.sentence - candidate.sentence
    score -= _BACK.get(rule.id, 1.0) * back
    if other.form == "name":
        score += 0.5
    if other.form == "pronoun":
        score += 0.8
    if other.form == "name" and doc[other.head].dep_ in ("compound", "nmod", "amod"):
        score -= 0.8
    if candidate.role and candidate.role == pronoun.role and rule.pronoun:
        score += 0.5
    if candidate.paragraph != pronoun.paragraph:
        score -= 1.0
    if other.attributes.get("adjective"):
        return score - 1.0
    kind = "government" if "government" in other.attributes and "government" in rule.kinds else other.kind
    score -= 0.3 * rule.kinds.index(kind)
    if not rule.pronoun and other.attributes.get("noun") and _noun(other) == _noun(pronoun.mention):
        score += 2.5 if pronoun.mention.attributes.get("noun") in PARTICULAR else 1.5
    if rule.number == "plural" and candidate.plural:
        score += 0.7
    if rule.precision and other.kind == "place":
        size = size_of(doc, other)
        score -= 0.5 * rule.precision.index(size) if size in rule.precision else 0
    return score
