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
        if token.pos_ in ("VERB", "AUX") and not (
            token.dep_ in ("acl", "relcl") and token.lemma_ in OCCURRING
        ):
            return None
    return None


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
