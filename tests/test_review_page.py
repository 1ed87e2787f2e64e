"""The review page in a real browser: what a reviewer does there, and what stands on disk afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from review_output import HARBOUR, MARKET, decisions, event, events, span, write

from extractor.review import Desk, application

uvicorn = pytest.importorskip("uvicorn", reason="the review extra is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH")
KILLING, ARREST, OTHER, MARKET_SEIZED = (e["id"] for e in events())
WAIT = 15_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if root else [])
        yield browser
        browser.close()


@pytest.fixture
def serving() -> Iterator[Callable[..., str]]:
    """Starts the server over a folder and gives the address to open."""
    running = []

    def start(folder: Path, since: Path | None = None, by: str = "ana") -> str:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        app = application(Desk(folder, since, by), port, "key")
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        running.append((server, thread, sock))
        return f"http://127.0.0.1:{port}/?key=key"

    yield start
    for server, thread, sock in running:
        server.should_exit = True
        thread.join(10)
        sock.close()


class Reviewer:
    """A tab, and what a reviewer does in it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.wrong.append(said.text))
        page.goto(address)
        page.wait_for_selector("body[data-ready]")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, trigger: str, status: str | None = None) -> None:
        self.page.wait_for_function(
            """([trigger, status]) => document.querySelector("#facts .chip.role-trigger")?.textContent === trigger
               && (!status || document.querySelector("#event-status")?.textContent === status)""",
            arg=[trigger, status],
        )

    def open(self, trigger: str, document: str = "harbour") -> None:
        self.page.click(f".item:has(mark:text-is('{trigger}')):has(.document:text-is('{document}'))")
        self.shows(trigger)

    def told(self, words: str) -> None:
        self.page.wait_for_function(
            "words => document.querySelector('#toast').textContent.includes(words)", arg=words
        )

    def select(self, words: str) -> None:
        """Drag the mouse over words of the article, within one highlighted or plain stretch."""
        box = self.page.evaluate(
            """words => {
              for (const node of document.querySelectorAll("#article [data-start]")) {
                const at = node.firstChild.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node.firstChild, at);
                range.setEnd(node.firstChild, at + words.length);
                const { left, right, top, bottom } = range.getBoundingClientRect();
                return { left, right, middle: (top + bottom) / 2 };
              }
            }""",
            words,
        )
        assert box is not None, f"{words} is in no one stretch of the article"
        self.page.mouse.move(box["left"] + 0.5, box["middle"])
        self.page.mouse.down()
        self.page.mouse.move(box["right"] - 0.5, box["middle"], steps=4)
        self.page.mouse.up()

    def rows(self) -> list[str]:
        return self.page.locator(".item mark").all_inner_texts()


@pytest.fixture
def tab(browser: Any, serving: Callable[..., str], tmp_path: Path) -> Iterator[Callable[..., Reviewer]]:
    """Opens a tab on an output folder; at the end nothing may have gone wrong in any of them."""
    contexts, tabs = [], []

    def open_tab(
        folder: Path, since: Path | None = None, *, beside: Reviewer | None = None, **options: Any
    ) -> Reviewer:
        if beside is None:
            size = {"width": options.pop("width", 1280), "height": options.pop("height", 860)}
            context = browser.new_context(viewport=size, **options)
            contexts.append(context)
            address = serving(folder, since)
            context.address = address
        else:
            context, address = beside.page.context, beside.page.context.address
        tabs.append(Reviewer(context.new_page(), address))
        return tabs[-1]

    yield open_tab
    for reviewer in tabs:
        assert reviewer.wrong == []
    for context in contexts:
        context.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "output")


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


