"""A small trained judge over what the rules propose: which events stand, and which mention fills which role.

Two logistic regressions over features a person can read; the weights are a JSON file in the package, so scoring
needs no machine-learning library. `training.py` fits them.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spacy.tokens import Doc, Span, Token

from extractor.arguments import Mentions
from extractor.errors import InputError
from extractor.frames import PARTICIPANT, Candidate, lemma_of
from extractor.schema import Argument, QuantityRecord

WEIGHTS = Path(__file__).parent / "judge.json"
HABIT = {"regularly", "often", "frequently", "increasingly", "routinely", "repeatedly", "always", "typically", "usually",
         "sometimes", "generally", "continually", "constantly", "historically", "traditionally", "ever", "long"}  # fmt: skip


@dataclass(frozen=True)
class Weights:
    """A fitted logistic regression: bias, weight per feature, and the threshold that maximised F1 on documents not
    trained on. `loose_threshold` is for candidates that lack what their frame needs."""

    bias: float
    weights: dict[str, float]
    threshold: float
    loose_threshold: float = 1.0

    def total(self, features: list[str]) -> float:
        """The bias and the weights of the features present, added up: the log odds."""
        return self.bias + sum(self.weights.get(f, 0.0) for f in features)

    def probability(self, features: list[str]) -> float:
        """Probability from the features present."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.total(features)))))

    def verdict(self, what: str, start: int, features: list[str], loose: bool = False) -> Verdict:
        """The decision on one proposal, with the weights that made it, heaviest first."""
        known = [(f, self.weights[f]) for f in features if f in self.weights]
        return Verdict(
            what, start, self.total(features), self.probability(features),
            self.loose_threshold if loose else self.threshold, self.bias,
            sorted(known, key=lambda pair: (-abs(pair[1]), pair[0])),
        )  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """A decision of the judge. `what` names the proposal, `start` is the offset of its event's trigger, `total` the
    log odds, `reasons` the features present with their weights, heaviest first."""

    what: str
    start: int
    total: float
    probability: float
    threshold: float
    bias: float
    reasons: list[tuple[str, float]]

    @property
    def accepted(self) -> bool:
        return self.probability >= self.threshold


@cache
def load_weights(path: Path = WEIGHTS) -> tuple[Weights, Weights, dict[str, list[str]]] | None:
    """Event weights, argument weights and the roles each type takes; None where the shipped file is not there.

    Args:
        path: a file that `extractor train judge` wrote.

    Raises:
        InputError: a file of the user's is missing or holds no weights.
    """
    if path == WEIGHTS and not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return (Weights(**data["event"]), Weights(**data["argument"]), data["roles"])
    except OSError as error:
        problem = f"{path}: cannot read: {error.strerror or error}."
    except (ValueError, KeyError, TypeError):
        problem = f"{path}: holds no weights of the judge."
    raise InputError("bad_weights", problem, "Name a file that `extractor train judge` wrote.") from None


@dataclass
class Scene:
    """What the judge sees around the candidates of one sentence."""

    doc: Doc
    sentence: Span
    candidates: list[Candidate]
    mentions: Mentions
    present: float


def present_share(doc: Doc) -> float:
    """Share of finite verbs in the present tense: notes and headlines tell events in the present, profiles in the
    past."""
    tags = [t.tag_ for t in doc if t.tag_ in ("VBD", "VBZ", "VBP") and t.lemma_ != "be"]
    return sum(t != "VBD" for t in tags) / len(tags) if tags else 0.5


