"""The review server without a browser: who may ask, what it answers, what it writes down."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from review_output import HARBOUR, decisions, event, events, span, write
from review_tab import serving

from extractor import corrections, reviews
from extractor.errors import ExtractorError
from extractor.jsonl import write_jsonl
from extractor.review import Desk, serve
from extractor.worklist import Stale

__all__ = ["serving"]  # fixture
KILLING, ARREST, OTHER, SEIZED = (e["id"] for e in events())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "output")


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk(folder, by="ana")


def asked(desk: Desk, action: str, name: str, **more: Any) -> dict[str, Any]:
    found = desk.event(name)
    return {"action": action, "event": name, "seen": found["seen"], "digest": found["digest"], **more}


# ---- who may ask -------------------------------------------------------------------------------------------


@pytest.fixture
def address(serving: Any, folder: Path) -> Iterator[tuple[str, int]]:
    found = urllib.parse.urlsplit(serving(folder))
    yield found.hostname, found.port


def request(
    address: tuple[str, int], method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(*address)
    sent = {k.replace("_", "-"): v for k, v in headers.items()}
    connection.request(method, path, None if body is None else json.dumps(body), sent)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def cookie(address: tuple[str, int]) -> str:
    return f"extractor-review-{address[1]}=key"


def test_only_a_browser_with_the_key_is_answered(address: tuple[str, int]) -> None:
    assert request(address, "GET", "/api/state")[0] == 403
    assert request(address, "GET", "/")[0] == 403
    assert request(address, "GET", "/?key=wrong")[0] == 403
    assert request(address, "GET", "/?key=key")[0] == 303
    assert request(address, "GET", "/api/state", Cookie=cookie(address))[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content_Type": "text/plain"}, 400),
    ],
    ids=["rebound name", "other port", "other page", "sandboxed page", "simple form"],
)
def test_other_pages_cannot_decide(
    address: tuple[str, int], folder: Path, headers: dict[str, str], status: int
) -> None:
    body = asked(Desk(folder), "accept", KILLING)
    sent = {"Cookie": cookie(address), "Content_Type": "application/json", **headers}
    assert request(address, "POST", "/api/decisions", body, **sent)[0] == status
    assert decisions(folder) == []
    del sent[next(iter(headers))]
    assert request(address, "POST", "/api/decisions", body, Cookie=cookie(address),
                   Content_Type="application/json")[0] == 200  # fmt: skip
    assert len(decisions(folder)) == 1


def test_only_files_of_the_page_are_served(address: tuple[str, int]) -> None:
    ask = lambda path: request(address, "GET", path, Cookie=cookie(address))[0]  # noqa: E731
    assert [ask(p) for p in ("/", "/app.js", "/style.css")] == [200, 200, 200]
    assert [ask(p) for p in ("/review.py", "/..%2freview.py", "/%2e%2e/review.py", "/nothing")] == [404] * 4


# ---- what it answers ---------------------------------------------------------------------------------------


def test_a_list_stays_as_it_was_while_decisions_are_taken(desk: Desk) -> None:
    found = desk.rows({"status": "open", "limit": "2"})
    assert (found["total"], [r["id"] for r in found["rows"]]) == (4, [KILLING, ARREST])
    desk.decide(asked(desk, "reject", ARREST))
    rest = desk.page(found["view"], {"offset": "1", "limit": "2"})["rows"]
    assert [(r["id"], r["status"]) for r in rest] == [(ARREST, "rejected"), (OTHER, "open")]
    assert desk.following(found["view"], {"after": "0", "step": "1"}) == {"index": 2}
    assert desk.rows({"status": "open"})["total"] == 3


def test_a_forgotten_list_is_told(desk: Desk) -> None:
    view = desk.rows({})["view"]
    for _ in range(40):
        desk.rows({})
    with pytest.raises(Stale, match="too old"):
        desk.page(view, {})


def test_decisions_of_another_process_are_taken_in(desk: Desk, folder: Path) -> None:
    other = Desk(folder, by="ben")
    other.decide(asked(other, "reject", KILLING))
    before = asked(desk, "accept", KILLING)
    desk.sync()
    with pytest.raises(Stale, match=r"ben decided on it \(reject\)"):
        desk.decide(before)
    news = desk.news({"after": "0"})
    assert [(d["by"], d["action"]) for d in news["decisions"]] == [("ben", "reject")]
    assert news["counts"]["rejected"] == 1
    desk.decide(asked(desk, "accept", KILLING))
    assert [d["action"] for d in decisions(folder)] == ["reject", "accept"]


def test_a_decision_on_what_a_new_run_changed_is_refused(desk: Desk, folder: Path) -> None:
    before = asked(desk, "accept", KILLING)
    write(folder, [events()[0] | {"modality": "alleged"}])
    desk.sync()
    with pytest.raises(Stale, match="made anew"):
        desk.decide(before)
    assert decisions(folder) == []


def test_what_a_run_applied_is_shown_as_decided_and_can_be_taken_back(folder: Path) -> None:
    desk = Desk(folder, by="ana")
    facts = {**as_facts(events()[0]), "type": "attack"}
    corrected = desk.decide(asked(desk, "correct", KILLING, facts=facts))
    desk.decide(asked(desk, "reject", ARREST))
    mark = {"standing": "corrected", "by": "ana", "decision": corrected["decision"]}
    write(folder, [events()[0] | {"type": "attack", "reviewed": mark}, *events()[2:]])
    desk = Desk(folder, by="ana")
    assert {r.id: (r.type, r.status) for r in desk.list.rows} == {
        KILLING: ("attack", "corrected"), OTHER: ("killing", "open"), SEIZED: ("territory", "open"),
        ARREST: ("arrest", "rejected"),
    }  # fmt: skip
    for decision in decisions(folder):
        desk.decide({"action": "undo", "undoes": decision["id"]})
    assert {(r.type, r.status) for r in desk.list.rows} == {
        ("killing", "open"), ("arrest", "open"), ("territory", "open"),
    }  # fmt: skip


def test_undo_of_an_added_event_takes_it_from_the_list(desk: Desk) -> None:
    trigger = span(HARBOUR, "shelled")
    facts = {"type": "attack", "modality": "actual", "trigger": trigger}
    answer = desk.decide({"action": "add", "document": "harbour", "facts": facts})
    assert desk.list.counts() == {
        "total": 5,
        "open": 4,
        "accepted": 0,
        "rejected": 0,
        "corrected": 0,
        "added": 1,
    }
    desk.decide({"action": "undo", "undoes": answer["decision"]})
    assert desk.list.counts()["total"] == 4
    assert desk.rows({})["total"] == 4
    assert desk.decide({"action": "add", "document": "harbour", "facts": facts})["counts"]["added"] == 1


# ---- corrections -------------------------------------------------------------------------------------------


def as_facts(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the page states it."""
    at = lambda s: {"start": s["start"], "end": s["end"]}  # noqa: E731
    return {
        "type": event["type"], "subtype": event["subtype"], "modality": event["modality"],
        "trigger": at(event["trigger"]),
        "date": event["date"] and {"value": event["date"]["value"], **at(event["date"]["span"])},
        "arguments": [{**a, "text": None} for a in event["arguments"]],
        "quantities": [{**q, **at(q["span"])} for q in event["quantities"]], "attribution": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"type": "attack", "subtype": "ambush"},
        {"modality": "denied"},
        {"date": None},
        {"date": {"value": "2021-05-03/2021-05-04", **span(HARBOUR, "3 May 2021")}},
        {"trigger": span(HARBOUR, "gunmen killed")},
        {"arguments": []},
        {"arguments": [{"role": "party", **span(HARBOUR, "masked gunmen")}, {"role": "party", **span(HARBOUR, "farmers")}]},
        {"quantities": [{"measure": "killed", "min": 4, "max": 6, "approximate": True, **span(HARBOUR, "five")}]},
        {"attribution": [span(HARBOUR, "harbour office")]},
    ],
    ids=lambda change: "+".join(change),
)  # fmt: skip
def test_corrections_applied_give_what_was_stated(desk: Desk, folder: Path, change: dict[str, Any]) -> None:
    stated = {**as_facts(events()[0]), **change}
    desk.decide(asked(desk, "correct", KILLING, facts=stated))
    (decision,) = reviews.load(folder).decisions
    start = decision.content[0].start
    known = [a for e in events() if e["document"] == "harbour" for a in e["arguments"]]
    wanted = corrections.facts_of(stated, HARBOUR, known)
    said = reviews.shifted(reviews.stated(decision), start)
    for name in ("type", "subtype", "modality", "trigger", "date", "quantities", "attribution"):
        assert getattr(said, name) == getattr(wanted, name)
    key = lambda a: (a.start, a.role)  # noqa: E731
    assert sorted(said.arguments, key=key) == sorted(wanted.arguments, key=key)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "Nothing is different"),
        ({"date": {"value": "May 2021", **span(HARBOUR, "3 May 2021")}}, "not a date"),
        ({"trigger": span(HARBOUR, "arrested")}, "must stay in its sentence"),
        ({"trigger": {"start": 5, "end": 5}}, "not chosen"),
        ({"arguments": [{"role": "villain", **span(HARBOUR, "farmers")}]}, "role"),
        ({"arguments": [{"role": "actor", "start": 0, "end": 100_000}]}, "not chosen"),
        ({"quantities": [{"measure": "killed", "min": 6, "max": 4, **span(HARBOUR, "five")}]}, "Swap"),
        (
            {"quantities": [{"measure": "killed", "min": None, "max": None, **span(HARBOUR, "five")}]},
            "no number",
        ),
    ],
    ids=[
        "nothing",
        "date",
        "other sentence",
        "empty span",
        "role",
        "beyond the text",
        "swapped",
        "no number",
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    desk: Desk, folder: Path, change: dict[str, Any], told: str
) -> None:
    stated = {**as_facts(events()[0]), **change}
    with pytest.raises(ExtractorError, match=told):
        desk.decide(asked(desk, "correct", KILLING, facts=stated))
    assert decisions(folder) == []


