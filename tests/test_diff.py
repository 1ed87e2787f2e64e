"""Two runs compared: what is one fact, what changed in it, why, and how it is shown."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from extractor import cli
from extractor.diff import Change, compare
from extractor.matching import Fact, assign, match
from extractor.patterns import default_folder
from extractor.reviews import append, content_of, decide
from extractor.runs import Options, run

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import mutations

GAO = (
    "Gunmen killed five farmers near Gao on 3 May 2021. Police arrested two suspects in Bamako on 4 May 2021. "
    "Rebels seized the town of Menaka on 6 May 2021.\n"
)
GOMA = "Soldiers freed six hostages near Goma on 9 June 2022. Militiamen attacked a convoy in Bukavu.\n"


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Runs `extractor diff` as the shell would."""
    before = signal.getsignal(signal.SIGINT)

    def run(*args: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["extractor", "diff", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), out, err)

    yield run
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real runs: `before`; `edited`, of a changed text; `repatterned`, of changed rules."""
    root = tmp_path_factory.mktemp("runs")
    articles = root / "articles"
    articles.mkdir()
    (articles / "gao.txt").write_text(GAO)
    (articles / "goma.txt").write_text(GOMA)
    run([str(articles)], root / "before", Options(judge=False))
    patterns = root / "patterns"
    shutil.copytree(default_folder(), patterns)
    rules = patterns / "events" / "coercion-justice.toml"
    rules.write_text(rules.read_text().replace('id = "arrest/arrest"', 'id = "arrest/detain"'))
    run([str(articles)], root / "repatterned", Options(judge=False, patterns=str(patterns)))
    edited = "The governor has called for calm.\n\n" + GAO.replace("five farmers", "seven farmers")
    edited = edited.replace(" Rebels seized the town of Menaka on 6 May 2021.", "")
    (articles / "gao.txt").write_text(edited)
    run([str(articles)], root / "edited", Options(judge=False))
    return root


def changes(outcome: Outcome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(outcome.out)["changes"]
    return found


def event(trigger: str, text: str, **fields: Any) -> dict[str, Any]:
    start = text.index(trigger)
    return {
        "id": f"ev-{trigger}", "document": "d", "type": "killing", "subtype": None,
        "trigger": {"text": trigger, "start": start, "end": start + len(trigger)},
        "sentence": {"start": 0, "end": len(text)}, "date": None, "arguments": [], "quantities": [],
        "modality": "actual", "attribution": [], "sources": [], "incident": None, "rule": "killing/kill",
        "confidence": 0.9,
    } | fields  # fmt: skip


# ---- real runs ---------------------------------------------------------------------------------------------


def test_a_run_is_the_same_as_itself(call: Call, runs: Path) -> None:
    outcome = call(runs / "before", runs / "before")
    assert (outcome.status, outcome.err) == (0, "")
    assert "same" in outcome.out and "changed" not in outcome.out


def test_edits_of_a_text_are_all_that_is_reported(call: Call, runs: Path) -> None:
    outcome = call(runs / "before", runs / "edited", "--json")
    assert outcome.status == 1
    found = {(c["kind"], (c["old"] + c["new"])[0]["type"]): c for c in changes(outcome)}
    assert found.keys() == {("changed", "killing"), ("moved", "arrest"), ("removed", "territory")}
    assert {c["document"] for c in found.values()} == {"gao"}
    assert {c["cause"]["kind"] for c in found.values()} == {"document"}


def test_a_changed_toll_shows_both_numbers_and_both_spans(call: Call, runs: Path) -> None:
    (change,) = changes(call(runs / "before", runs / "edited", "--json", "--field", "killed"))
    (toll,) = change["fields"]
    assert [v["value"] for v in toll["old"] + toll["new"]] == ["5", "7"]
    for value, side, word in ((toll["old"], change["old"], "five"), (toll["new"], change["new"], "seven")):
        span, sentence = value[0]["span"], side[0]["sentence"]
        cut = sentence["text"][span["start"] - sentence["start"] : span["end"] - sentence["start"]]
        assert cut == span["text"] and word in cut
    assert toll["cause"]["detail"] == "the sentence was edited"


def test_terminal_marks_values_without_colour(call: Call, runs: Path) -> None:
    out = call(runs / "before", runs / "edited", "--field", "killed").out
    assert "killed: 5 → 7" in out
    assert re.search(r"- Gunmen «killed» \[five.*\] near Gao", out)
    assert re.search(r"\+ Gunmen «killed» \[seven.*\] near Gao", out)
    assert "\x1b" not in out


def test_moved_events_take_one_line_a_document(call: Call, runs: Path) -> None:
    out = call(runs / "before", runs / "edited").out
    shift = len("The governor has called for calm.\n\n") + len("seven") - len("five")
    assert f"1 event of gao moved by {shift:+d} characters" in out


def test_a_changed_rule_is_named_with_its_file(call: Call, runs: Path) -> None:
    (change,) = changes(call(runs / "before", runs / "repatterned", "--json"))
    assert change["kind"] == "changed"
    (rule,) = change["fields"]
    assert rule["field"] == "rule" and rule["cause"]["kind"] == "pattern"
    assert rule["cause"]["detail"] == (
        "rule arrest/arrest was removed from events/coercion-justice.toml; "
        "rule arrest/detain was added to events/coercion-justice.toml"
    )


def test_two_event_files_alone_are_compared_without_sentences_and_causes(call: Call, runs: Path) -> None:
    found = changes(call(runs / "before/events.jsonl", runs / "edited/events.jsonl", "--json"))
    assert sorted(c["kind"] for c in found) == ["changed", "moved", "removed"]
    assert all(side["sentence"] is None for c in found for side in c["old"] + c["new"])
    assert {c["cause"]["kind"] for c in found if c["kind"] != "moved"} == {"unknown"}


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (("--type", "killing"), ["changed"]),
        (("--type", "killing", "--type", "arrest"), ["changed", "moved"]),
        (("--kind", "removed"), ["removed"]),
        (("--field", "span"), ["moved"]),
        (("--document", "goma"), []),
        (("--cause", "pattern"), []),
        (("--cause", "document", "--type", "territory"), ["removed"]),
        (("--min-confidence", "1"), []),
    ],
)
def test_filters(call: Call, runs: Path, asked: tuple[str, ...], kinds: list[str]) -> None:
    outcome = call(runs / "before", runs / "edited", "--json", *asked)
    assert sorted(c["kind"] for c in changes(outcome)) == kinds
    assert outcome.status == (1 if kinds else 0)


def test_summary_counts_and_shows_no_change(call: Call, runs: Path) -> None:
    out = call(runs / "before", runs / "edited", "--summary").out
    assert re.search(r"^removed +1$", out, re.M) and re.search(r"^by cause +document 3$", out, re.M)
    assert "Gunmen" not in out


def test_grouping_by_type(call: Call, runs: Path) -> None:
    out = call(runs / "before", runs / "edited", "--by", "type").out
    heads = [line for line in out.splitlines() if line in ("arrest", "killing", "territory", "gao")]
    assert heads == ["arrest", "killing", "territory"]


def test_markdown_folds_documents_and_bolds_spans(call: Call, runs: Path) -> None:
    out = call(runs / "before", runs / "edited", "--markdown").out
    assert "<details><summary>gao: 1 changed, 1 removed, 1 moved</summary>" in out
    assert "  - killed: 5 → 7 (document: the sentence was edited)" in out
    assert re.search(r"  - new: Gunmen \*\*killed\*\* \*\*seven", out)


class Page(HTMLParser):
    """What a browser would fetch, which tags stay open, and which fields lack a label."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.unlabelled: list[str] = []
        self.marked: list[str] = []
        self.language = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{k}={v}" for k, v in attrs if k in ("src", "href", "srcset", "action")]
        if tag in ("select", "input") and "label" not in self.open:
            self.unlabelled.append(tag)
        if tag == "html":
            self.language = dict(attrs).get("lang") or ""
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "mark":
            self.marked.append(data)