def event_features(
    scene: Scene, c: Candidate, quantities: list[QuantityRecord], arguments: list[Argument], modality: str
) -> list[str]:
    """Readable features of one proposed event: its grammar and participants. Words, dates, tense and the place in the
    paragraph are left out: they tell the genre of the training articles, and mislead on articles of another."""
    doc, p, token = scene.doc, c.predication, scene.doc[c.head]
    kind = c.type
    out = [f"frame={c.frame.id}", f"type={kind}", f"clause={p.clause}", f"clause={p.clause}&kind={p.kind}",
           f"dep={token.dep_}&kind={p.kind}", f"modality={modality}", f"modality={modality}&clause={p.clause}"]  # fmt: skip
    out += ["passive"] * p.passive + ["light"] * (p.light is not None) + [f"modal={m}" for m in p.modals]
    if c.frame.weak:
        out.append("weak")
    if c.loose:
        out += ["loose", f"loose&frame={c.frame.id}"]
    if p.light is not None:
        out.append(f"light={lemma_of(doc[p.light])}")
    for g in p.governors[:1]:
        out += [f"governor={g.relation}", f"governor={g.lemma}&relation={g.relation}"]
        if g.predicate in {o.head for o in scene.candidates}:
            out.append(f"governor-event={next(o.type for o in scene.candidates if o.head == g.predicate)}")
    roles: dict[str, list[Argument]] = defaultdict(list)
    for a in arguments:
        roles[a.role].append(a)
    for role in ("actor", "target", "party", "place", "result", "instrument", "beneficiary"):
        out.append(f"{role}={min(len(roles[role]), 2)}")
        for a in roles[role][:2]:
            out.append(f"{role}:{a.kind}")
            if role in ("actor", "target", "party"):
                span = scene.mentions.inside.get(_token_at(doc, a.start))
                out.append(f"{role}-mention={span._.mention if span is not None else 'none'}")
    for f in c.by_role("actor", "target", "party"):
        out.append(f"route:{f.role}:{f.function}:{f.route}")
    out.append(f"quantities={bool(quantities)}")
    out.append(f"absorbed={min(len(c.absorbed), 2)}")
    if p.kind == "noun":
        out += _noun_features(token)
    if {t.lower_ for t in token.children} & HABIT or {t.lower_ for t in token.head.children} & HABIT:
        out.append("habit")
    others = [o for o in scene.candidates if o is not c]
    out.append(f"others={min(len(others), 3)}")
    for o in others[:4]:
        out += [f"other={o.type}&type={kind}", f"other-same={o.type == kind}"]
    nested = mention_over(scene, c)
    if nested:
        out += ["in-name", f"in-name={nested}"]
    out += _sentence_features(scene, c)
    return sorted(set(out))


def _noun_features(token: Token) -> list[str]:
    deps = {t.dep_ for t in token.lefts}
    article = next((t.lower_ for t in token.lefts if t.dep_ == "det"), None)
    determiner = article or ("poss" if "poss" in deps else "num" if "nummod" in deps else "bare")
    number = "plural" if token.tag_ in ("NNS", "NNPS") else "singular"
    out = [f"det={determiner}&{number}"]
    if token.dep_ == "pobj":
        prep = token.head
        out += [f"under-prep={prep.lower_}", f"under-prep={prep.lower_}&det={determiner}",
                f"prep-of={prep.head.pos_}:{prep.lower_}"]  # fmt: skip
    else:
        out += [
            f"noun-dep={token.dep_}",
            f"noun-dep={token.dep_}&{determiner}",
        ]
    return out


def _sentence_features(scene: Scene, c: Candidate) -> list[str]:
    out = ["root"] * (scene.sentence.root.i == c.head)
    length = len(scene.sentence)
    out.append(f"length={'short' if length < 12 else 'middle' if length < 35 else 'long'}")
    quotes = sum(t.text in ("“", "”", '"') for t in scene.doc[scene.sentence.start : c.head])
    if quotes % 2:
        out.append("in-quote")
    return out


def mention_over(scene: Scene, c: Candidate) -> str | None:
    span = scene.mentions.inside.get(c.head)
    return span.label_ if span is not None and len(span) > 1 else None


def _token_at(doc: Doc, offset: int) -> int:
    span = doc.char_span(offset, offset + 1, alignment_mode="expand")
    return span.start if span is not None else -1


@dataclass
class Proposal:
    """A mention proposed for a role of an event. `rule` is whether the rules filled it so."""

    role: str
    head: int
    rule: bool
    features: list[str]


def propose(
    scene: Scene, c: Candidate, places: list[int], roles: dict[str, list[str]] | None
) -> list[Proposal]:
    """Every (role, mention) of the sentence worth judging for one event: what the rules filled, and, for the roles
    its type takes, the other mentions of a fitting kind."""
    filled = {(f.role, f.head): f for f in c.fillers if f.role != "place"}
    by_place = {f.head: f for f in c.by_role("place")}
    out: list[Proposal] = []
    done: set[tuple[str, int]] = set()
    for (role, head), f in filled.items():
        out.append(
            Proposal(role, head, True, argument_features(scene, c, role, head, f"{f.function}:{f.route}"))
        )
        done.add((role, head))
    for head in places:
        if ("place", head) not in done:
            how = by_place.get(head)
            rule = f"{how.function}:{how.route}" if how else "owner"
            out.append(Proposal("place", head, True, argument_features(scene, c, "place", head, rule)))
            done.add(("place", head))
    for head in scene.mentions.within(scene.sentence):
        if head in scene.mentions.timed or head in c.trigger:
            continue
        if scene.doc[head].tag_ == "PRP$" and scene.doc[head].head.i not in (c.head, *c.trigger):
            continue  # "his camera was seized": whose it was is no argument
        kinds = scene.mentions.kinds(head)
        for role in (roles or {}).get(c.type, []):
            if (role, head) in done or not _fits(role, kinds):
                continue
            out.append(Proposal(role, head, False, argument_features(scene, c, role, head, "none")))
            done.add((role, head))
    return out


