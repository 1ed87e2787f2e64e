"""Frames applied to predications, merged to one mention per event, completed with date, places and counts.

The component `extractor_events` fills doc._.events with `schema.Event` records in reading order.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple, get_args

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from extractor import schema
from extractor.arguments import Mentions
from extractor.casualties import CasualtyReader
from extractor.completion import Completer
from extractor.date_judge import DateJudge, load_date_weights
from extractor.dating import Dating
from extractor.frames import Candidate, FrameMatcher
from extractor.judge import (
    WEIGHTS,
    Proposal,
    Scene,
    Verdict,
    event_features,
    load_weights,
    present_share,
    propose,
)
from extractor.merging import drop_threatened, is_back_reference, merge, sums_up
from extractor.modality import ModalityReader
from extractor.patterns import default_folder, read_rules
from extractor.quantity_rules import QuantityRule
from extractor.schema import Event, Predication, QuantityRecord, register_extensions

SKIPPED_BLOCKS = {"heading", "furniture", "citation", "dateline"}
ALL_ROLES = {
    kind: ["actor", "target", "party", "place", "instrument", "result", "beneficiary"]
    for kind in get_args(schema.EventType)
}
NAME_KINDS = {
    "armed_group",
    "organisation",
    "operation",
    "intergovernmental",
    "agreement",
    "facility",
    "person",
    "media",
}


class Kept(NamedTuple):
    """A candidate that is an event, with what was read of it; `sure` is None where no judge weighed it."""

    candidate: Candidate
    quantities: list[QuantityRecord]
    arguments: list[schema.Argument]
    modality: str
    features: list[str]
    proposals: list[Proposal]
    sure: float | None


class EventFinder:
    """Assembles events.

    Args:
        folder: the patterns folder.
        judge: whether the trained judge reviews what the rules propose (when its weights are there), or the path
            of other weights.
    """

    def __init__(self, folder: Path | None = None, judge: bool | str = True) -> None:
        self.matcher = FrameMatcher(folder)
        self.modality = ModalityReader(folder)
        self.casualties = CasualtyReader(
            read_rules([(folder or default_folder()) / "quantities.toml"], "quantity", QuantityRule)
        )
        self.weights = load_weights(WEIGHTS if judge is True else Path(judge)) if judge else None
        self.date_weights = load_date_weights() if judge else None
        self.collected: list[dict[str, Any]] | None = None  # training.py sets a list to be filled
        self.date_rows: list[dict[str, Any]] | None = None  # and training/date_judge.py this one
        self.verdicts: list[Verdict] | None = None  # and `extractor explain` this one

    def __call__(self, doc: Doc) -> Doc:
        mentions = Mentions(doc)
        predications = doc._.predications or []
        by_predicate = {p.predicate: p for p in predications}
        children: dict[int, list[Predication]] = defaultdict(list)
        for p in predications:
            for g, above in zip(p.governors[:1], [*p.governors[1:2], None], strict=False):
                if g.relation == "complement":
                    children[g.predicate].append(p)
                    if above is not None and g.lemma in self.modality.rule["reporting"].nouns:
                        children[above.predicate].append(p)  # "said in a statement that it was behind"
        by_sentence: dict[int, list[Predication]] = defaultdict(list)
        for p in predications:
            by_sentence[doc[p.predicate].sent.start].append(p)
        completer = Completer(doc, mentions, by_predicate, self.casualties)
        dating = Dating(doc, mentions)
        date_judge = DateJudge(dating, self.date_weights)
        events: list[Event] = []
        seen: Counter[str] = Counter()
        present = present_share(doc)
        skipped = [b for b in doc._.blocks or [] if b.kind in SKIPPED_BLOCKS]
        for sentence in doc.sents:
            if any(b.start <= sentence.start_char < b.end for b in skipped):
                continue
            found = []
            for p in by_sentence.get(sentence.start, []):
                if p.predicate in mentions.timed or self._inside_name(doc, p, mentions):
                    continue
                options = self.matcher.candidates(
                    doc,
                    p,
                    mentions,
                    children,
                    by_predicate=by_predicate,
                    loose=self.weights is not None or self.collected is not None,
                )
                if options:
                    found.append(options[0])
            modal: dict[int, str] = {}
            live = []
            for c in found:
                verdict = self._modality(doc, c, by_predicate)
                if verdict is not None:
                    modal[c.head] = verdict
                    live.append(c)
            merged = merge(doc, drop_threatened(live, modal), modal, mentions)
            scene = Scene(doc, sentence, merged, mentions, present)
            events += self._complete(scene, modal, completer, date_judge, by_predicate, seen)
        doc._.events = events
        return doc

    def _inside_name(self, doc: Doc, p: Predication, mentions: Mentions) -> bool:
        """An event noun that is part of a name ("Operation Barkhane", "Attack Brigade") is no trigger."""
        span = mentions.inside.get(p.predicate)
        if span is None or p.kind != "noun" or len(span) == 1:
            return False
        return (
            span.label_ in NAME_KINDS and span._.mention == "name" and doc[p.predicate].tag_.startswith("NNP")
        )

    def _modality(self, doc: Doc, c: Candidate, by_predicate: dict[int, Predication]) -> str | None:
        verdict = self.modality.modality(doc, c.predication, doc[c.head], by_predicate, c.type)
        if verdict is None and c.type == "protest":
            verdict = "actual" if not c.predication.negated else None
        if verdict is None and c.type == "formation" and self._parting(c.predication):
            verdict = "actual"  # ruling 6: "split off to form a new party"
        if verdict is not None and c.frame.modality:
            return c.frame.modality
        if c.type == "threat" and verdict == "threatened":
            return "actual"
        return verdict

    def _parting(self, p: Predication) -> bool:
        """Whether a purpose clause hangs on a verb of splitting."""
        over = next(iter(p.governors), None)
        return (
            over is not None
            and over.relation == "purpose"
            and any(frame.type == "split" for frame in self.matcher.verbs.get(over.lemma, []))
        )

    def _complete(
        self, scene: Scene, modal: dict[int, str], completer: Completer, date_judge: DateJudge,
        by_predicate: dict[int, Predication], seen: Counter[str],
    ) -> list[Event]:  # fmt: skip
        doc, sentence, merged, mentions = scene.doc, scene.sentence, scene.candidates, scene.mentions
        places = completer.places(sentence, merged)
        glance = date_judge.dating.glance(sentence, merged, modal)
        kept: list[Kept] = []
        rivals: set[int] = set()  # no events, but what a date of the sentence may belong to
        for c in merged:
            token = doc[c.head]
            quantities = completer.quantities(c, merged if c.loose else [k for k in merged if not k.loose])
            arguments = completer.arguments(c, places[c.head])
            date = glance[c.head]
            bare = token.tag_ == "NN" and not any(
                t.dep_ in ("det", "amod", "compound") for t in token.children
            )
            charged = bare and bool(c.fillers) and all(f.route == "control" for f in c.fillers)
            told = [  # "the artillery bombardment" tells nothing, nor does "charged with murder"
                a for a in arguments if a.role != "instrument" and not charged
            ]
            dated = date is not None and date.basis == "explicit"
            if is_back_reference(c, bool(told or quantities or dated)) or sums_up(token):
                rivals.add(c.head)
                continue
            modality = modal.get(c.head, "actual")
            features = event_features(scene, c, quantities, arguments, modality)
            sure = None
            weights = self.weights if self.weights is not None and c.type in self.weights[2] else None
            if weights is not None:
                sure = round(weights[0].probability(features), 3)
                if self.verdicts is not None:
                    self.verdicts.append(
                        weights[0].verdict(f"{c.type} '{token.text}'", token.idx, features, c.loose)
                    )
                if sure < (weights[0].loose_threshold if c.loose else weights[0].threshold):
                    if not c.loose:
                        rivals.add(c.head)
                    continue
            elif c.loose and self.collected is None:
                continue  # a type the judge never saw stands by its rules alone
            proposals = propose(
                scene,
                c,
                places[c.head],
                weights[2] if weights else ALL_ROLES if self.collected is not None else None,
            )
            if weights is not None:
                arguments = completer.judged(proposals, weights[1])
                if self.verdicts is not None:
                    self.verdicts += [
                        weights[1].verdict(
                            f"{c.type} '{token.text}', {q.role}: '{doc[q.head].text}'", token.idx, q.features
                        )
                        for q in proposals
                    ]
            kept.append(Kept(c, quantities, arguments, modality, features, proposals, sure))
        rivals |= {k.candidate.head for k in kept}
        claimants = [c for c in merged if c.head in rivals]
        view = Scene(doc, sentence, claimants, mentions, scene.present)
        ruled = date_judge.dating.dates(sentence, claimants, modal)
        weighed = (
            date_judge.proposals(view, ruled, modal)
            if self.date_weights or self.date_rows is not None
            else {}
        )
        events = []
        for c, quantities, arguments, modality, features, proposals, sure in kept:
            token, date = doc[c.head], ruled[c.head]
            above = {g.predicate for g in c.predication.governors if g.relation == "temporal"}
            speakers = (  # "nine were killed when a bomber struck, officials said": theirs is the killing
                self.modality.attribution(doc, part.predication, by_predicate, mentions)
                for part in (c, *c.absorbed)
                if part is c or part.head in above
            )
            attribution = [completer.attribution(head) for head in next(filter(None, speakers), [])]
            trigger = trigger_span(doc, c.trigger)
            identity = "|".join((doc._.document or "", c.type, trigger.text, sentence.text.rstrip()))
            seen[identity] += 1
            event = Event(
                id="ev-" + hashlib.sha256(f"{identity}|{seen[identity]}".encode()).hexdigest()[:12],
                document=doc._.document or "",
                type=c.type,
                subtype=c.subtype,
                trigger=record(trigger),
                sentence=schema.Sentence(start=sentence.start_char, end=sentence_end(sentence)),
                date=date_judge.best(weighed[c.head]) if self.date_weights else date,
                arguments=arguments,
                quantities=quantities,
                modality=modality,  # type: ignore[arg-type]
                attribution=attribution,
                sources=completer.sources(sentence),
                incident=None,
                rule=c.frame.id,
                confidence=confidence(c, date, arguments) if sure is None else sure,
            )
            events.append(event)
            if self.date_rows is not None:
                self.date_rows.append({"event": event.model_dump(), "proposals": weighed[c.head]})
            if self.collected is not None:
                self.collected.append(completer.training_row(event, features, proposals))
        return events


def trigger_span(doc: Doc, tokens: list[int]) -> Span:
    """The trigger's words where they stand together (at most four tokens), else its head word alone."""
    ordered = sorted(tokens)
    if ordered[-1] - ordered[0] <= 3 and all(
        i in ordered or doc[i].is_punct or doc[i].dep_ in ("det",) for i in range(ordered[0], ordered[-1] + 1)
    ):
        return doc[ordered[0] : ordered[-1] + 1]
    return doc[tokens[0] : tokens[0] + 1]


def sentence_end(sentence: Span) -> int:
    return sentence.start_char + len(sentence.text.rstrip())


def record(span: Span | Token) -> schema.Span:
    if isinstance(span, Token):
        return schema.Span(text=span.text, start=span.idx, end=span.idx + len(span))
    return schema.Span(text=span.text, start=span.start_char, end=span.end_char)


def confidence(c: Candidate, date: schema.EventDate | None, arguments: list[schema.Argument]) -> float:
    """How sure the rules are, from what they found: participants by a direct path, kinds known, date."""
    value = 0.6 if c.predication.kind == "verb" else 0.5
    value += 0.12 * min(2, len(c.by_role("actor", "target", "party")))
    value += 0.06 * any(a.kind for a in arguments)
    value += 0.05 * (date is not None)
    value -= 0.15 * c.frame.weak
    value -= 0.1 * any(f.route == "nearest" for f in c.fillers)
    return round(max(0.05, min(0.95, value)), 2)


@Language.factory("extractor_events", default_config={"patterns": None, "judge": True})
def create_events(nlp: Language, name: str, patterns: str | None, judge: bool | str) -> EventFinder:
    """spaCy component: fills doc._.events."""
    register_extensions()
    return EventFinder(Path(patterns) if patterns else None, judge)