def test_page_stands_alone_and_is_labelled(call: Call, runs: Path) -> None:
    out = call(runs / "before", runs / "edited", "--html").out
    page = Page(out)
    assert (page.fetched, page.unlabelled, page.open, page.language) == ([], [], [], "en")
    assert "url(" not in out and "@import" not in out
    assert "prefers-color-scheme: dark" in out
    assert any("five" in m for m in page.marked) and any("seven" in m for m in page.marked)


def test_page_escapes_what_articles_hold(tmp_path: Path, call: Call) -> None:
    text = "Gunmen <script>alert(1)</script> killed many."
    for side, name in (("old", "a&b"), ("new", "c<d")):
        (tmp_path / side).mkdir()
        fact = event("killed", text, arguments=[
            {"role": "actor", "text": "Gunmen", "start": 0, "end": 6, "kind": None, "entity": name,
             "refers_to": None}
        ])  # fmt: skip
        (tmp_path / side / "events.jsonl").write_text(json.dumps(fact))
        (tmp_path / side / "documents.jsonl").write_text(json.dumps({"id": "d", "text": text}))
    out = call(tmp_path / "old", tmp_path / "new", "--html").out
    assert "<script>alert" not in out and "&lt;script&gt;alert" in out
    assert "c&lt;d" in out and "a&amp;b" in out