def _fits(role: str, kinds: set[str]) -> bool:
    if role == "place":
        return bool(kinds & {"place", "facility"})
    if role in ("actor", "party", "beneficiary"):
        return bool(kinds & PARTICIPANT)
    if role == "instrument":
        return bool(kinds & {"weapon", "operation"})
    if role == "result":
        return bool(kinds - {"person", "people", "weapon"})
    return True


def argument_features(scene: Scene, c: Candidate, role: str, head: int, rule: str) -> list[str]:
    """Readable features of one mention in one role of one event."""
    doc, token, trigger = scene.doc, scene.doc[head], scene.doc[c.head]
    span = scene.mentions.at(head)
    kind = span.label_ if span is not None else "none"
    mention = span._.mention if span is not None else "phrase"
    path = dependency_path(token, trigger)
    order = "before" if head < c.head else "after"
    gap = abs(head - c.head)
    near = "1-3" if gap < 4 else "4-8" if gap < 9 else "9-16" if gap < 17 else "far"
    prep = governing_preposition(token)
    out = [f"role={role}", f"role={role}&type={c.type}", f"role={role}&kind={kind}", f"role={role}&type={c.type}&kind={kind}",
           f"role={role}&rule={rule}", f"type={c.type}&role={role}&rule={rule}", f"rule={rule}", f"role={role}&path={path}",
           f"frame={c.frame.id}&role={role}&rule={rule != 'none'}", f"role={role}&trigger={c.predication.kind}&rule={rule}",
           f"role={role}&{order}&{near}", f"role={role}&mention={mention}", f"role={role}&prep={prep}",
           f"type={c.type}&role={role}&prep={prep}&rule={rule != 'none'}", f"role={role}&kind={kind}&prep={prep}",
           f"role={role}&passive={c.predication.passive}&path={path}", f"role={role}&dep={token.dep_}&{order}"]  # fmt: skip
    if rule == "none":
        out += [f"none&role={role}&type={c.type}", f"none&role={role}&kind={kind}", f"none&role={role}&path={path}",
                f"none&role={role}&filled={bool(c.by_role(role))}"]  # fmt: skip
    else:
        out.append(f"ruled&role={role}&near={near}")
    other = [
        (o.type, f.role, f.route) for o in scene.candidates if o is not c for f in o.fillers if f.head == head
    ]
    out += [f"role={role}&other={r}:{rule != 'none'}" for _, r, _ in other[:2]]
    out.append(f"role={role}&events={min(len(scene.candidates), 3)}&rule={rule != 'none'}")
    if span is not None and span._.mention == "pronoun":
        out.append(f"role={role}&pronoun={token.lower_}")
    if kind == "none":
        out.append(f"role={role}&tag={token.tag_}&rule={rule}")
    if kind == "none" or mention != "name":
        out += [
            f"role={role}&lemma={lemma_of(token)}",
            f"role={role}&lemma={lemma_of(token)}&rule={rule != 'none'}",
        ]
    series = [h for h in scene.mentions.series(head) if h != head]
    if any((role, h) in {(f.role, f.head) for f in c.fillers} for h in series):
        out.append(f"role={role}&sibling-filled&rule={rule != 'none'}")
    shared = [
        o
        for o in scene.candidates
        if o is not c and any(f.role == role and f.head == head for f in o.fillers)
    ]
    for o in shared[:2]:
        out += [
            f"role={role}&shared={o.type}",
            f"role={role}&shared:{'conj' if doc[o.head].dep_ == 'conj' or doc[c.head].dep_ == 'conj' else '-'}",
        ]
    left = next(
        (
            o
            for o in sorted(scene.candidates, key=lambda o: o.head)
            if min(head, c.head) < o.head < max(head, c.head)
        ),
        None,
    )
    out.append(f"role={role}&event-between={left is not None}")
    return sorted(set(out))


def governing_preposition(token: Token) -> str:
    for _ in range(3):
        if token.dep_ in ("conj", "appos") and token.head != token:
            token = token.head
    return token.head.lower_ if token.dep_ in ("pobj", "pcomp") else "-"


def dependency_path(token: Token, trigger: Token) -> str:
    """Labels from a mention up to the lowest common ancestor and down to the trigger, shortened."""
    up: list[Token] = [token]
    while up[-1].head != up[-1] and len(up) < 9:
        up.append(up[-1].head)
    down: list[Token] = [trigger]
    while down[-1].head != down[-1] and len(down) < 9:
        down.append(down[-1].head)
    places = {t.i: k for k, t in enumerate(down)}
    for k, t in enumerate(up):
        if t.i in places:
            rise = [u.dep_ + (":" + u.lower_ if u.dep_ == "prep" else "") for u in up[:k]]
            fall = [d.dep_ for d in down[: places[t.i]]]
            if len(rise) + len(fall) > 5:
                return "long"
            return ">".join(rise) + "|" + "<".join(reversed(fall))
    return "apart"
