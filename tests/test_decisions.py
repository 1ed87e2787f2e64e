"""Decisions applied to later runs: they hold while their sentence stands, and come back where it was edited."""

from __future__ import annotations

from typing import Any

import pytest
from spacy.language import Language

from extractor.decisions import Applied, apply
from extractor.incidents import join_incidents
from extractor.pipeline import extract
from extractor.reviews import Content, Correction, Decision, Reviews, Value, added, content_of, decide
from extractor.schema import Event

KILLED = "Gunmen killed five farmers near Gao on 3 May 2021."
ARRESTED = "Police arrested two suspects in Bamako on 4 May 2021."
TEXT = f"The governor spoke on Monday. {KILLED} {ARRESTED}\n"


def reviews(*decisions: Decision) -> Reviews:
    found = Reviews()
    for decision in decisions:
        found.add(decision)
    return found


def seen(nlp: Language, kind: str, text: str = TEXT, document: str = "gao") -> Content:
    """One event of the text as a reviewer sees it."""
    event = next(e for e in extract(text, document=document, nlp=nlp) if e.type == kind)
    return content_of(event.model_dump(), text)


def later(nlp: Language, decisions: Reviews, text: str, document: str = "gao") -> Applied:
    """The decisions applied to a run over another text."""
    return apply(decisions, {document: text}, extract(text, document=document, nlp=nlp))


def value(content: Content, words: str, **more: Any) -> Value:
    start = content.sentence.index(words)
    return Value(text=words, start=start, end=start + len(words), **more)


def toll(content: Content) -> Correction:
    return Correction(
        field="killed", old=value(content, "five farmers"), new=value(content, "five", min=5, max=6)
    )


def kinds(applied: Applied) -> list[str]:
    return [e.type for e in applied.events]


def only(applied: Applied, kind: str) -> Event:
    found = [e for e in applied.events if e.type == kind]
    assert len(found) == 1
    return found[0]


MOVED = [
    TEXT,
    "A new first paragraph.\n\n" + TEXT,
    TEXT.replace("near Gao on", "near\nGao on"),
    TEXT.replace(ARRESTED, ""),
]


@pytest.mark.parametrize("text", MOVED)
def test_a_rejected_event_stays_out_while_its_sentence_stands(plain: Language, text: str) -> None:
    applied = later(plain, reviews(decide("reject", "ana", [seen(plain, "killing")])), text)
    assert "killing" not in kinds(applied)
    assert [o.status for o in applied.outcomes] == ["applied"]
    assert kinds(applied) == [k for k in ("arrest",) if ARRESTED in text]


@pytest.mark.parametrize("text", MOVED)
def test_a_correction_is_kept_and_marked(plain: Language, text: str) -> None:
    content = seen(plain, "killing")
    decision = decide("correct", "ana", [content], corrections=[
        toll(content), Correction(field="type", old=Value(value="killing"), new=Value(value="attack"))])  # fmt: skip
    applied = later(plain, reviews(decision), text)
    event = only(applied, "attack")
    assert event.reviewed and event.reviewed.model_dump() == {
        "standing": "corrected", "by": "ana", "decision": decision.id}  # fmt: skip
    assert [(q.min, q.max, q.span.text) for q in event.quantities] == [(5, 6, "five")]
    assert [a.role for a in event.arguments] == ["actor", "target", "place"]
    for span in (event.trigger, *event.arguments, event.quantities[0].span, event.date and event.date.span):
        assert span and text[span.start : span.end] == span.text
    assert "killing" not in kinds(applied)
    assert apply(reviews(decision), {"gao": text}, applied.events).events == applied.events