# ---- trouble -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--cause", "weather"), "--cause weather: not known. Use document"),
        (("--kind", "odd"), "--kind odd: not known. Use changed"),
        (("--by", "day"), "--by day: not known"),
        (("--json", "--html"), "exclude each other"),
    ],
)
def test_wrong_options_are_trouble(call: Call, runs: Path, options: tuple[str, ...], told: str) -> None:
    outcome = call(runs / "before", runs / "edited", *options)
    assert (outcome.status, outcome.out) == (2, "") and told in outcome.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (None, "no such file"),
        ("not json", "not JSON"),
        ('{"id": "ev-1", "document": "gao"}', "no event as a run writes it"),
        ('{"id": "ev-1"}', "names no document"),
    ],
)
def test_broken_files_are_trouble(
    call: Call, runs: Path, tmp_path: Path, line: str | None, told: str
) -> None:
    if line is not None:
        (tmp_path / "events.jsonl").write_text(line)
    outcome = call(runs / "before", tmp_path / "events.jsonl")
    assert outcome.status == 2 and told in outcome.err and "events.jsonl" in outcome.err


# ---- causes ------------------------------------------------------------------------------------------------


TEXT = "Gunmen killed farmers near Arlen."
PLACE = {"role": "place", "text": "Arlen", "start": 27, "end": 32, "kind": "place", "refers_to": None}


def written(folder: Path, fact: dict[str, Any] | None, text: str = TEXT, **manifest: Any) -> Path:
    folder.mkdir()
    (folder / "events.jsonl").write_text(json.dumps(fact) + "\n" if fact else "")
    (folder / "documents.jsonl").write_text(json.dumps({"id": "d", "text": text}) + "\n")
    stated = {"version": "1", "model": {"name": "m", "digest": "x"}, "patterns": "p", "options": {},
              "pattern_files": {"events/a.toml": "1", "groups/b.toml": "1"}}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(stated | manifest))
    return folder


@pytest.mark.parametrize(
    ("manifest", "kind", "also"),
    [
        ({}, "unknown", []),
        ({"version": "2"}, "version", []),
        ({"model": {"name": "n", "digest": "y"}}, "model", []),
        ({"options": {"judge": False}}, "options", []),
        ({"pattern_files": {"events/a.toml": "2", "groups/b.toml": "1"}}, "pattern", []),
        ({"pattern_files": {"events/a.toml": "1", "groups/b.toml": "2"}}, "knowledge", []),
        ({"pattern_files": {"events/a.toml": "2", "groups/b.toml": "2"}}, "knowledge", ["pattern"]),
        ({"pattern_files": None, "patterns": "q"}, "pattern", ["knowledge"]),
        ({"version": "2", "model": None}, "model", ["version"]),
    ],
)
def test_cause_of_another_place_in_the_same_sentence(
    tmp_path: Path, manifest: dict[str, Any], kind: str, also: list[str]
) -> None:
    old = written(tmp_path / "old", event("killed", TEXT, arguments=[PLACE | {"entity": "place/1"}]))
    new = written(
        tmp_path / "new", event("killed", TEXT, arguments=[PLACE | {"entity": "place/2"}]), **manifest
    )
    (change,) = compare(old, new).changes
    assert [f.field for f in change.fields] == ["place"]
    assert (change.cause.kind, change.cause.also) == (kind, also)


def test_the_confidence_alone_is_told_in_one_line(call: Call, tmp_path: Path) -> None:
    rules = [{"pattern_rules": {"events/x.toml": {"killing/kill": digest}}} for digest in ("1", "2")]
    files = [{"pattern_files": {"events/x.toml": digest}} for digest in ("1", "2")]
    old = written(tmp_path / "old", event("killed", TEXT), **rules[0], **files[0])
    new = written(tmp_path / "new", event("killed", TEXT, confidence=0.8), **rules[1], **files[1])
    out = call(old, new).out
    told = "1 event of d: only the confidence, by up to 0.1; pattern: rule killing/kill was changed in events/x.toml"
    assert told in out and "~" not in out


def mark(standing: str, decision: str = "de-1") -> dict[str, Any]:
    return {"reviewed": {"standing": standing, "by": "ana", "decision": decision}}


def test_reviewed_mark_is_the_cause_of_what_a_reviewer_corrected(tmp_path: Path) -> None:
    old = written(tmp_path / "old", event("killed", TEXT))
    new = written(tmp_path / "new", event("killed", TEXT, type="abuse") | mark("corrected"), version="2")
    (change,) = compare(old, new).changes
    assert {f.field: f.cause.kind for f in change.fields} == {"type": "review", "reviewed": "review"}
    assert {f.cause.detail for f in change.fields} == {"corrected by ana"}
    assert [f.new[0].value for f in change.fields if f.field == "reviewed"] == ["corrected by ana"]


def test_an_event_that_a_reviewer_added_is_added_by_review(tmp_path: Path) -> None:
    old = written(tmp_path / "old", None)
    new = written(tmp_path / "new", event("killed", TEXT) | mark("added"))
    (change,) = compare(old, new).changes
    assert (change.kind, change.cause.kind, change.cause.detail) == ("added", "review", "added by ana")


