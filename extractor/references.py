"""References: what pronouns and bare definite nouns stand for.

A word of `patterns/entities/references.toml` looks back for a mention of a fitting kind and number (see
`antecedents`); a bare noun also for a name that ends in it ("the front"). Where two different candidates are
equally good, nothing is resolved. First persons are resolved by who speaks (see `speakers`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from spacy.tokens import Doc, Token

from extractor.antecedents import (
    SUBJECTS,
    Candidate,
    Reference,
    Text,
    announce,
    coordinated,
    identity,
    make_candidate,
    may_be,
    salience,
)
from extractor.mentions import Mention
from extractor.patterns import read_rules
from extractor.speakers import resolve_speakers

_DEFINITE = {"the", "this", "that", "these", "those", "both", "such"}
_ECHOED = {"armed_group", "organisation", "government", "intergovernmental", "state_force", "facility", "agreement",
           "operation", "media", "place"}  # fmt: skip
_OWNED = {
    "party", "army", "military", "government", "group", "militia", "movement", "regime", "organisation",
    "organization", "faction", "company", "north", "south", "east", "west", "coast", "border", "capital", "region",
}  # fmt: skip
_HOMES = {"town", "city", "village", "district", "province", "municipality", "hometown"}
_FAR = 25  # sentences back to a name that ends in a bare noun
_SPEAKERS = {"i": "person", "me": "person", "my": "person", "we": "people", "us": "people", "our": "people",
             "who": "people", "others": "people", "another": "person", "latter": "people", "former": "people",
             "there": "place"}  # fmt: skip


@lru_cache(maxsize=4)
def load_references(folder: Path) -> dict[str, Reference]:
    """Read references.toml of a patterns folder: word in lower case to rule. Cached per folder."""
    found: dict[str, Reference] = {}
    for rule in read_rules([folder / "entities" / "references.toml"], "reference", Reference):
        for word in rule.words:
            found.setdefault(word.lower(), rule)
    return found


def find_references(doc: Doc, mentions: Sequence[Mention], rules: dict[str, Reference]) -> list[Mention]:
    """The mentions with pronouns added, and with `refers_to` and entity set on those that stand for another.

    Args:
        doc: tagged, better parsed as well.
        mentions: names and nominals, one per head.
        rules: what `load_references` gives.
    """
    text = Text(doc, mentions)
    found = [*mentions, *_pronouns(doc, mentions, rules), *_echoes(doc, mentions)]
    # A possessive first, for the noun it stands before depends on it.
    candidates = [
        make_candidate(doc, m, text)
        for m in sorted(found, key=lambda m: (m.start, m.form != "pronoun", m.end))
    ]
    announce(doc, candidates)
    seen: list[Candidate] = []
    kept: list[Mention] = []
    for candidate in candidates:
        mention = candidate.mention
        rule = _rule_for(doc, mention, rules)
        if rule is not None and not _resolve_title(candidate, rule, doc, candidates, text):
            _resolve(doc, candidate, rule, seen, text)
        if mention.refers_to is None and mention.form != "name":
            _resolve_otherwise(doc, candidate, rule, seen, text)
        if mention.form == "pronoun" and mention.kind == "":
            if mention.refers_to is None:
                continue
            mention.kind = "organisation"
        if mention.rule == "noun/echo" and mention.refers_to is None:
            continue
        kept.append(mention)
        seen.append(candidate)
    kept.sort(key=lambda m: (m.start, -m.end))
    resolve_speakers(doc, kept, text.starts)
    return kept


def _echoes(doc: Doc, mentions: Sequence[Mention]) -> list[Mention]:
    """Nouns that no list has, but with which a name of this document ends ("the front")."""
    last = {
        doc[m.head].lower_: m
        for m in reversed(mentions)
        if m.form == "name" and m.kind in _ECHOED and m.end - m.start > 1 and m.head > m.start
    }
    covered = {i for m in mentions for i in range(m.start, m.end)}
    return [
        Mention(t.i, t.i + 1, t.i, last[t.text].kind, "noun/echo", "noun", form="nominal", attributes={"noun": t.text})
        for t in doc
        if t.text in last and t.i not in covered and t.tag_ == "NN" and _is_bare(doc, t.i)
        and t.i > last[t.text].end
    ]  # fmt: skip


def _is_bare(doc: Doc, i: int) -> bool:
    """Whether the noun stands alone after *the*, *this* or *the same*."""
    after = doc[i + 1] if i + 1 < len(doc) else None
    if after is not None and (after.lower_ == "of" or after.tag_ in ("NN", "NNS", "NNP", "NNPS")):
        return False
    if i and doc[i - 1].lower_ == "same":
        i -= 1
    return i > 0 and doc[i - 1].lower_ in ("the", "this", "that")


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
        elif word in _SPEAKERS and _stands_alone(token):
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
    if token.lower_ == "there":
        return token.tag_ == "RB" and token.dep_ == "advmod"
    if token.tag_ not in ("PRP", "PRP$", "NNS", "JJ", "NN"):
        return False
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


def _since(seen: Sequence[Candidate], pronoun: Candidate, window: int) -> Sequence[Candidate]:
    """Those of the last `window` sentences and its own; a long document has thousands before them."""
    return seen[bisect_left(seen, pronoun.sentence - window, key=lambda c: c.sentence) :]


def _resolve(doc: Doc, pronoun: Candidate, rule: Reference, seen: Sequence[Candidate], text: Text) -> None:
    mention = pronoun.mention
    if rule.id == "country" and doc[mention.start].tag_ == "PRP$" and _resolve_homeland(doc, mention, seen):
        return
    counted = doc[mention.start - 1].lower_ in ("two", "both", "three", "2", "3")
    if rule.pair or counted or doc[mention.start].lower_ in ("they", "them", "their"):
        if _resolve_pair(doc, pronoun, rule, seen):
            return
        if counted:
            return
    if rule.id == "town" and doc[mention.head].lower_ == "capital":
        seen = [c for c in seen if "government" in c.mention.attributes and c.mention.kind == "place"]
    fitting = [c for c in _since(seen, pronoun, rule.window) if may_be(doc, c, pronoun, rule, False)]
    if not fitting and not text.digest and _may_look_wider(doc, mention, rule):
        wider = rule.model_copy(update={"window": rule.window * 4})
        fitting = [c for c in _since(seen, pronoun, wider.window) if may_be(doc, c, pronoun, wider, True)]
        if len({identity(c) for c in fitting}) > 1:
            fitting = [c for c in fitting if may_be(doc, c, pronoun, rule, True)]
    if not fitting:
        _fall_back(doc, pronoun, rule, seen)
        return
    if doc[mention.start - 1].lower_ == "that" and rule.near:
        _point(doc, mention, fitting[-1:])
        return
    if not rule.pronoun:
        noun = doc[mention.head].lower_
        called_so = [c for c in fitting if c.mention.form == "name" and doc[c.mention.head].lower_ == noun]
        fitting = called_so or fitting
    often = Counter(identity(c) for c in fitting)
    scored = sorted(
        (
            (salience(doc, c, pronoun, rule) + 0.3 * min(3, often[identity(c)] - 1), c.mention.start, n)
            for n, c in enumerate(fitting)
        ),
        reverse=True,
    )
    best = fitting[scored[0][2]]
    rivals = [s for s in scored[1:] if identity(fitting[s[2]]) != identity(best)]
    if rivals and rivals[0][0] >= scored[0][0] and not rule.near:
        return
    _point(doc, mention, [best])


def _may_look_wider(doc: Doc, mention: Mention, rule: Reference) -> bool:
    """Whether the paragraphs before may hold it: for subjects that open a text anew, and single things."""
    return doc[mention.head].dep_ in SUBJECTS if rule.pronoun else rule.number == "singular"


def _resolve_homeland(doc: Doc, mention: Mention, seen: Sequence[Candidate]) -> bool:
    """ "His own country": the one whose office he holds."""
    owner = next((c.mention for c in reversed(seen) if c.mention.start == mention.start), None)
    code = "" if owner is None else owner.attributes.get("affiliation", "").rpartition("/")[2]
    named = [c for c in seen if c.mention.attributes.get("country") == code and c.mention.source == "country"]
    if code and named:
        _point(doc, mention, named[-1:])
    return bool(code and named)


def _fall_back(doc: Doc, pronoun: Candidate, rule: Reference, seen: Sequence[Candidate]) -> None:
    """ "The country" of a document that is about one."""
    if rule.id == "country":
        states = Counter(
            c.mention.attributes.get("country") for c in seen if c.mention.attributes.get("country")
        )
        named = [c for c in seen if c.mention.rule == "country/name" and c.mention.form == "name"]
        for code, count in states.most_common(1):
            chosen = [c for c in named if c.mention.attributes["country"] == code]
            if chosen and count * 2 > sum(states.values()):
                _point(doc, pronoun.mention, chosen[-1:])


def _resolve_title(
    pronoun: Candidate, rule: Reference, doc: Doc, everybody: Sequence[Candidate], text: Text
) -> bool:
    """ "The foreign secretary" is whom the document calls so: by the whole title, else by its last word."""
    if rule.id != "leader":
        return False
    for words in (pronoun.text.lower(), doc[pronoun.mention.head].lower_):
        found = {}
        for candidate in everybody:
            if candidate.mention.form != "name" or "office" not in candidate.mention.attributes:
                continue
            if (text.digest and candidate.paragraph != pronoun.paragraph) or coordinated(
                doc, pronoun.mention, candidate.mention
            ):
                continue
            title = candidate.mention.attributes["office"]["text"].lower()
            if title == words or (" " not in words and title.split()[-1] == words):
                found[identity(candidate)] = candidate
        if len(found) == 1:
            _point(doc, pronoun.mention, list(found.values()))
            return True
    return False


def _resolve_otherwise(
    doc: Doc, pronoun: Candidate, rule: Reference | None, seen: Sequence[Candidate], text: Text
) -> None:
    """What has no rule of its own, or found nothing by it."""
    mention = pronoun.mention
    word = doc[mention.head].lower_
    if word in ("former", "latter") and mention.form == "pronoun":
        _resolve_order(doc, pronoun, word == "former", seen)
    elif word == "there":
        near = [c for c in seen if c.mention.kind == "place" and c.mention.entity and c.mention.form == "name"
                and 0 <= pronoun.sentence - c.sentence <= 1 and not c.mention.attributes.get("adjective")]  # fmt: skip
        if near:
            _point(doc, mention, near[-1:])
    elif mention.form == "nominal" and mention.attributes.get("noun") == "enemy":
        _resolve_enemy(doc, mention, seen)
    elif mention.form == "nominal":
        if _resolve_owned(doc, pronoun, seen) or not _is_bare(doc, mention.head):
            return
        _echo(doc, pronoun, seen, text)


def _resolve_enemy(doc: Doc, mention: Mention, seen: Sequence[Candidate]) -> None:
    """ "The enemy" is the armed group that the text is about, where there is one."""
    groups = [
        c for c in seen if c.mention.form == "name" and c.mention.kind == "armed_group" and c.mention.entity
    ]
    often = Counter(identity(c) for c in groups).most_common(2)
    if often and (len(often) == 1 or often[0][1] >= 2 * often[1][1]):
        _point(doc, mention, [c for c in groups if identity(c) == often[0][0]][-1:])


def _resolve_order(doc: Doc, pronoun: Candidate, first: bool, seen: Sequence[Candidate]) -> None:
    """ "The former" and "the latter" of the two last coordinated."""
    for n in range(len(seen) - 1, 0, -1):
        one, other = seen[n - 1], seen[n]
        if pronoun.sentence - other.sentence > 1:
            return
        if one.mention.end <= other.mention.start and coordinated(doc, one.mention, other.mention):
            _point(doc, pronoun.mention, [one if first else other])
            return


def _resolve_owned(doc: Doc, pronoun: Candidate, seen: Sequence[Candidate]) -> bool:
    """ "His forces", "its military", "the country's north": by whom the owner stands for."""
    mention = pronoun.mention
    here = _since(seen, pronoun, 0)
    owner = next(
        (c for c in reversed(here) if c.mention.start == mention.start and c.mention.refers_to), None
    )
    if owner is None and mention.start + 1 < mention.end and doc[mention.start + 1].tag_ == "POS":
        owner = next((c for c in reversed(here) if c.mention.head == mention.start), None)
    if owner is None or owner.mention.refers_to is None or mention.entity:
        return False
    if mention.attributes.get("noun") in ("territory", "soil"):
        _point(doc, mention, [owner])
        return True
    if mention.attributes.get("noun") in _HOMES:
        home = _home_of(doc, owner, seen)
        if home is not None:
            _point(doc, mention, [home])
        return True
    if mention.attributes.get("noun") not in _OWNED and mention.rule not in ("noun/forces", "noun/soldiers"):
        return False
    rest = (
        doc[owner.mention.end : mention.end].text.removeprefix("own ").removeprefix("’s ").removeprefix("'s ")
    )
    mention.refers_to = f"{owner.mention.refers_to}’s {rest}"
    if owner.mention.attributes.get("country") and mention.kind in ("state_force", "government"):
        mention.attributes["country"] = owner.mention.attributes["country"]
        if owner.mention.kind in ("place", "government"):
            mention.entity = f"{mention.kind}/{mention.attributes['country']}"
    elif owner.mention.entity:
        mention.attributes["affiliation"] = owner.mention.entity
    return True


def _home_of(doc: Doc, owner: Candidate, seen: Sequence[Candidate]) -> Candidate | None:
    """The place named in the words that bring somebody in ("the mayor of Sarvan")."""
    at = owner.mention.attributes.get("antecedent")
    if at is None:
        return None
    inside = [c for c in seen if c.mention.kind == "place" and at[0] < c.span[0] and c.span[1] <= at[1]]
    return inside[-1] if inside else None


def _echo(doc: Doc, pronoun: Candidate, seen: Sequence[Candidate], text: Text) -> None:
    """The one name of the document so far that ends in the noun."""
    word = doc[pronoun.mention.head].lower_
    called = [
        c for c in _since(seen, pronoun, _FAR)
        if _is_told(c) and c.mention.kind in _ECHOED and c.mention.end - c.mention.start > 1
        and doc[c.mention.head].lower_ == word and pronoun.sentence - c.sentence <= _FAR
        and (c.paragraph == pronoun.paragraph or not (text.digest or c.mention.kind == "place"))
        and not coordinated(doc, c.mention, pronoun.mention)
    ]  # fmt: skip
    if called and len({identity(c) for c in called}) == 1:
        _point(doc, pronoun.mention, called[-1:])


def _resolve_pair(doc: Doc, pronoun: Candidate, rule: Reference, seen: Sequence[Candidate]) -> bool:
    """ "The two leaders", "both countries", "they": two or more coordinated or, for "the two", the last two
    named."""
    mention = pronoun.mention
    names = [
        c for c in _since(seen, pronoun, rule.window)
        if c.mention.form == "name" and c.mention.kind in (("person",) if rule.id == "they" else rule.kinds)
        and c.paragraph == pronoun.paragraph and pronoun.sentence - c.sentence <= rule.window
        and not c.mention.attributes.get("adjective")
        and (not rule.precision or c.mention.attributes.get("precision", "unknown") in rule.precision)
    ]  # fmt: skip
    meeting = _meeting(doc, names)
    if meeting:
        _point(doc, mention, meeting)
        return True
    for last in reversed(names):
        chain = [
            c
            for c in names
            if c.mention.end <= last.mention.end and coordinated(doc, c.mention, last.mention)
        ]
        distinct = {identity(c): c for c in chain}
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
            _point(doc, mention, [repeated])
            mention.attributes["entities"] = repeated.mention.attributes["entities"]
            return True
        if len(distinct) > 1:
            if rule.id == "they" and (last.role < 2 or pronoun.sentence - last.sentence > 1):
                continue
            _point(doc, mention, list(distinct.values()))
            return True
    counted = any(t.lower_ in ("two", "both", "2") for t in doc[max(0, mention.start - 2) : mention.start])
    distinct = {}
    for candidate in reversed(names):
        distinct.setdefault(identity(candidate), candidate)
    last_two = list(distinct.values())[:2]
    if counted and len(last_two) == 2 and all(pronoun.sentence - c.sentence <= 1 for c in last_two):
        _point(doc, mention, sorted(last_two, key=lambda c: c.mention.start))
        return True
    if counted and len(distinct) == 2:
        _point(doc, mention, sorted(distinct.values(), key=lambda c: c.mention.start))
        return True
    return False


def _point(doc: Doc, mention: Mention, antecedents: list[Candidate]) -> None:
    names = [_name(doc, c) for c in antecedents]
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


def _is_told(candidate: Candidate) -> bool:
    """Whether a candidate is a name, a definite person, or stands for one."""
    mention = candidate.mention
    return mention.form == "name" or (
        mention.form == "nominal"
        and not candidate.named
        and (mention.refers_to is not None or (mention.kind == "person" and candidate.text[0].isupper()))
    )


def _meeting(doc: Doc, names: Sequence[Candidate]) -> list[Candidate]:
    """Subject and object of the last verb of meeting among persons, states or bodies."""
    for other in reversed(names):
        head = doc[other.mention.head]
        verb = head.head.head if head.dep_ == "pobj" and head.head.lower_ == "with" else head.head
        if head.dep_ not in ("dobj", "pobj") or verb.lemma_.lower() not in (
            "meet",
            "talk",
            "speak",
            "host",
            "welcome",
        ):
            continue
        for one in names:
            subject = doc[one.mention.head]
            if subject.head == verb and subject.dep_ in SUBJECTS and identity(one) != identity(other):
                return [one, other]
    return []


def _name(doc: Doc, candidate: Candidate) -> str:
    """What the reader is told: the name, or the words that bring somebody in, with their count."""
    mention = candidate.mention
    told = mention.refers_to or mention.attributes.get("state")
    if told:
        return str(told)
    first = mention.start
    while mention.form == "nominal" and first > 0 and doc[first - 1].tag_ == "CD":
        first -= 1
    return doc[first : mention.end].text
