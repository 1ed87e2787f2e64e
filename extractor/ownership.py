"""Who owns what in a sentence: from a token up the parse to the first event met on the way."""

from __future__ import annotations

from spacy.tokens import Doc, Token

from extractor.frames import Candidate

PEGS = {"before", "after", "following", "since", "amid", "amidst", "despite"}
OCCURRING = {
    "take",
    "occur",
    "happen",
    "conduct",
    "carry",
    "launch",
    "begin",
    "start",
    "hold",
    "erupt",
    "follow",
    "claim",
}

PEG_PREPOSITIONS = {"after", "following", "before", "despite"}
TAKING_PLACE = {"take", "occur", "happen", "begin", "start", "erupt"}


def owners_of(events: list[Candidate]) -> dict[int, Candidate]:
    owners: dict[int, Candidate] = {}
    for c in events:
        for part in [*c.absorbed, c]:
            for i in part.trigger:
                owners[i] = c
            owners[part.head] = c
            if part.predication.light is not None:
                owners.setdefault(part.predication.light, c)
    for c in events:
        for f in c.fillers:
            owners.setdefault(f.head, c)
    return owners


def climb(doc: Doc, index: int, owners: dict[int, Candidate]) -> Candidate | None:
    token: Token = doc[index]
    for _ in range(12):
        if token.head == token:
            return owners.get(token.i)
        token = token.head
        if token.i in owners:
            return owners[token.i]
        if (happened := _happening(token, owners)) is not None:
            return happened
        if token.pos_ in ("VERB", "AUX") and not (
            token.dep_ in ("acl", "relcl") and token.lemma_ in OCCURRING
        ):
            return None
    return None


def _happening(verb: Token, owners: dict[int, Candidate]) -> Candidate | None:
    """The event noun of which a verb of its own says only that it took place ("the last round took place in May")."""
    if verb.pos_ != "VERB" or verb.lemma_ not in OCCURRING or verb.dep_ in ("acl", "relcl"):
        return None
    passive = any(t.dep_ in ("nsubjpass", "auxpass") for t in verb.lefts)
    if passive == (verb.lemma_ in TAKING_PLACE):
        return None
    subject = next((t for t in verb.lefts if t.dep_ in ("nsubj", "nsubjpass")), None)
    owner = owners.get(subject.i) if subject is not None else None
    return owner if owner is not None and owner.predication.kind == "noun" else None


def told_of_a_participant(doc: Doc, index: int, owners: dict[int, Candidate]) -> bool:
    """Whether a token stands in a finite relative clause about somebody or something other than an event: where "a man
    who had fought in *Idlib*" was arrested, the clause does not say."""
    token: Token = doc[index]
    for _ in range(12):
        if token.head == token:
            return False
        if token.dep_ == "relcl" and token.pos_ in ("VERB", "AUX"):
            noun = token.head
            event = owners.get(noun.i)
            return event is None or noun.i not in {event.head, *event.trigger}
        token = token.head
    return False


def same_clause(doc: Doc, one: Candidate, other: Candidate) -> bool:
    """Whether two events stand in one chain of coordinate or participle clauses."""
    a, b = doc[one.head], doc[other.head]
    for token, goal in ((a, b), (b, a)):
        for _ in range(3):
            if token.head == token:
                break
            if token.dep_ not in ("conj", "advcl", "xcomp", "dobj", "acl", "pcomp", "prep"):
                break
            if token.dep_ == "prep" and token.lower_ in PEGS:
                break
            token = token.head
            if token == goal:
                return True
    return False


def of_a_peg(doc: Doc, i: int) -> bool:
    """Whether it dates what an event is told to come after: "in response to the seizure of the port in May"."""
    token = doc[i]
    noun = False
    for _ in range(8):
        if token.head == token or token.pos_ in ("VERB", "AUX"):
            return False
        token = token.head
        if token.dep_ == "prep" and noun:
            if token.lower_ in PEG_PREPOSITIONS:
                return True
            if token.lower_ == "to" and token.head.lower_ in ("response", "retaliation", "reaction"):
                return True
        noun = noun or token.pos_ in ("NOUN", "PROPN")
    return False


def is_setting(doc: Doc, c: Candidate, donor: Candidate) -> bool:
    """Whether an event noun is what the donor happened in or during ("were killed in two blasts during a raid")."""
    token = doc[c.head]
    for _ in range(2):
        if token.dep_ != "pobj" or token.head.lower_ not in ("in", "during", "amid"):
            return False
        above = token.head.head
        if above.i in {donor.head, *donor.trigger, *(part.head for part in donor.absorbed)}:
            return True
        token = above
    return False


def attributed(doc: Doc, i: int) -> bool:
    """Whether an expression dates who is quoted: "according to the count of May 2023"."""
    above = [doc[i], *doc[i].ancestors][:8]
    for token in above:
        if token.lower_ == "according" or (token.lower_ == "to" and token.head.lower_ == "according"):
            return True
        if token.pos_ in ("VERB", "AUX") and token.dep_ not in ("acl", "relcl"):
            return False
    return False