def test_new_words_get_the_entity_that_the_document_knows_them_by(desk: Desk) -> None:
    place = {"role": "place", **span(HARBOUR, "Arlen", 1)}
    stated = {**as_facts(events()[1]), "arguments": [place]}
    desk.decide(asked(desk, "correct", ARREST, facts=stated))
    (found,) = desk.event(ARREST)["event"]["arguments"]
    assert (found["text"], found["kind"], found["entity"]) == ("Arlen", "place", "place/arlen")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("fled", "The gunmen fled north."), ("Fighting", "Fighting near Arlen 🕊"),
     ("arrested", "Police arrested two suspects in Bostra on 4 May 2021.")],
)  # fmt: skip
def test_sentence_of_a_missed_event_is_that_of_a_run(words: str, sentence: str) -> None:
    at = span(HARBOUR, words)
    low, high = corrections.sentence_at({"text": HARBOUR, "blocks": []}, at["start"], at["end"])
    assert HARBOUR[low:high] == sentence


# ---- the command -------------------------------------------------------------------------------------------


def test_command_prints_an_address_that_answers_and_stops_with_ctrl_c(folder: Path) -> None:
    command = [sys.executable, "-m", "extractor", "review", str(folder), "--port", "0", "--by", "ben"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = urllib.parse.urlsplit(server.stdout.readline().split()[-1])
        place = (address.hostname or "", address.port or 0)
        assert request(place, "GET", f"/?{address.query}")[0] == 303
        key = address.query.removeprefix("key=")
        status, said = request(place, "GET", "/api/state", Cookie=f"extractor-review-{place[1]}={key}")
        assert (status, json.loads(said)["by"]) == (200, "ben")
    finally:
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=30)
    assert "Traceback" not in err
    assert server.returncode in (0, 130)


