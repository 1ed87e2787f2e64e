"""Deciding in a real browser: what a reviewer does on the page, and what stands on disk afterwards."""

from __future__ import annotations

from typing import Any

from review_output import HARBOUR, decisions, events, span, write
from review_tab import browser, folder, needs_chromium, serving, tab

__all__ = ["browser", "folder", "serving", "tab"]  # fixtures
pytestmark = needs_chromium
KILLING, ARREST, OTHER, _ = (e["id"] for e in events())


def within(words: str, sentence_start: int, text: str = HARBOUR) -> dict[str, Any]:
    """A span as a decision has it: from the start of its sentence."""
    found = span(text, words)
    return {**found, "start": found["start"] - sentence_start, "end": found["end"] - sentence_start}


# ---- accept, reject, undo, note ----------------------------------------------------------------------------


def test_events_are_accepted_with_the_mouse_and_rejected_with_a_key(tab, folder) -> None:
    page = tab(folder)
    page.shows("killed", "to decide")
    page.page.click("#do-accept")
    page.shows("arrested", "to decide")
    page.press("r")
    page.shows("killed", "to decide")
    assert page.page.inner_text("#progress-text") == "2 of 4 decided"
    found = decisions(folder)
    assert [(d["action"], d["by"], d["content"][0]["event"]) for d in found] == [
        ("accept", "ana", KILLING), ("reject", "ana", ARREST),
    ]  # fmt: skip
    facts = found[0]["content"][0]["facts"]
    start = events()[0]["sentence"]["start"]
    assert facts["trigger"] == within("killed", start)
    assert found[0]["content"][0]["sentence"] == HARBOUR[start : events()[0]["sentence"]["end"]]


def test_undo_takes_back_the_last_decisions_one_by_one_and_shows_their_events(tab, folder) -> None:
    page = tab(folder)
    page.press("a")
    page.shows("arrested")
    page.press("r")
    page.shows("killed")
    page.press("u")
    page.shows("arrested", "to decide")
    page.page.click("#undo")
    page.told("Undone")
    page.page.wait_for_function(
        "() => document.querySelector('#progress-text').textContent === '0 of 4 decided'"
    )
    found = decisions(folder)
    assert [(d["action"], d.get("undoes")) for d in found[2:]] == [
        ("undo", found[1]["id"]), ("undo", found[0]["id"]),
    ]  # fmt: skip
    assert page.page.is_disabled("#undo")


def test_a_note_is_kept_with_its_event_and_shown(tab, folder) -> None:
    page = tab(folder)
    page.press("c")
    page.page.fill("#note-text", "Is “near Arlen” the market?")
    page.press("Control+Enter")
    page.page.wait_for_selector(".history blockquote")
    assert page.page.inner_text(".history blockquote") == "Is “near Arlen” the market?"
    (found,) = decisions(folder)
    assert (found["action"], found["note"]) == ("note", "Is “near Arlen” the market?")
    assert found["content"][0]["event"] == KILLING
    assert page.page.inner_text("#event-status") == "to decide"


# ---- correct -----------------------------------------------------------------------------------------------


def test_type_role_count_and_date_are_corrected_in_the_form(tab, folder) -> None:
    page = tab(folder)
    page.press("e")
    page.page.select_option("#edit-type", "attack")
    page.page.select_option("#edit-role-1", "party")
    page.page.fill("#edit-max-0", "")
    page.page.fill("#edit-date", "2021-05~")
    page.press("Control+Enter")
    page.shows("killed", "corrected")
    (found,) = decisions(folder)
    start = events()[0]["sentence"]["start"]
    five, when = within("five", start), within("3 May 2021", start)
    farmers = {**within("farmers", start), "kind": "people"}
    assert found["action"] == "correct"
    assert found["content"][0]["facts"]["type"] == "killing"
    assert found["corrections"] == [
        {"field": "type", "old": {"value": "killing"}, "new": {"value": "attack"}},
        {"field": "date", "old": {"value": "2021-05-03", **when}, "new": {"value": "2021-05~", **when}},
        {"field": "target", "old": farmers},
        {"field": "party", "new": farmers},
        {"field": "killed", "old": {**five, "min": 5, "max": 5}, "new": {**five, "min": 5}},
    ]
    assert page.page.text_content("#event-title") == "attack"
    assert "at least 5" in page.page.inner_text("#facts")


