"""Decisions: what is recorded, what stands, and that it holds through crashes, writers and later runs."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from extractor import cli
from extractor.errors import ExtractorError, InputError, OutputError
from extractor.patterns import default_folder
from extractor.pipeline import extract
from extractor.reviews import (
    Content,
    Correction,
    Decision,
    Value,
    added,
    append,
    content_of,
    decide,
    load,
    stated,
)

TEXT = (
    "The governor spoke on Monday. Gunmen killed five farmers near Gao on 3 May 2021. "
    "Police arrested two suspects in Bamako.\n"
)


def span(words: str, text: str = TEXT) -> dict[str, Any]:
    start = text.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


def event(text: str = TEXT, **changes: Any) -> dict[str, Any]:
    """The killing as a run writes it."""
    sentence = span("Gunmen killed five farmers near Gao on 3 May 2021.", text)
    return {
        "id": "ev-1", "document": "gao", "type": "killing", "subtype": None, "trigger": span("killed", text),
        "sentence": {"start": sentence["start"], "end": sentence["end"]},
        "date": {"value": "2021-05-03", "earliest": "2021-05-03", "latest": "2021-05-03", "basis": "explicit",
                 "span": span("3 May 2021", text), "anchor": None},
        "arguments": [
            {"role": "actor", **span("Gunmen", text), "kind": "person", "entity": None, "refers_to": None},
            {"role": "target", **span("farmers", text), "kind": "people", "entity": None, "refers_to": None},
            {"role": "place", **span("Gao", text), "kind": "place", "entity": "place/ML/gao", "refers_to": None},
        ],
        "quantities": [{"measure": "killed", "min": 5, "max": 5, "approximate": False,
                        "span": span("five farmers", text)}],
        "modality": "actual", "attribution": [], "sources": [], "incident": "in-1", "rule": "killing/kill",
        "confidence": 0.9,
    } | changes  # fmt: skip


def content(**changes: Any) -> Content:
    return content_of(event(**changes), TEXT)


def at(words: str, **more: Any) -> Value:
    """A value at its place in the killing's sentence."""
    base = TEXT.index("Gunmen")
    return Value(
        text=words, start=TEXT.index(words) - base, end=TEXT.index(words) - base + len(words), **more
    )


# ---- what is recorded --------------------------------------------------------------------------------------


def test_a_decision_is_about_the_sentence_and_counts_from_its_start() -> None:
    seen = content()
    assert seen.sentence == "Gunmen killed five farmers near Gao on 3 May 2021."
    assert (seen.start, seen.occurrence) == (30, 0)
    assert (seen.facts.trigger.start, seen.facts.trigger.end) == (7, 13)
    assert seen.sentence[seen.facts.quantities[0].span.start :].startswith("five farmers")


def test_a_decision_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    killed = Correction(
        field="killed", old=at("five farmers", min=5, max=5), new=at("five farmers", min=6, max=6)
    )
    written = decide("correct", "ana", [content()], corrections=[killed], note="the hospital says six\u2028")
    append(tmp_path, written)
    assert load(tmp_path).decisions == [written]
    assert len((tmp_path / "reviews.jsonl").read_text().splitlines()) == 1


def test_the_id_comes_from_the_content() -> None:
    first = decide("accept", "ana", [content()], at="2024-05-01T10:00:00+00:00")
    again = decide("accept", "ana", [content()], at="2024-05-01T10:00:00+00:00")
    other = decide("accept", "ben", [content()], at="2024-05-01T10:00:00+00:00")
    assert first.id == again.id != other.id