@pytest.mark.parametrize("text", MOVED)
def test_an_added_event_stands_where_its_sentence_stands_now(plain: Language, text: str) -> None:
    start = TEXT.index("The governor")
    words = TEXT.index("spoke")
    facts = {"type": "statement", "trigger": {"text": "spoke", "start": words, "end": words + 5}}
    decision = decide("add", "ana", [added("gao", TEXT, (start, start + 29), facts)])
    event = later(plain, reviews(decision), text).events[0]
    assert (event.type, text[event.trigger.start : event.trigger.end]) == ("statement", "spoke")
    assert text[event.sentence.start : event.sentence.end] == "The governor spoke on Monday."
    assert event.reviewed and event.reviewed.standing == "added"


def test_what_was_accepted_holds_when_the_extractor_no_longer_finds_it(plain: Language) -> None:
    content = seen(plain, "killing")
    decisions = reviews(decide("accept", "ana", [content]))
    found = extract(TEXT, document="gao", nlp=plain)
    without = apply(decisions, {"gao": TEXT}, [e for e in found if e.type != "killing"])
    other = [e.model_copy(update={"quantities": [], "date": None}) for e in found]
    assert without.events == apply(decisions, {"gao": TEXT}, found).events
    assert only(apply(decisions, {"gao": TEXT}, other), "killing") == only(without, "killing")
    assert only(without, "killing").id == content.event


def test_a_fact_of_another_type_is_not_the_rejected_one(plain: Language) -> None:
    decisions = reviews(decide("reject", "ana", [seen(plain, "killing")]))
    found = [
        e.model_copy(update={"id": "ev-new", "type": "attack"}) if e.type == "killing" else e
        for e in extract(TEXT, document="gao", nlp=plain)
    ]
    assert kinds(apply(decisions, {"gao": TEXT}, found)) == ["attack", "arrest"]


@pytest.mark.parametrize("action", ["accept", "reject", "correct"])
def test_an_edited_sentence_brings_its_decision_back(plain: Language, action: Any) -> None:
    content = seen(plain, "killing")
    corrections = [toll(content)] if action == "correct" else []
    decision = decide(action, "ana", [content], corrections=corrections)
    text = TEXT.replace("five farmers", "seven farmers")
    applied = later(plain, reviews(decision), text)
    event = only(applied, "killing")
    assert event.quantities[0].min == 7
    assert event.reviewed and event.reviewed.standing == "conflict"
    outcome = applied.outcomes[0]
    assert (outcome.decision, outcome.status, outcome.event) == (decision.id, "conflict", event.id)
    again = decide("accept", "ben", [content_of(event.model_dump(), text)])
    settled = later(plain, reviews(decision, again), text)
    assert [o.status for o in settled.outcomes] == ["superseded", "applied"]
    assert (mark := only(settled, "killing").reviewed) and mark.standing == "accepted"


def test_a_deleted_sentence_leaves_nothing_behind(plain: Language) -> None:
    applied = later(
        plain, reviews(decide("accept", "ana", [seen(plain, "killing")])), TEXT.replace(KILLED, "")
    )
    assert kinds(applied) == ["arrest"]
    assert [(o.status, o.event) for o in applied.outcomes] == [("gone", None)]


def test_decisions_follow_a_document_to_its_new_name_and_wait_for_one_that_is_away(plain: Language) -> None:
    decisions = reviews(
        decide("reject", "ana", [seen(plain, "arrest")]), decide("accept", "ana", [seen(plain, "killing")])
    )
    renamed = later(plain, decisions, TEXT, document="gao-corrected")
    assert kinds(renamed) == ["killing"]
    assert renamed.events[0].document == "gao-corrected"
    away = later(plain, decisions, "Soldiers freed six hostages near Goma.\n", document="goma")
    assert [o.status for o in away.outcomes] == ["waiting", "waiting"]


def test_of_twin_sentences_the_one_that_was_rejected_stays_out(plain: Language) -> None:
    text = f"{KILLED}\n\nHe repeated it: {KILLED}\n"
    found = [e for e in extract(text, document="gao", nlp=plain) if e.type == "killing"]
    second = content_of(found[1].model_dump(), text)
    left = later(plain, reviews(decide("reject", "ana", [second])), text)
    assert [e.trigger.start for e in left.events] == [found[0].trigger.start]