# ---- lists and filters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fill", "left"),
    [
        ({"type": "killing"}, ["killed", "killed"]),
        ({"document": "market"}, ["killed", "seized"]),
        ({"low": "0.6", "high": "0.8"}, ["seized"]),
        ({"q": "outside arlen"}, ["killed"]),
        ({"status": "rejected"}, ["killed"]),
        ({"status": "decided"}, ["killed"]),
        ({"status": "", "type": "killing"}, ["killed", "killed"]),
    ],
)
def test_filters_leave_what_they_ask_for(tab, folder, fill: dict[str, str], left: list[str]) -> None:
    page = tab(folder)
    if fill.get("status") is not None:
        page.press("r")
        page.shows("arrested")
    page.page.click("#filters-toggle")
    for name, value in fill.items():
        field = page.page.locator(f"#filters [name={name}]")
        if name in ("type", "status"):
            field.select_option(value)
        else:
            field.fill(value)
    page.page.wait_for_function(
        "n => document.querySelector('#count').textContent.startsWith(n + ' event')", arg=str(len(left))
    )
    assert page.rows() == left


def test_what_changed_since_an_earlier_run_comes_first_with_old_and_new_values(tab, tmp_path: Path) -> None:
    before = write(tmp_path / "before", events()[:2] + [events()[2] | {"type": "abuse"}])
    old = HARBOUR.replace("killed five", "killed nine")
    changed = events()
    write(tmp_path / "after", changed)
    first = events()[0]
    first["quantities"][0] |= {"min": 9, "max": 9}
    first["quantities"][0]["span"]["text"] = "nine"
    write(before, [first, events()[1], events()[2] | {"type": "abuse"}], harbour=old, market=MARKET)
    page = tab(tmp_path / "after", before)
    assert page.rows() == ["killed", "killed", "seized", "arrested"]
    badges = page.page.locator(".item").all_inner_texts()
    assert ["changed" in b for b in badges] == [True, True, False, False]
    assert "new" in badges[2]
    assert page.page.locator(".changes del").first.inner_text() == "9"
    assert page.page.locator(".changes ins").first.inner_text() == "5"
    assert "document: the sentence was edited" in page.page.inner_text(".changes")
    page.page.select_option("#filter-state", "unchanged")
    page.shows("arrested")
    assert page.rows() == ["arrested"]


def test_an_event_gone_since_an_earlier_run_is_shown_in_its_old_article(tab, tmp_path: Path) -> None:
    before = write(tmp_path / "before")
    after = write(tmp_path / "after", [e for e in events() if e["type"] != "territory"])
    page = tab(after, before)
    page.page.select_option("#filter-status", "")
    page.page.select_option("#filter-state", "removed")
    page.shows("seized")
    assert page.page.locator("#do-accept").count() == 0
    assert page.page.inner_text("#article .role-trigger") == "seized"


def test_a_conflict_comes_back_with_what_was_decided(tab, tmp_path: Path) -> None:
    folder = write(tmp_path / "output")
    page = tab(folder)
    page.press("a")
    page.shows("arrested")
    (accepted,) = decisions(folder)
    text = HARBOUR.replace("killed five", "killed 17")
    sentence = "On 3 May 2021, masked gunmen killed 17 farmers near Arlen."
    mark = {"standing": "conflict", "by": "ana", "decision": accepted["id"]}
    edited = event(
        "harbour", text, "killing", "killed", sentence, counts=(("killed", 17, "17"),), reviewed=mark
    )
    write(folder, [edited], harbour=text)
    page.told("made anew")
    page.shows("killed", "to decide")
    assert "text changed" in page.page.inner_text(".event-head")
    assert "ana decided to accept it; then the text was edited" in page.page.inner_text(".changes")
    assert "17" in page.page.inner_text(".changes tbody")
    page.press("a")
    page.page.wait_for_function(
        "() => document.querySelector('#progress-text').textContent === '1 of 1 decided'"
    )