def test_a_conflict_is_put_down_to_what_caused_it(tmp_path: Path) -> None:
    old = written(tmp_path / "old", event("killed", TEXT) | mark("accepted"))
    new = written(tmp_path / "new", event("killed", TEXT) | mark("conflict"), version="2")
    (change,) = compare(old, new).changes
    assert (change.fields[0].field, change.cause.kind) == ("reviewed", "version")


def test_rejection_and_its_undoing_are_review(tmp_path: Path) -> None:
    with_it = written(tmp_path / "old", event("killed", TEXT))
    without = written(tmp_path / "new", None)
    rejected = decide("reject", "ana", [content_of(event("killed", TEXT), TEXT)])
    append(without, rejected)
    (change,) = compare(with_it, without).changes
    assert (change.kind, change.cause.kind, change.cause.detail) == ("removed", "review", "rejected by ana")
    append(with_it, rejected)
    append(with_it, decide("undo", "ana", undoes=rejected.id))
    (change,) = compare(without, with_it).changes
    assert (change.kind, change.cause.detail) == ("added", "the rejection by ana was undone")


def test_document_under_another_name_holds_the_same_facts(tmp_path: Path) -> None:
    old = written(tmp_path / "old", event("killed", TEXT))
    new = written(tmp_path / "new", event("killed", TEXT) | {"document": "e", "id": "ev-2"})
    (new / "documents.jsonl").write_text(json.dumps({"id": "e", "text": TEXT}) + "\n")
    assert compare(old, new).changes == []


# ---- matching ----------------------------------------------------------------------------------------------


def links(found: list[Change]) -> set[str]:
    return {c.kind for c in found}


@pytest.mark.parametrize(
    ("scores", "pairs"),
    [
        ({}, []),
        ({(0, 0): 0.9, (0, 1): 0.8, (1, 0): 0.8}, [(0, 1), (1, 0)]),
        ({(0, 0): 0.9, (0, 1): 0.3, (1, 0): 0.5}, [(0, 0)]),
        ({(0, 2): 0.6, (1, 2): 0.7, (3, 1): 0.5}, [(1, 2), (3, 1)]),
        ({(i, j): 1.0 if i == j else 0.6 for i in range(60) for j in range(60)}, [(i, i) for i in range(60)]),
    ],
)
def test_assignment_has_the_greatest_sum(
    scores: dict[tuple[int, int], float], pairs: list[tuple[int, int]]
) -> None:
    assert assign(scores) == pairs


def test_twins_in_one_sentence_are_told_apart_by_their_place() -> None:
    text = "Gunmen killed farmers, then killed herders."
    first, second = event("killed", text), event("killed", text)
    second["trigger"] = {"text": "killed", "start": 28, "end": 34}
    changed = copy.deepcopy(second) | {"modality": "alleged"}
    result = match([Fact(first, text), Fact(second, text)], [Fact(changed, text), Fact(first, text)])
    assert [a.trigger.start for a, _ in result.changed] == [28]
    assert [a.trigger.start for a, _ in result.equal] == [7]
    assert not result.added and not result.removed


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_mutated_runs_are_matched(tmp_path: Path, seed: int) -> None:
    truth = mutations.make(tmp_path, 1500, seed, rate=0.2, shift=0.3)
    assert {"split", "merge", "drop", "delete", "add", "insert", "shift", "count", "type"} <= set(truth.kinds)
    diff = compare(tmp_path / "old", tmp_path / "new")
    assert (diff.events_old, diff.same) == (1500, truth.same)
    assert links(diff.changes) == {"changed", "moved", "split", "merged", "added", "removed"}
    precision, recall, f1 = mutations.score(truth, diff.changes)
    assert f1 >= 0.98, (precision, recall)
    # Moved events are easily found: the bar holds without them too.
    moved = {(c.old[0].event, c.new[0].event) for c in diff.changes if c.kind == "moved"}
    truth.groups = {(a, b) for a, b in truth.groups if (*a, *b) not in moved}
    assert mutations.score(truth, [c for c in diff.changes if c.kind != "moved"])[2] >= 0.98


def test_mutated_runs_without_texts_are_matched(tmp_path: Path) -> None:
    truth = mutations.make(tmp_path, 1500, 14, rate=0.1, shift=0.2)
    diff = compare(tmp_path / "old" / "events.jsonl", tmp_path / "new" / "events.jsonl")
    assert mutations.score(truth, diff.changes)[2] >= 0.98


def test_new_ids_alone_are_no_difference(tmp_path: Path) -> None:
    mutations.make(tmp_path, 300, 15, rate=0.0, shift=0.0)
    assert compare(tmp_path / "old", tmp_path / "new").changes == []