def test_a_value_from_another_sentence_is_found_where_it_stands_now(plain: Language) -> None:
    text = "On 3 May 2021 soldiers entered Gao. They arrested two suspects.\n"
    content = seen(plain, "arrest", text)
    day = text.index("3 May 2021")
    where = Value(
        value="2021-05-03", text="3 May 2021", start=day - content.start, end=day - content.start + 10
    )
    decision = decide("correct", "ana", [content], corrections=[Correction(field="date", new=where)])
    longer = text.replace("entered Gao", "entered the town of Gao")
    event = only(later(plain, reviews(decision), longer), "arrest")
    assert event.date and (event.date.basis, event.date.span.start) == ("context", longer.index("3 May 2021"))
    gone = later(plain, reviews(decision), text.replace("3 May 2021", "Monday"))
    assert (mark := only(gone, "arrest").reviewed) and mark.standing == "conflict"


def test_the_participants_of_a_corrected_event_keep_the_entities_of_the_run(plain: Language) -> None:
    content = seen(plain, "killing")
    place = next(a for a in content.facts.arguments if a.role == "place")
    decision = decide("correct", "ana", [content], corrections=[
        Correction(field="place", old=value(content, "Gao")),
        Correction(field="target", new=value(content, "Gao", entity="place/NO/where"))])  # fmt: skip
    events = extract(TEXT, document="gao", nlp=plain)
    target = only(apply(reviews(decision), {"gao": TEXT}, events), "killing").arguments[-1]
    assert (target.role, target.entity, target.kind) == ("target", place.entity, "place")
    none = only(apply(reviews(decision), {"gao": TEXT}, events, entities=()), "killing")
    assert [a.entity for a in none.arguments] == [None] * len(none.arguments)


# ---- incidents ---------------------------------------------------------------------------------------------

TOLD_TWICE = {
    "one": "Gunmen killed five farmers near Gao on 3 May 2021.\n",
    "other": "Police arrested two suspects in Bamako.\n",
    "two": "Gunmen killed five farmers near Gao on 3 May 2021, officials said.\n",
}


def incidents(nlp: Language, *decisions: Decision) -> list[list[str]]:
    """Which documents tell of which incident."""
    events = [e for name, text in TOLD_TWICE.items() for e in extract(text, document=name, nlp=nlp)]
    applied = apply(reviews(*decisions), TOLD_TWICE, events)
    joined, found = join_incidents(applied.events, together=applied.together, apart=applied.apart)
    name = {e.id: e.document for e in joined}
    return sorted([name[e] for e in incident.events] for incident in found)


def test_merged_and_split_incidents_hold_and_the_later_decision_wins(plain: Language) -> None:
    one, two = (seen(plain, "killing", TOLD_TWICE[name], name) for name in ("one", "two"))
    other = seen(plain, "arrest", TOLD_TWICE["other"], "other")
    assert incidents(plain) == [["one", "two"], ["other"]]
    split = decide("split", "ana", [one], apart=[two, other])
    assert incidents(plain, split) == [["one"], ["other"], ["two"]]
    merge = decide("merge", "ana", [one, two, other])
    assert incidents(plain, merge) == [["one", "other", "two"]]
    assert incidents(plain, merge, split) == [["one"], ["other", "two"]]
    assert incidents(plain, split, merge) == [["one", "other", "two"]]
    undone = decide("undo", "ana", undoes=split.id)
    assert incidents(plain, merge, split, undone) == [["one", "other", "two"]]


def test_a_link_to_events_that_are_gone_is_told(plain: Language) -> None:
    one, two = (seen(plain, "killing", TOLD_TWICE[name], name) for name in ("one", "two"))
    decision = decide("merge", "ana", [one, two])
    applied = apply(reviews(decision), {"one": "", "two": ""}, [])
    assert [(o.decision, o.status) for o in applied.outcomes] == [(decision.id, "conflict")]
