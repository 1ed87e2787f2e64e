"""A fact's life: first seen, changed, reviewed and gone, by which run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extractor import cli, history
from extractor.errors import ExtractorError
from extractor.reviews import append, content_of, decide
from extractor.runs import run

TEXT = "Gunmen killed five farmers near Gao on 3 May 2021. Police arrested two suspects in Bamako.\n"


def go(output: Path, text: str) -> list[dict[str, Any]]:
    """Run over one article of this text; returns the events."""
    source = output.parent / "gao.txt"
    source.write_text(text)
    run([str(source)], output)
    return [json.loads(line) for line in (output / "events.jsonl").read_text().splitlines()]


def the(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [event for event in events if event["type"] == kind]
    return found


def log(*args: str | Path) -> str:
    result = CliRunner().invoke(cli.app, ["log", *map(str, args)])
    assert result.exit_code == 0
    return result.output


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def test_event_is_followed_through_the_change_that_gave_it_another_id(output: Path) -> None:
    first = the(go(output, TEXT), "killing")
    second = the(go(output, TEXT.replace("five", "seven")), "killing")
    assert first["id"] != second["id"]
    for asked in (first["id"], second["id"], second["id"][:8]):
        found = history.life(output, asked)
        assert set(found.ids) == {first["id"], second["id"]}
        assert (found.document, found.type, found.text, found.stands) == ("gao", "killing", "killed", True)
        assert [step.what for step in found.steps] == ["first seen", "changed"]
        assert "killed: 5 → 7 (the sentence was edited)" in found.steps[1].details
    runs = [row["run"] for row in history.read(output)]
    assert [step.by for step in found.steps] == runs


def test_other_events_have_no_part_in_it(output: Path) -> None:
    arrest = the(go(output, TEXT), "arrest")
    go(output, TEXT.replace("five", "seven"))
    assert [step.what for step in history.life(output, arrest["id"]).steps] == ["first seen"]


def test_event_that_is_gone_is_told_as_such(output: Path) -> None:
    arrest = the(go(output, TEXT), "arrest")
    go(output, TEXT.replace("Police arrested two suspects in Bamako.", ""))
    found = history.life(output, arrest["id"])
    assert not found.stands
    assert [step.what for step in found.steps] == ["first seen", "removed"]
    assert found.steps[1].details == ["the sentence was deleted or edited"]


def test_review_stands_between_the_runs_and_is_the_cause_of_a_removal(output: Path) -> None:
    killing = the(go(output, TEXT), "killing")
    append(output, decide("reject", "Ada", [content_of(killing, TEXT)], note="a rumour"))
    assert [e["type"] for e in go(output, TEXT)] == ["arrest"]
    found = history.life(output, killing["id"])
    assert [(step.what, step.by) for step in found.steps][1] == ("review: reject", "Ada")
    assert found.steps[1].details == ["a rumour"]
    assert (found.steps[2].what, found.steps[2].details) == ("removed", ["rejected by Ada"])
    assert not found.stands


def test_run_that_changes_nothing_leaves_no_line(output: Path) -> None:
    go(output, TEXT)
    lines = (output / "history.jsonl").read_bytes()
    run([str(output.parent / "gao.txt")], output, fresh=True)
    assert (output / "history.jsonl").read_bytes() == lines


def test_line_tells_what_a_run_was_over_and_what_it_changed(output: Path) -> None:
    events = go(output, TEXT)
    go(output, "The town was quiet.\n")
    one, two = history.read(output)
    assert one["documents"] == {"added": ["gao"], "changed": [], "removed": []}
    assert one["counts"] == {"documents": 1, "events": 2, "incidents": 2}
    assert [e["new"] for e in one["events"]] == [[e["id"]] for e in events]
    assert two["documents"] == {"added": [], "changed": ["gao"], "removed": []}
    assert {e["kind"] for e in two["events"]} == {"removed"}
    assert one["time"] <= two["time"] and one["time"].endswith("Z")


def test_ids_of_runs_come_from_content(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        go(tmp_path / name / "output", TEXT)
    source = tmp_path / "gao.txt"
    source.write_text(TEXT)
    for name in "ab":
        run([str(source)], tmp_path / f"out-{name}")
    one, two = (history.read(tmp_path / f"out-{name}")[0]["run"] for name in "ab")
    assert one == two


def test_events_from_before_the_first_run_on_record_are_told_as_such(output: Path) -> None:
    killing = the(go(output, TEXT), "killing")
    (output / "history.jsonl").unlink()
    go(output, TEXT + "Rebels seized Menaka on 6 May 2021.\n")
    (step,) = history.life(output, killing["id"]).steps
    assert step.what.startswith("seen before run-")


@pytest.mark.parametrize(("asked", "told"), [("ev-none", "no event ev-none"), ("ev-", "2 events begin so")])
def test_event_that_is_not_there_or_not_one_is_an_error(output: Path, asked: str, told: str) -> None:
    go(output, TEXT)
    with pytest.raises(ExtractorError, match=told):
        history.life(output, asked)


def test_line_cut_off_by_a_crash_is_passed_over(output: Path) -> None:
    go(output, TEXT)
    with (output / "history.jsonl").open("a") as stream:
        stream.write('{"run": "run-')
    assert len(history.read(output)) == 1
    go(output, TEXT.replace("five", "seven"))
    assert [len(row["events"]) for row in history.read(output)] == [2, 1]


def test_log_shows_runs_and_the_life_of_an_event(output: Path) -> None:
    killing = the(go(output, TEXT), "killing")
    go(output, TEXT.replace("five", "seven"))
    told = log(output)
    for part in ("2 added", "1 changed", "documents added: gao", "documents changed: gao"):
        assert part in told
    told = log(output, "--event", killing["id"])
    assert "killing «killed» in gao: stands" in told
    assert "killed: 5 → 7" in told
    rows = [json.loads(line) for line in log(output, "--json").splitlines()]
    assert [row["run"] for row in rows] == [row["run"] for row in history.read(output)]
    assert json.loads(log(output, "--event", killing["id"], "--json"))["stands"] is True