@pytest.mark.parametrize("missing", ["uvicorn", "starlette"])
def test_missing_library_is_told_with_the_command_that_installs_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ExtractorError, match=rf"{missing}.*pip install 'extractor\[review\]'"):
        serve(folder, port=0)


def test_folder_that_no_run_wrote_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExtractorError, match=r"events\.jsonl: no such file"):
        serve(tmp_path, port=0)


def test_taken_port_is_told(folder: Path, address: tuple[str, int]) -> None:
    with pytest.raises(ExtractorError, match=f"Port {address[1]} .* is taken"):
        serve(folder, port=address[1])


def test_event_of_an_edited_sentence_is_shown_as_a_conflict(folder: Path) -> None:
    first = Desk(folder, by="ana")
    answer = first.decide(asked(first, "accept", KILLING))
    text = HARBOUR.replace("killed five", "killed 17")
    mark = {"standing": "conflict", "by": "ana", "decision": answer["decision"]}
    edited = event("harbour", text, "killing", "killed", "On 3 May 2021, masked gunmen killed 17 farmers near Arlen.",
                   counts=(("killed", 17, "17"),), reviewed=mark)  # fmt: skip
    write(folder, [edited], harbour=text)
    desk = Desk(folder, by="ana")
    found = desk.event(edited["id"])
    assert (found["row"]["state"], found["row"]["status"]) == ("conflict", "open")
    assert {"field": "killed", "old": ["5"], "new": ["17"]} in found["changes"]


def test_what_runs_changed_after_the_last_review_comes_first(folder: Path) -> None:
    first = Desk(folder, by="ana")
    first.decide(asked(first, "accept", KILLING))
    day = datetime.now(UTC)
    told = {"kind": "changed", "new": [OTHER], "fields": [{"field": "killed", "old": ["3"], "new": ["5"]}],
            "cause": "the sentence was edited"}  # fmt: skip
    runs = [
        {"run": "run-1", "time": (day - timedelta(days=2)).isoformat(),
         "events": [{"kind": "added", "new": [KILLING, ARREST, OTHER]}]},
        {"run": "run-2", "time": (day + timedelta(days=1)).isoformat(),
         "events": [told, {"kind": "added", "new": [SEIZED]}, {"kind": "removed", "new": []}]},
    ]  # fmt: skip
    write_jsonl(folder / "history.jsonl", runs)
    desk = Desk(folder, by="ana")
    listed = desk.rows({"status": "open"})["rows"]
    assert [(r["id"], r["state"]) for r in listed] == [
        (OTHER, "changed"), (SEIZED, "new"), (ARREST, "unchanged"),
    ]  # fmt: skip
    found = desk.event(OTHER)
    assert (found["changes"], found["cause"]) == (told["fields"], told["cause"])