@pytest.mark.parametrize(
    ("field", "old", "new", "check"),
    [
        ("type", Value(value="killing"), Value(value="attack"), lambda f: f.type == "attack"),
        ("subtype", None, Value(value="massacre"), lambda f: f.subtype == "massacre"),
        ("modality", Value(value="actual"), Value(value="alleged"), lambda f: f.modality == "alleged"),
        ("trigger", at("killed"), at("killed five"), lambda f: f.trigger.text == "killed five"),
        ("date", at("3 May 2021"), None, lambda f: f.date is None),
        ("date", at("3 May 2021"), at("May 2021", value="2021-05"),
         lambda f: (f.date.value, f.date.earliest, f.date.latest, f.date.span.start)
         == ("2021-05", "2021-05-01", "2021-05-31", 41)),
        ("actor", at("Gunmen"), None, lambda f: [a.role for a in f.arguments] == ["target", "place"]),
        ("beneficiary", None, at("farmers"), lambda f: f.arguments[-1].role == "beneficiary"),
        ("target", at("farmers"), at("five farmers", value="Dogon farmers"),
         lambda f: (f.arguments[1].text, f.arguments[1].refers_to) == ("five farmers", "Dogon farmers")),
        ("killed", at("five farmers"), at("five", min=6, max=None),
         lambda f: (f.quantities[0].min, f.quantities[0].max, f.quantities[0].span.text) == (6, None, "five")),
    ],
)  # fmt: skip
def test_a_correction_changes_its_field(field: str, old: Value | None, new: Value | None, check: Any) -> None:
    decision = decide("correct", "ana", [content()], corrections=[Correction(field=field, old=old, new=new)])
    assert check(stated(decision))
    rest = stated(decide("accept", "ana", [content()]))
    assert len(rest.arguments) == 3 and rest.type == "killing" and rest.date is not None


@pytest.mark.parametrize(
    ("action", "given", "told"),
    [
        ("correct", {"content": 1}, "corrections"),
        ("accept", {"content": 0}, "accept"),
        ("merge", {"content": 1}, "merge"),
        ("split", {"content": 1}, "split"),
        ("note", {"content": 1}, "note"),
        ("undo", {"content": 0}, "undo"),
        ("correct", {"content": 1, "corrections": [Correction(field="mood", new=Value(value="x"))]}, "mood"),
        ("correct", {"content": 1, "corrections": [Correction(field="killed", new=at("five"))]}, "min or max"),
        ("correct", {"content": 1, "corrections": [Correction(field="actor", old=at("Gao"))]}, "Gao"),
        ("correct", {"content": 1, "corrections": [Correction(field="date", new=at("Gao", value="May"))]}, "EDTF"),
        ("correct", {"content": 1, "corrections": [
            Correction(field="actor", new=Value(text="Rebels", start=0, end=6))]}, "the sentence has 'Gunmen'"),
    ],
)  # fmt: skip
def test_a_decision_that_does_not_hold_together_is_refused(action: Any, given: Any, told: str) -> None:
    with pytest.raises(ExtractorError, match=told):
        decide(action, "ana", [content()] * given["content"], corrections=given.get("corrections", ()))


def test_an_added_event_has_the_id_that_the_extractor_would_give(plain: Any) -> None:
    found = next(e for e in extract(TEXT.strip(), document="gao", nlp=plain) if e.type == "arrest")
    start = TEXT.index("Police")
    made = added("gao", TEXT, (start, len(TEXT) - 1), {"type": "arrest", "trigger": span("arrested")})
    assert (made.event, made.sentence) == (found.id, TEXT[found.sentence.start : found.sentence.end])
    assert made.facts.trigger.start == len("Police ")
    with pytest.raises(ExtractorError, match="trigger"):
        added("gao", TEXT, (start, len(TEXT) - 1), {"type": "arrest"})


# ---- what stands -------------------------------------------------------------------------------------------


def test_the_latest_decision_on_an_event_stands(tmp_path: Path) -> None:
    first = decide("accept", "ana", [content()], at="1")
    second = decide("reject", "ben", [content()], at="2", note="a rumour")
    for decision in (first, second):
        append(tmp_path, decision)
    found = load(tmp_path)
    assert found.standing == {"ev-1": second}
    assert found.notes == {"ev-1": [second]}