def test_a_span_selected_with_the_mouse_gets_offsets_in_code_points(tab, folder) -> None:
    page = tab(folder)
    page.select("gunmen")
    page.page.click("#menu [data-use=actor]")
    page.press("Control+Enter")
    page.shows("killed", "corrected")
    (found,) = decisions(folder)
    start = events()[0]["sentence"]["start"]
    assert found["corrections"] == [
        {"field": "actor", "new": {**within("gunmen", start)}},
    ]


def test_other_words_for_a_participant_replace_those_it_had(tab, folder) -> None:
    page = tab(folder)
    page.press("e")
    page.page.click("#arm-argument-0")
    page.select("gunmen")
    page.page.wait_for_function(
        "() => [...document.querySelectorAll('.edit-line .role-actor')].some(n => n.textContent === 'gunmen')"
    )
    page.page.click("#save")
    page.shows("killed", "corrected")
    start = events()[0]["sentence"]["start"]
    assert decisions(folder)[0]["corrections"] == [
        {"field": "actor", "old": {**within("masked gunmen", start), "kind": "people"},
         "new": {**within("gunmen", start), "kind": "people"}},
    ]  # fmt: skip


def test_everything_is_corrected_by_keyboard_alone(tab, folder) -> None:
    page = tab(folder)
    page.press("e", "s")
    page.page.wait_for_selector("#article .cursor")
    page.press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Enter")
    page.page.wait_for_selector("#menu:not([hidden])")
    assert page.page.inner_text("#menu q") == "farmers near Arlen"
    page.press("b")
    page.page.wait_for_selector(".edit-line .role-beneficiary")
    page.press("Control+Enter")
    page.shows("killed", "corrected")
    start = events()[0]["sentence"]["start"]
    assert decisions(folder)[0]["corrections"] == [
        {"field": "beneficiary", "new": within("farmers near Arlen", start)},
    ]


def test_a_correction_that_cannot_be_is_refused_and_the_draft_stays(tab, folder) -> None:
    page = tab(folder)
    page.press("e")
    page.page.fill("#edit-date", "sometime")
    page.page.click("#save")
    page.page.wait_for_selector("#alert:not([hidden])")
    assert "not a date" in page.page.inner_text("#alert")
    assert page.page.input_value("#edit-date") == "sometime"
    assert decisions(folder) == []
    page.wrong.clear()  # the browser logs the refusal


def test_a_corrected_event_says_what_changed_and_can_be_put_back(tab, folder) -> None:
    page = tab(folder)
    page.press("e")
    page.page.select_option("#edit-type", "attack")
    page.press("Control+Enter")
    page.shows("killed", "corrected")
    assert page.page.inner_text(".changes del") == "killing"
    assert page.page.inner_text(".changes ins") == "attack"
    page.page.click(".history button.link")
    page.shows("killed", "to decide")
    assert page.page.text_content("#event-title") == "killing"


# ---- add ---------------------------------------------------------------------------------------------------


def test_a_missed_event_is_added_from_words_of_the_article(tab, folder) -> None:
    page = tab(folder)
    page.press("m")
    page.select("shelled")
    page.page.wait_for_function(
        "() => document.querySelector('.editor .role-trigger').textContent === 'shelled'"
    )
    page.page.select_option("#edit-type", "attack")
    page.page.select_option("#edit-subtype", "shelling")
    for words, use in (("Army guns", "actor"), ("Cadir", "place"), ("6 May 2021", "date"), ("12", "injured")):
        page.select(words)
        page.page.click(f"#menu [data-use={use}]")
    page.page.fill("#edit-date", "2021-05-06")
    page.page.fill("#edit-max-0", "")
    page.press("Control+Enter")
    page.shows("shelled", "added")
    (found,) = decisions(folder)
    (content,) = found["content"]
    start = HARBOUR.index("Army guns")
    assert found["action"] == "add"
    assert content["sentence"] == HARBOUR[start : HARBOUR.index("said.") + 5]
    assert (content["document"], content["start"]) == ("harbour", start)
    facts = content["facts"]
    assert (facts["type"], facts["subtype"]) == ("attack", "shelling")
    assert facts["trigger"] == within("shelled", start)
    assert [(a["role"], a["text"], a["start"]) for a in facts["arguments"]] == [
        ("actor", "Army guns", 0), ("place", "Cadir", within("Cadir", start)["start"]),
    ]  # fmt: skip
    assert (facts["date"]["value"], facts["date"]["span"]) == ("2021-05-06", within("6 May 2021", start))
    assert facts["quantities"][0] | {"span": None} == {
        "measure": "injured", "min": 12, "max": None, "approximate": False, "span": None,
    }  # fmt: skip


