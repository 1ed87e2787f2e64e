"""Which time expression dates an event: a trained judge between the expressions of its sentence and those before it.

`dating` proposes by rule; the judge weighs every expression that could date the event, the rule's choice among the
evidence, and takes the likeliest or none. Its weights are in date_judge.json (see training/date_judge.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path

from spacy.tokens import Token

from extractor.dating import ANNOUNCING, UNREAL, Dating
from extractor.frames import Candidate
from extractor.judge import Scene, Weights, dependency_path
from extractor.ownership import attributed, climb, owners_of
from extractor.schema import EventDate, Predication, Timex

WEIGHTS = Path(__file__).parent / "date_judge.json"
SENTENCES_BACK = 4
MOST_BEFORE = 5
OPENERS = {"the", "he", "she", "they", "it", "his", "her", "their", "this", "these", "also", "additionally", "in", "after",
           "later", "since", "however", "but", "at", "one", "another", "two", "there", "those"}  # fmt: skip
PEGS = {"upon", "after", "following", "since", "during", "amid", "before"}
LEADS = {"since", "from", "between", "until", "by", "before", "after", "over", "during", "later", "overnight"}


@cache
def load_date_weights(path: Path = WEIGHTS) -> tuple[Weights, Weights] | None:
    """Weights for expressions of the event's sentence and for those before it; None where there is no file. The
    threshold is for what the rules chose, the loose threshold for what they did not."""
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    return Weights(**data["sentence"]), Weights(**data["context"])


@dataclass
class DateProposal:
    """An expression that could date an event: `here` is whether it stands in the event's sentence, `rule` whether
    the rules chose it."""

    date: EventDate
    here: bool
    rule: bool
    features: list[str] = field(default_factory=list)


@dataclass
class Told:
    """An expression of an earlier sentence: how far back it stands and the events the rules dated by it."""

    timex: Timex
    sentence: int
    block: int
    dated: list[Candidate]
    last: bool


class DateJudge:
    """Weighs the dates of the events of one document, sentence by sentence in reading order.

    Args:
        dating: the rules, already run over the sentence that is judged.
        weights: for expressions of the sentence and of the context; None to propose only.
    """

    def __init__(self, dating: Dating, weights: tuple[Weights, Weights] | None) -> None:
        self.dating = dating
        self.doc = dating.doc
        self.weights = weights
        self.heads = {p.predicate: p for p in self.doc._.predications or []}
        self.lights = {p.light: p for p in self.heads.values() if p.light is not None}
        self.told: list[Told] = []
        self.count = 0

    def proposals(
        self, scene: Scene, ruled: dict[int, EventDate | None], modal: dict[int, str]
    ) -> dict[int, list[DateProposal]]:
        """Every expression worth weighing for each event of a sentence, keyed by the event's predicate."""
        sentence, events = scene.sentence, scene.candidates
        here = self.dating.within(sentence)
        owners = owners_of(events)
        block = self.dating.block(sentence.start_char)
        before = self._before(block)
        out = {}
        for c in events:
            rule = ruled[c.head]
            modality = modal.get(c.head, "actual")
            shared = self._event_features(scene, c, modality, rule, here)
            found: list[DateProposal] = []
            for i, t in here:
                chosen = rule is not None and rule.span.start == t.start
                if not chosen and modality in UNREAL and self._above_announces(i):
                    continue  # it dates the announcement, not what is announced
                date = rule if chosen and rule is not None else self.dating.bounded(c, i, t)
                features = self._sentence_features(scene, c, i, t, here, owners, ruled, modality)
                found.append(DateProposal(date, True, chosen, _cross(features, shared)))
            for told in before:
                chosen = rule is not None and rule.span.start == told.timex.start
                date = rule if chosen and rule is not None else self.dating.date(told.timex, "context")
                features = self._context_features(scene, c, told, block, before, here, rule, chosen)
                found.append(DateProposal(date, False, chosen, _cross(features, shared)))
            out[c.head] = found
        self._remember(here, ruled, events, block)
        return out

    def best(self, found: list[DateProposal]) -> EventDate | None:
        """The likeliest date of one event, None where no expression is likely enough."""
        assert self.weights is not None
        best: tuple[float, EventDate] | None = None
        for p in found:
            weights = self.weights[0 if p.here else 1]
            needed = weights.threshold if p.rule else weights.loose_threshold
            margin = weights.probability(p.features) - needed
            if margin >= 0 and (best is None or margin > best[0]):
                best = margin, p.date
        return best[1] if best else None

    def _before(self, block: int) -> list[Told]:
        """The expressions of the last sentences of the paragraph, or else the last ones of the paragraph before."""
        last = list(takewhile(lambda t: self.count - t.sentence <= SENTENCES_BACK, reversed(self.told)))
        near = [t for t in last if t.block == block] or last[:2]
        found: list[Told] = []
        for t in near:
            if all(t.timex.edtf != f.timex.edtf for f in found):
                found.append(t)
        return found[:MOST_BEFORE]

    def _remember(
        self,
        here: list[tuple[int, Timex]],
        ruled: dict[int, EventDate | None],
        events: list[Candidate],
        block: int,
    ) -> None:
        for k, (_, t) in enumerate(here):
            dated = [c for c in events if (d := ruled[c.head]) is not None and d.span.start == t.start]
            self.told.append(Told(t, self.count, block, dated, k == len(here) - 1))
        self.count += 1

    # ---- features -----------------------------------------------------------------------------------------

    def _event_features(
        self, scene: Scene, c: Candidate, modality: str, rule: EventDate | None, here: list[tuple[int, Timex]]
    ) -> list[str]:  # fmt: skip
        """What is the same for every expression: they are crossed with where the expression stands."""
        p = c.predication
        style = "present" if scene.present > 0.6 else "past" if scene.present < 0.4 else "mixed"
        ruled = (
            "none"
            if rule is None
            else "here"
            if any(rule.span.start == t.start for _, t in here)
            else "before"
        )
        out = [f"type={c.type}", f"kind={p.kind}", f"clause={p.clause}&kind={p.kind}", f"tense={p.tense}",
               f"modality={modality}", f"style={style}", f"ruled={ruled}", f"ruled={ruled}&kind={p.kind}",
               f"expressions={min(len(here), 3)}", f"events={min(len(scene.candidates), 4)}"]  # fmt: skip
        if any(t.tag_ == "VBD" and t.lemma_ == "have" for t in self.doc[c.head].children):
            out.append("past-perfect")
        if p.kind == "noun":
            out.append(f"det={self._determiner(c)}")
        for g in p.governors[:1]:
            out.append(f"governor={g.relation}")
        if any(g.lemma.split(" ")[0] in ANNOUNCING and g.relation == "complement" for g in p.governors):
            out.append(f"announced&modality={modality}")
        return out

    def _sentence_features(
        self, scene: Scene, c: Candidate, i: int, t: Timex, here: list[tuple[int, Timex]],
        owners: dict[int, Candidate], ruled: dict[int, EventDate | None], modality: str,
    ) -> list[str]:  # fmt: skip
        doc, head = self.doc, c.head
        start, end = self.dating.extent.get(i, (i, i + 1))
        low, high = (end, head) if head >= end else (head + 1, start)
        between = [doc[j] for j in range(low, max(low, high))]
        order = "before" if start < head else "after"
        gap = len(between)
        near = "0-2" if gap < 3 else "3-6" if gap < 7 else "7-14" if gap < 15 else "far"
        owner = climb(doc, i, owners)
        mine = "this" if owner is c else "other" if owner is not None else "no"
        rule = ruled[c.head]
        chosen = rule is not None and rule.span.start == t.start
        planned = modality in UNREAL
        others = [o for o in scene.candidates if o is not c]
        taken = [o for o in others if (d := ruled[o.head]) is not None and d.span.start == t.start]
        rank = min(2, sorted(scene.candidates, key=lambda o: abs(o.head - i)).index(c))
        closest = min(here, key=lambda pair: abs(pair[0] - head))[0] == i
        verbs = min(2, sum(w.i in self.heads and w.pos_ in ("VERB", "AUX") for w in between))
        nouns = min(2, sum(w.i in self.heads and w.pos_ == "NOUN" for w in between))
        commas = min(2, sum(w.text in (",", ";", "—", "–", "(") for w in between))
        prep, place = self._preposition(start, t), self._place(i, scene)
        path = dependency_path(doc[i], doc[head])
        kind, clause = c.predication.kind, c.predication.clause
        out = ["here", f"chosen={chosen}", f"chosen={chosen}&owner={mine}", f"owner={mine}&kind={kind}"]
        out += [f"{order}&{near}&kind={kind}", f"{order}&rank={rank}", f"closest={closest}"]
        out += [f"closest={closest}&rank={rank}&{order}", f"verbs={verbs}&{order}&kind={kind}"]
        out += [f"nouns={nouns}&{order}&kind={kind}", f"commas={commas}&{order}"]
        out += [f"verbs={verbs}&nouns={nouns}&commas={min(commas, 1)}&{order}"]
        out += [
            f"prep={prep}",
            f"prep={prep}&kind={kind}",
            f"place={place}",
            f"place={place}&clause={clause}&{order}",
        ]
        out += [f"place={place}&chosen={chosen}", f"path={path}", f"path={path}&kind={kind}"]
        out += [f"taken={min(len(taken), 2)}&chosen={chosen}", f"taken={bool(taken)}&owner={mine}&{order}"]
        out += [f"value={t.granularity}", f"open={'..' in (t.edtf or '')}"]
        out += [f"timex={t.type}&anchored={t.anchor is not None}", f"above={self._above(i)}&kind={kind}"]
        out.append(f"place={place}&planned={planned}")
        for o in taken[:1]:
            linked = _linked(doc[o.head], doc[head])
            out += [f"taken-by={linked}&kinds={o.predication.kind}:{kind}", f"taken-types={o.type}:{c.type}"]
        lead = [w.text for w in doc[scene.sentence.start : start]]
        if lead.count("(") > lead.count(")"):
            out.append("bracketed")
        label = self.dating.labelled(i)
        if label is not None:
            named = "this" if owners.get(label) is c else "event" if label in owners else "noun"
            out.append(f"label={named}&kind={kind}")
        if attributed(doc, i):
            out.append("attributed")
        if not self.dating.can_date(c, i, t):
            out.append("cannot-date")
        if self._above_announces(i):
            out += [f"dates-saying&kind={kind}", f"dates-saying&modality={modality}"]
        return out

    def _place(self, i: int, scene: Scene) -> str:
        if self.dating.opens(i, scene.sentence):
            return "opens"
        return "closes" if self.dating.closes(i, scene.sentence) else "inside"

    def _context_features(
        self, scene: Scene, c: Candidate, told: Told, block: int, before: list[Told], here: list[tuple[int, Timex]],
        rule: EventDate | None, chosen: bool,
    ) -> list[str]:  # fmt: skip
        back = min(4, self.count - told.sentence)
        same = told.block == block
        last = before[0] is told
        goes_on = self.dating.goes_on(c)
        opening = [t.lower_ for t in self.doc[scene.sentence.start : scene.sentence.start + 3]]
        order, newest = f"back={back}&same-block={same}", f"last={last}&said={told.last}"
        kind = c.predication.kind
        free = bool(here) and rule is None
        out = [
            "before",
            order,
            newest,
            f"{order}&{newest}",
            f"goes-on={goes_on}&{order}",
            f"goes-on={goes_on}&kind={kind}",
        ]
        out += [f"own-expressions={bool(here)}", f"own-expressions={bool(here)}&{order}", f"own-free={free}"]
        out += [f"open={'..' in (told.timex.edtf or '')}", f"value={told.timex.granularity}"]
        out += [f"competitors={min(len(before), 3)}", f"type={c.type}&same-block={same}&{newest}"]
        out += [f"dated={bool(told.dated)}&{order}", f"chosen={chosen}", f"chosen={chosen}&{order}"]
        for d in told.dated[:1]:
            p, q = d.predication, c.predication
            alike = d.type == c.type
            out += [
                f"dated-alike={alike}&same-block={same}",
                f"dated-kind={p.kind}:{q.kind}",
                f"dated-types={d.type}:{c.type}",
            ]
            out += [f"dated-clause={p.clause}&{order}", f"dated-tense={p.tense}:{q.tense}"]
            out += [
                f"alike={alike}&goes-on={goes_on}&{order}",
                f"alike={alike}&det={self._determiner(c)}&kind={kind}",
            ]
        if opening[0] in OPENERS:
            out.append(f"first={opening[0]}&{order}")
        if opening[0] in PEGS and opening[1] in (
            "the",
            "this",
            "that",
            "these",
            "his",
            "her",
            "their",
            "its",
        ):
            out.append(f"peg&back={back}")
        return out

    def _determiner(self, c: Candidate) -> str:
        word = next((t.lower_ for t in self.doc[c.head].lefts if t.dep_ in ("det", "poss")), "bare")
        return word if word in ("the", "a", "an", "this", "that", "bare") else "other"

    def _preposition(self, start: int, t: Timex) -> str:
        words = t.text.lower().split()
        if words and words[0] in LEADS:
            return words[0]
        for j in (start - 1, start - 2):
            if j >= 0 and self.doc[j].tag_ in ("IN", "TO"):
                return self.doc[j].lower_
            if j < 0 or self.doc[j].tag_ not in ("DT", "RB", "JJ"):
                break
        return "-"

    def _above(self, i: int) -> str:
        """What the parse hangs the expression on: the kind of the first predicate above it."""
        p = self._predicate_above(i)
        if p is None:
            return "none"
        return f"{p.kind}:{p.clause}"

    def _predicate_above(self, i: int) -> Predication | None:
        token: Token = self.doc[i]
        for _ in range(10):
            if token.head == token:
                return None
            token = token.head
            if token.i in self.heads:
                return self.heads[token.i]
            if token.i in self.lights:
                return self.lights[token.i]
        return None

    def _above_announces(self, i: int) -> bool:
        p = self._predicate_above(i)
        return p is not None and p.lemma.split(" ")[0] in ANNOUNCING


def _linked(one: Token, other: Token) -> str:
    """How two predicates hang together: parent, child, siblings or apart, with the label."""
    if other.head == one:
        return f"above:{other.dep_}"
    if one.head == other:
        return f"below:{one.dep_}"
    return "siblings" if one.head == other.head else "apart"


def _cross(features: list[str], shared: list[str]) -> list[str]:
    """The features of the expression, those of the event, and the few pairs that matter."""
    chosen = next((f for f in features if f.startswith(("chosen=", "last="))), "")
    out = [*features, *shared, *(f"{s}&{chosen}" for s in shared)]
    return sorted(set(out))