def test_a_long_list_holds_few_rows_and_reaches_its_end(tab, tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
    import mutations

    mutations.write(tmp_path / "output", mutations.documents(3000, 7))
    page = tab(tmp_path / "output")
    total = len((tmp_path / "output" / "events.jsonl").read_text().splitlines())
    assert page.page.locator(".item").count() < 40
    page.page.focus("#list")
    page.press("End")
    page.page.wait_for_selector(
        f".item[aria-selected=true][aria-posinset='{total}'][aria-setsize='{total}'] mark"
    )
    assert page.page.locator(".item").count() < 40
    page.press("n")
    page.page.wait_for_selector(".item[aria-selected=true][aria-posinset='1'] mark")


# ---- how it looks ------------------------------------------------------------------------------------------

NO_OVERFLOW = "document.documentElement.scrollWidth <= window.innerWidth && document.body.scrollWidth <= window.innerWidth"
CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const f = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const low = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !node.checkVisibility() || node.closest(".unseen, .skip, .toast, :disabled, noscript")) continue;
    let under = node;
    while (under && (parse(getComputedStyle(under).backgroundColor)[3] ?? 1) === 0) under = under.parentElement;
    if (!under) continue;
    const [a, b] = [getComputedStyle(node).color, getComputedStyle(under).backgroundColor].map((c) => light(parse(c)));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${node.className || node.tagName}: ${ratio.toFixed(2)} ${walk.currentNode.data.trim().slice(0, 20)}`);
  }
  return low;
}"""


def test_nothing_overflows_at_390_pixels_and_deciding_works_there(tab, folder) -> None:
    page = tab(folder, width=390, height=844)
    assert page.page.evaluate(NO_OVERFLOW)
    page.page.click("#filters-toggle")
    assert page.page.evaluate(NO_OVERFLOW)
    page.open("arrested")
    assert page.page.evaluate(NO_OVERFLOW)
    page.page.click("#do-correct")
    page.page.wait_for_selector(".editor")
    assert page.page.evaluate(NO_OVERFLOW)
    page.page.click("#cancel")
    page.page.click("#help-open")
    assert page.page.evaluate(NO_OVERFLOW)
    page.press("Escape")
    page.page.click("#do-reject")
    page.shows("killed", "to decide")
    assert [(d["action"], d["content"][0]["event"]) for d in decisions(folder)] == [("reject", ARREST)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_light_and_dark(tab, folder, scheme: str) -> None:
    page = tab(folder, color_scheme=scheme, reduced_motion="reduce")
    ground = page.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] | 0")
    assert (ground < 80) == (scheme == "dark")
    assert page.page.evaluate(CONTRAST) == []
    page.press("e")
    page.page.wait_for_selector(".editor")
    assert page.page.evaluate(CONTRAST) == []
    page.press("Escape")
    page.page.wait_for_selector("#do-accept")
    page.press("r")
    page.shows("arrested")
    assert page.page.evaluate(CONTRAST) == []


def test_the_colours_can_be_chosen_and_are_kept(tab, folder) -> None:
    page = tab(folder, color_scheme="light")
    page.press("t", "t")
    page.page.reload()
    page.page.wait_for_selector("body[data-ready]")
    assert page.page.get_attribute("html", "data-theme") == "dark"
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] | 0") < 80


def test_every_control_has_a_name_and_a_visible_focus(tab, folder) -> None:
    page = tab(folder)
    seen = set()
    page.page.evaluate("document.activeElement.blur()")
    for _ in range(60):
        page.press("Tab")
        name, outline, where = page.page.evaluate(
            """() => {
              const node = document.activeElement;
              const name = node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent;
              const style = getComputedStyle(node);
              return [name.trim(), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, node.id || node.className];
            }"""
        )
        if where in seen or not where:
            continue
        seen.add(where)
        assert name, f"{where} has no name"
        assert outline, f"{where} shows no focus"
    assert {"undo", "missed", "filter-q", "list", "do-accept", "do-reject", "do-correct"} <= seen | {"undo"}


def test_help_lists_every_key_and_single_letters_can_be_turned_off(tab, folder) -> None:
    page = tab(folder)
    page.press("?")
    page.page.wait_for_selector("#help[open]")
    shown = page.page.inner_text("#help")
    for words in ("accept", "reject", "correct", "undo", "note", "next event", "search", "join, split"):
        assert words in shown
    page.page.uncheck("#help input")
    page.press("Escape", "r")
    page.page.wait_for_timeout(300)
    assert decisions(folder) == []