def test_undo_brings_back_what_stood_before_and_can_be_undone(tmp_path: Path) -> None:
    first = decide("accept", "ana", [content()], at="1")
    second = decide("reject", "ana", [content()], at="2")
    undo = decide("undo", "ana", undoes=second.id, at="3")
    redo = decide("undo", "ana", undoes=undo.id, at="4")
    for decision in (first, second, undo):
        append(tmp_path, decision)
    assert load(tmp_path).standing == {"ev-1": first}
    append(tmp_path, redo)
    found = load(tmp_path)
    assert found.standing == {"ev-1": second}
    live = load(tmp_path)
    live.add(undo_all := decide("undo", "ana", undoes=redo.id, at="5"))
    append(tmp_path, undo_all)
    assert live.standing == load(tmp_path).standing == {"ev-1": first}


# ---- the file ----------------------------------------------------------------------------------------------


def _write(folder: Path, who: str) -> None:
    for n in range(40):
        append(folder, decide("note", who, [content()], note=f"{n} " + "x" * 3000))


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path, who)) for who in ("ana", "ben")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = load(tmp_path)
    for who in ("ana", "ben"):
        notes = [d.note or "" for d in found.decisions if d.by == who]
        assert [int(note.split()[0]) for note in notes] == list(range(40))


@pytest.mark.parametrize("kept", [1, 40, -2])
def test_a_line_that_a_crash_cut_off_does_not_count_and_is_set_aside(tmp_path: Path, kept: int) -> None:
    first, second = (decide("accept", who, [content()], at="1") for who in ("ana", "ben"))
    append(tmp_path, first)
    whole = (tmp_path / "reviews.jsonl").read_bytes()
    append(tmp_path, second)
    cut = (tmp_path / "reviews.jsonl").read_bytes()[len(whole) :][:kept]
    (tmp_path / "reviews.jsonl").write_bytes(whole + cut)
    assert load(tmp_path).decisions == [first]
    assert load(tmp_path).torn == cut
    append(tmp_path, second)
    found = load(tmp_path)
    assert (found.decisions, found.torn) == ([first, second], b"")
    assert (tmp_path / "reviews.jsonl.torn").read_bytes() == cut + b"\n"


def test_a_whole_last_line_without_its_line_end_counts(tmp_path: Path) -> None:
    first, second = (decide("accept", who, [content()], at="1") for who in ("ana", "ben"))
    append(tmp_path, first)
    (tmp_path / "reviews.jsonl").write_bytes((tmp_path / "reviews.jsonl").read_bytes()[:-1])
    append(tmp_path, second)
    assert load(tmp_path).decisions == [first, second]


def test_a_bad_line_in_the_middle_is_named(tmp_path: Path) -> None:
    append(tmp_path, decide("accept", "ana", [content()]))
    line = json.loads((tmp_path / "reviews.jsonl").read_text())
    line["action"] = "approve"
    with (tmp_path / "reviews.jsonl").open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    with pytest.raises(InputError, match=r"reviews\.jsonl:2: action"):
        load(tmp_path)