def test_a_missed_event_is_added_by_keyboard_alone(tab, folder) -> None:
    page = tab(folder)
    page.page.keyboard.press("m")
    page.page.wait_for_selector(".editor")
    page.press("s")
    page.page.wait_for_selector("#article .cursor")
    while page.page.inner_text("#article .cursor") != "fled":
        page.press("ArrowRight")
    page.press("Enter")
    page.page.wait_for_function(
        "() => document.querySelector('.editor .role-trigger').textContent === 'fled'"
    )
    page.page.focus("#edit-type")
    page.page.keyboard.type("displacement")
    page.press("Control+Enter")
    page.shows("fled", "added")
    (found,) = decisions(folder)
    assert found["content"][0]["facts"]["type"] == "displacement"
    assert found["content"][0]["sentence"] == "The gunmen fled north."


def test_an_event_is_added_to_a_document_that_had_none(tab, tmp_path) -> None:
    folder = write(tmp_path / "output", [], harbour=HARBOUR)
    page = tab(folder)
    page.page.click("#filters-toggle")
    page.page.fill("#filter-document", "harbour")
    page.page.wait_for_selector("#article [data-start]")
    page.page.click("#missed")
    page.select("arrested")
    page.page.wait_for_selector(".editor .role-trigger:text-is('arrested')")
    page.page.select_option("#edit-type", "arrest")
    page.page.click("#save")
    page.shows("arrested", "added")
    (found,) = decisions(folder)
    assert found["content"][0]["facts"]["trigger"] == within("arrested", HARBOUR.index("Police"))


# ---- incidents ---------------------------------------------------------------------------------------------


def test_an_incident_is_split_and_joined_again(tab, folder) -> None:
    page = tab(folder)
    assert page.page.inner_text("#incident-title").startswith("Incident of 2 reports")
    page.page.check(f"#incident input[value='{OTHER}']")
    page.page.click("#do-split")
    page.page.wait_for_function(
        "() => !document.querySelector('#incident-title').textContent.includes('2 reports')"
    )
    page.page.click("#do-merge")
    page.page.fill("#join-q", "outside Arlen")
    page.page.wait_for_function("() => document.querySelectorAll('.candidates label').length === 1")
    page.page.check(".candidates input")
    page.page.click("#join-save")
    page.page.wait_for_function(
        "() => document.querySelector('#incident-title').textContent.includes('2 reports')"
    )
    split, merge = decisions(folder)
    names = lambda key, d: [c["event"] for c in d[key]]  # noqa: E731
    assert (split["action"], names("content", split), names("apart", split)) == ("split", [OTHER], [KILLING])
    assert (merge["action"], names("content", merge)) == ("merge", [KILLING, OTHER])


# ---- two tabs ----------------------------------------------------------------------------------------------


def test_a_tab_learns_what_another_decided(tab, folder) -> None:
    first = tab(folder)
    second = tab(folder, beside=first)
    second.open("killed")
    first.page.bring_to_front()
    first.press("r")
    first.shows("arrested")
    second.page.bring_to_front()
    second.shows("killed", "rejected")
    second.told("Elsewhere: ana rejected killed")
    assert second.page.inner_text("#progress-text") == "1 of 4 decided"


def test_a_stale_decision_is_refused_and_told_and_nothing_is_lost(tab, folder) -> None:
    first = tab(folder)
    second = tab(folder, beside=first)
    second.page.route(
        "**/api/news*", lambda route: route.fulfill(json={"version": 0, "epoch": 1, "rows": []})
    )
    second.page.wait_for_timeout(100)
    second.press("e")
    second.page.select_option("#edit-type", "abuse")
    first.press("a")
    first.shows("arrested")
    second.press("Control+Enter")
    second.page.wait_for_selector("#alert:not([hidden])")
    assert "ana decided on it (accept) after you opened it" in second.page.inner_text("#alert")
    assert [d["action"] for d in decisions(folder)] == ["accept"]
    assert second.page.input_value("#edit-type") == "abuse"
    second.press("Control+Enter")
    second.shows("killed", "corrected")
    assert [d["action"] for d in decisions(folder)] == ["accept", "correct"]
    second.wrong.clear()  # the browser logs the refusal
