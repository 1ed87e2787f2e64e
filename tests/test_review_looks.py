"""Finding and seeing events in a real browser: lists, filters, changes since an earlier run, and how it looks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from review_output import HARBOUR, MARKET, decisions, event, events, write
from review_tab import browser, folder, needs_chromium, serving, tab

__all__ = ["browser", "folder", "serving", "tab"]  # fixtures
pytestmark = needs_chromium
ARREST = events()[1]["id"]


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
    before = write(tmp_path / "before", [*events()[:2], events()[2] | {"type": "abuse"}])
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

NO_OVERFLOW = "[document.documentElement, document.body].every(n => n.scrollWidth <= window.innerWidth)"
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
    const said = walk.currentNode.data.trim();
    const passed = node.closest(".unseen, .skip, .toast, :disabled, noscript");
    if (!said || passed || !node.checkVisibility()) continue;
    let under = node;
    const ground = (of) => parse(getComputedStyle(of).backgroundColor);
    while (under && (ground(under)[3] ?? 1) === 0) under = under.parentElement;
    if (!under) continue;
    const [a, b] = [parse(getComputedStyle(node).color), ground(under)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${node.className || node.tagName}: ${ratio.toFixed(2)} ${said.slice(0, 20)}`);
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
              const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
              return [name.trim(), outlined, node.id || node.className];
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