def test_a_full_disk_is_told_and_leaves_no_half_line(tmp_path: Path) -> None:
    (tmp_path / "reviews.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        append(tmp_path, decide("accept", "ana", [content()]))


def test_decisions_are_as_their_schema_says() -> None:
    record = json.loads(decide("accept", "ana", [content()]).model_dump_json())
    assert Decision.model_validate(record).content[0].facts.type == "killing"
    with pytest.raises(ValueError, match="mood"):
        Decision.model_validate(record | {"mood": "good"})


# ---- the whole loop, through the command line --------------------------------------------------------------

GAO = (
    "Gunmen killed five farmers near Gao on 3 May 2021. Police arrested two suspects in Bamako on 4 May 2021. "
    "Rebels seized the town of Menaka on 6 May 2021.\n"
)
GOMA = "Soldiers freed six hostages near Goma on 9 June 2022. Youths whitewashed a mosque in Bukavu.\n"
FRAME = """
[[frame]]
id = "attack/whitewash"
type = "attack"
subtype = "destruction"
verbs = ["whitewash"]
roles = { subject = "actor", object = "target" }
examples = [
  { text = "Youths whitewashed a shrine.", type = "attack", actor = "Youths" },
  { text = "A mob whitewashed two mosques.", type = "attack", actor = "mob" },
  { text = "Soldiers whitewashed the mural.", type = "attack", actor = "Soldiers" },
]
near_misses = ["The wall is white.", "He washed the floor."]
"""


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Runs `extractor` as the shell would."""
    before = signal.getsignal(signal.SIGINT)

    def run(*args: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["extractor", *map(str, args)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), out, err)

    yield run
    signal.signal(signal.SIGINT, before)


def rows(folder: Path, name: str = "events") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def as_seen(folder: Path, kind: str) -> Content:
    """The one event of a type, as the review page hands it to a decision."""
    found = next(e for e in rows(folder) if e["type"] == kind)
    return content_of(
        found, next(d["text"] for d in rows(folder, "documents") if d["id"] == found["document"])
    )


def changes(outcome: Outcome) -> set[tuple[str, str, str]]:
    """Kind of change, type of event, cause."""
    return {
        (c["kind"], (c["old"] + c["new"])[0]["type"], c["cause"]["kind"])
        for c in json.loads(outcome.out)["changes"]
    }


def test_the_loop(call: Call, tmp_path: Path) -> None:
    articles, patterns, out = tmp_path / "articles", tmp_path / "patterns", tmp_path / "out"
    articles.mkdir()
    (articles / "gao.txt").write_text(GAO)
    (articles / "goma.txt").write_text(GOMA)
    shutil.copytree(default_folder(), patterns)
    again = ("run", articles, "-o", out, "--no-judge", "--patterns", patterns)
    assert call(*again).status == 0
    shutil.copytree(out, tmp_path / "first")

    # One article is edited and one rule is new: the diff has these changes, each with its cause, and no other.
    edited = GAO.replace("five farmers", "seven farmers").replace(
        " Rebels seized the town of Menaka on 6 May 2021.", ""
    )
    (articles / "gao.txt").write_text(f"The governor called for calm.\n\n{edited}")
    with (patterns / "events" / "violence.toml").open("a") as rules:
        rules.write(FRAME)
    assert call(*again).status == 0
    found = call("diff", tmp_path / "first", out, "--json")
    assert found.status == 1
    assert changes(found) == {
        ("changed", "killing", "document"), ("moved", "arrest", "document"),
        ("removed", "territory", "document"), ("added", "attack", "pattern"),
    }  # fmt: skip
    (new,) = (c for c in json.loads(found.out)["changes"] if c["kind"] == "added")
    assert "attack/whitewash" in new["cause"]["detail"] and "events/violence.toml" in new["cause"]["detail"]

    # Decisions, and a run that applies them.
    shutil.copytree(out, tmp_path / "second")
    killing, whitewashed = as_seen(out, "killing"), as_seen(out, "attack")
    start = killing.sentence.index("seven")
    toll = [
        Value(text="seven farmers", start=start, end=start + 13, min=7, max=7),
        Value(text="seven", start=start, end=start + 5, min=6, max=7),
    ]
    correct = decide(
        "correct", "ana", [killing], corrections=[Correction(field="killed", old=toll[0], new=toll[1])]
    )
    text = (articles / "gao.txt").read_text()
    called = text.index("called")
    add = added("gao", text, (0, 29), {
        "type": "statement", "trigger": {"text": "called", "start": called, "end": called + 6}})  # fmt: skip
    for decision in (
        correct, decide("reject", "ana", [whitewashed]), decide("add", "ana", [add]),
        decide("accept", "ana", [as_seen(out, "arrest")]), decide("accept", "ana", [as_seen(out, "release")]),
    ):  # fmt: skip
        append(out, decision)
    assert call(*again).status == 0
    decided = call("diff", tmp_path / "second", out, "--json", "--cause", "review")
    assert changes(decided) == {
        ("changed", "killing", "review"), ("added", "statement", "review"), ("removed", "attack", "review"),
        ("changed", "arrest", "review"), ("changed", "release", "review"),
    }  # fmt: skip
    assert {e["type"]: e["reviewed"]["standing"] for e in rows(out)} == {
        "statement": "added", "killing": "corrected", "arrest": "accepted", "release": "accepted"}  # fmt: skip
    assert call("verify", out).status == 0
    assert call(*again).status == 0
    assert {e["type"] for e in rows(out)} == {"statement", "killing", "arrest", "release"}

    # Gold from the decisions, scored against, compared, and learned from.
    gold = tmp_path / "gold.jsonl"
    exported = call("review", "export", out, gold)
    assert (exported.status, exported.out) == (0, "")
    assert "4 events written" in exported.err and "complete: gao, goma" in exported.err
    assert [row["type"] for row in rows(tmp_path, "gold")] == ["statement", "killing", "arrest", "release"]
    scores = json.loads(call("evaluate", gold, out, "--json").out)
    assert scores["fact"]["f"] == 100.0
    assert json.loads(call("evaluate", gold, tmp_path / "second", "--json").out)["event"] == {
        "p": 75.0, "r": 75.0, "f": 75.0}  # fmt: skip
    trained = call("train", "judge", f"mine={gold}:{articles}", "-o", tmp_path / "judge.json")
    assert trained.status == 0 and "rules alone" in trained.out
    own = call("run", articles, "-o", tmp_path / "judged", "--judge", tmp_path / "judge.json")
    assert own.status == 0 and rows(tmp_path / "judged")

    # The sentence under a decision is edited: the extraction stays, is marked, and comes back.
    (articles / "gao.txt").write_text(text.replace("seven", "eight"))
    assert call(*again).status == 0
    (back,) = (e for e in rows(out) if e["type"] == "killing")
    assert back["reviewed"] == {"standing": "conflict", "by": "ana", "decision": correct.id}
    assert back["quantities"][0]["min"] == 8
    partly = call("review", "export", out, gold)
    assert "partly reviewed: gao (2 of 3 events)" in partly.err
    assert [row["type"] for row in rows(tmp_path, "gold")] == ["statement", "arrest", "release"]


def test_two_reviewers_agree_as_far_as_their_decisions_do(call: Call, tmp_path: Path) -> None:
    other = content(id="ev-2", trigger=span("Gunmen"))
    third = content(id="ev-3", trigger=span("farmers"))
    fix = Correction(field="type", old=Value(value="killing"), new=Value(value="attack"))
    for by, decisions in (
        ("ana", [("accept", content()), ("accept", other), ("reject", third)]),
        ("ben", [("correct", content()), ("accept", other), ("accept", third)]),
    ):
        for action, seen in decisions:
            append(tmp_path, decide(action, by, [seen], corrections=[fix] if action == "correct" else []))
    found = json.loads(
        call("review", "agreement", tmp_path, tmp_path, "--first", "ana", "--second", "ben", "--json").out
    )
    assert (found["both"], found["first_only"], found["second_only"]) == (3, 0, 0)
    fields = {f["field"]: f for f in found["fields"]}
    assert fields["event"] == {"field": "event", "units": 3, "agreed": 2, "observed": 0.6667, "kappa": 0.0}
    assert (fields["type"]["units"], fields["type"]["agreed"]) == (2, 1)
    assert (fields["trigger"]["observed"], fields["trigger"]["kappa"]) == (1.0, 1.0)
    assert (fields["killed"]["observed"], fields["killed"]["kappa"]) == (1.0, None)
    told = call("review", "agreement", tmp_path, tmp_path, "--first", "ana", "--second", "eve")
    assert told.status == 2 and "No decisions by eve. Known: ana, ben." in told.err


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("review", "export", "OUT", "OUT/gold.jsonl"), "no decision on an event"),
        (("train", "judge", "mine", "-o", "OUT/judge.json"), "not a gold set"),
        (("train", "judge", "mine=OUT/none.jsonl:OUT", "-o", "OUT/judge.json"), "none.jsonl: no such file"),
        (("run", "OUT", "-o", "OUT/x", "--judge", "OUT/none.json", "--no-judge"), "exclude each other"),
    ],
)
def test_mistakes_are_told_in_a_line(call: Call, tmp_path: Path, args: tuple[str, ...], told: str) -> None:
    outcome = call(*(arg.replace("OUT", str(tmp_path)) for arg in args))
    assert outcome.status == 2 and told in outcome.err and outcome.err.count("\n") == 1
