"""The command line as users meet it: what it prints, where, and with which exit status."""

from __future__ import annotations

import gzip
import importlib.metadata
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pypdf
import pytest
import typer.main

from extractor import cli
from extractor.patterns import default_folder
from extractor.schemas import schemas

ENGLISH = "Gunmen killed five farmers near Gao on 3 May 2021. Police arrested two suspects in Bamako.\n"
GERMAN = (
    "Die Regierung hat am Montag mitgeteilt, dass die Soldaten in der Stadt sind und dass es keine "
    "Toten gab. Der Präsident sagte, er werde mit den Führern der Bewegung sprechen, wenn die Waffen "
    "nicht mehr gegen das Volk gerichtet sind. Viele Menschen haben die Stadt verlassen, "
    "und niemand weiß, wann sie wieder nach Hause kommen können. "
    "Die Lage ist nach Angaben der Behörden ruhig, aber nicht stabil."
)
COMMANDS = [
    ("run",), ("verify",), ("explain",), ("dates",), ("evaluate",), ("diff",), ("log",), ("schema",),
    ("patterns", "check"), ("patterns", "suggest"), ("gazetteer", "add"),
    ("review", "serve"), ("review", "export"), ("review", "agreement"), ("train", "judge"),
]  # fmt: skip


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Call]:
    """Runs the program as the shell would, in a folder of its own."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXTRACTOR_GAZETTEER", str(tmp_path / "gazetteer.sqlite"))

    def run(*args: str | Path, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["extractor", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return Outcome(int(stop.value.code or 0), out, err)

    yield run
    signal.signal(signal.SIGINT, before)


def spawn(*args: str | Path, **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "extractor", *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # type: ignore


# ---- help --------------------------------------------------------------------------------------------------


def test_list_of_commands_here_is_complete() -> None:
    group = typer.main.get_command(cli.app)
    found = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {(name, sub) for sub in inner} if inner else {(name,)}
    assert found == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_examples_in_its_help(call: Call, command: tuple[str, ...]) -> None:
    result = call(*command, "--help")
    assert result.status == 0
    _, _, examples = result.out.partition("Examples:")
    assert f"extractor {' '.join(command)}" in examples


def test_without_a_command_help_is_shown(call: Call) -> None:
    result = call()
    assert "Usage: extractor" in result.out + result.err
    assert "Traceback" not in result.err


def test_version_is_that_of_the_installed_package(call: Call) -> None:
    result = call("--version")
    assert (result.status, result.out) == (0, f"extractor {importlib.metadata.version('extractor')}\n")


def test_module_runs_as_the_command_does() -> None:
    out, err = spawn("--version").communicate()
    assert out.decode() == f"extractor {importlib.metadata.version('extractor')}\n" and not err


def test_unknown_option_is_a_usage_error(call: Call) -> None:
    result = call("run", "--colour", "x.txt")
    assert result.status == 2
    assert "No such option" in result.err and "Traceback" not in result.err


# ---- run ---------------------------------------------------------------------------------------------------


def test_run_writes_verified_output_and_a_closing_table_without_progress(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH)
    result = call("run", "a.txt", "-o", "out")
    assert result.status == 0
    assert result.out == ""
    assert [line.split() for line in result.err.splitlines()][:3] == [
        ["documents", "1"], ["sentences", "2"], ["events", "2"]
    ]  # fmt: skip
    for word in ("killing", "arrest", "rejected"):
        assert word in result.err
    assert "━" not in result.err and "\r" not in result.err, "a progress bar where nobody looks"
    assert sorted(p.name for p in Path("out").iterdir()) == [
        ".cache", "documents.jsonl", "entities.jsonl", "events.jsonl", "history.jsonl", "incidents.jsonl",
        "rejected.jsonl", "run.json",
    ]  # fmt: skip
    assert call("verify", "out") == (0, "", "every span matches its text\n")


def test_events_go_to_standard_output_and_articles_come_from_standard_input(call: Call) -> None:
    line = json.dumps({"id": "gao", "text": ENGLISH, "published": "2021-05-04"})
    result = call("run", "-", "-o", "-", stdin=line.encode())
    assert result.status == 0
    events = [json.loads(row) for row in result.out.splitlines()]
    assert [(e["document"], e["type"]) for e in events] == [("gao", "killing"), ("gao", "arrest")]
    assert not Path("output").exists()


def encrypted_pdf(path: Path) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    writer.write(path)


def broken_gzip(path: Path) -> None:
    lines = "".join(json.dumps({"text": f"{ENGLISH} {n}"}) + "\n" for n in range(50))
    packed = gzip.compress(lines.encode())
    path.write_bytes(packed[: len(packed) // 2])


BAD = [
    ("missing.txt", lambda p: None, "missing", ""),
    ("empty.txt", lambda p: p.write_bytes(b""), "empty", ""),
    ("blank.txt", lambda p: p.write_text(" \n\n"), "empty", ""),
    ("binary.txt", lambda p: p.write_bytes(bytes(range(256)) * 20), "binary", ""),
    ("german.txt", lambda p: p.write_text(GERMAN, encoding="utf-8"), "not_english", ""),
    ("locked.pdf", encrypted_pdf, "encrypted", ""),
    ("cut.pdf", lambda p: p.write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type"), "truncated", ""),
    ("cut.jsonl.gz", broken_gzip, "truncated", None),
    ("table.xlsx", lambda p: p.write_bytes(b"PK\x03\x04"), "unsupported", ""),
    ("line.jsonl", lambda p: p.write_text(json.dumps({"text": ENGLISH}) + "\n{oops\n"), "bad_json", ":2"),
    ("textless.jsonl", lambda p: p.write_text('{"id": "a", "title": "b"}\n'), "no_text", ":1"),
]


def test_each_bad_input_is_a_row_and_a_line_and_harms_no_other(call: Call, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(ENGLISH + "The town was quiet.\n")
    for name, make, _, _ in BAD:
        make(tmp_path / name)
    result = call("run", "good.txt", *(name for name, *_ in BAD), "-o", "out")
    assert result.status == 1, "some input was rejected"
    rows = {r["source"]: r for r in map(json.loads, Path("out/rejected.jsonl").read_text().splitlines())}
    printed = [line for line in result.err.splitlines() if line.startswith("rejected ")][1:]
    for name, _, reason, line in BAD:
        (source,) = [s for s in rows if s.startswith(name)]
        assert rows[source]["reason"] == reason
        assert line is None or source == name + line
        assert rows[source]["detail"].endswith("."), "a sentence that says what to do"
        assert any(row.startswith(f"rejected {source}: {reason}: ") for row in printed)
    assert len(printed) == len(rows) == len(BAD)
    documents = [json.loads(r)["source"] for r in Path("out/documents.jsonl").read_text().splitlines()]
    assert "good.txt" in documents and "line.jsonl:1" in documents
    assert call("verify", "out").status == 0


def test_nothing_readable_is_status_two_and_still_writes_why(call: Call) -> None:
    result = call("run", "nowhere", "-o", "out")
    assert result.status == 2
    assert json.loads(Path("out/rejected.jsonl").read_text())["reason"] == "missing"


def one_line(result: Outcome, *parts: str) -> None:
    """A mistake: status 2, nothing on standard output, one line that holds the parts."""
    assert result.status == 2
    assert result.out == ""
    assert result.err.startswith("error: ") and result.err.count("\n") == 1, result.err
    for part in parts:
        assert part in result.err


@pytest.mark.parametrize("processes", [1, 2])
def test_unknown_model_is_one_line(call: Call, tmp_path: Path, processes: int) -> None:
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(ENGLISH)
    result = call("run", "a.txt", "b.txt", "--model", "en_no_such", "-o", "out", "-p", processes)
    one_line(result, "en_no_such", "Leave out --model")
    assert not Path("out/events.jsonl").exists()


def test_unwritable_output_folder_is_one_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH)
    one_line(call("run", "a.txt", "-o", "a.txt/out"), "a.txt/out: cannot write", "-o")


def test_output_folder_among_the_articles_is_one_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    one_line(call("run", "articles", "-o", "articles/out"), "lies inside the source folder articles")


@pytest.mark.parametrize("processes", [1, 2])
def test_typo_in_a_pattern_file_is_one_line(call: Call, tmp_path: Path, processes: int) -> None:
    shutil.copytree(default_folder(), tmp_path / "patterns")
    path = tmp_path / "patterns" / "events" / "violence.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("\nverbs = ", "\nverps = ", 1), encoding="utf-8")
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(ENGLISH)
    result = call("run", "a.txt", "b.txt", "--patterns", "patterns", "-o", "out", "-p", processes)
    one_line(result, "patterns/events/violence.toml", "unknown key 'verps'. Did you mean 'verbs'?")
    result = call("patterns", "check", "--patterns", "patterns", "--no-examples")
    one_line(result, "patterns/events/violence.toml", "unknown key 'verps'. Did you mean 'verbs'?")


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        (("run", "x.txt", "--domain", "poetry"), ("--domain poetry", "auto, news or narrative")),
        (("run", "x.txt", "--patterns", "nowhere"), ("nowhere", "no such pattern file")),
        (("verify", "nowhere"), ("documents.jsonl: not there", "extractor run")),
        (("explain", "nowhere.txt"), ("nowhere.txt: no such file",)),
        (("explain", "They left.", "--published", "May"), ("--published May", "YYYY-MM-DD")),
        (("explain", "They left.", "--sentence", "7"), ("--sentence 7: the text has 1",)),
        (("dates", "nowhere.txt"), ("nowhere.txt: no such file",)),
        (("dates", "x.txt", "--reference-date", "31.12.2020"), ("--reference-date", "YYYY-MM-DD")),
        (("evaluate", "nowhere.jsonl", "out"), ("nowhere.jsonl: no such file",)),
        (("schema", "person"), ("person: no such record", "event, entity")),
        (("log", "nowhere"), ("nowhere: no run on record", "extractor run")),
        (("patterns", "suggest", "nowhere"), ("entities.jsonl: not there",)),
        (("gazetteer", "add", "nowhere.txt"), ("nowhere.txt: no such file",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_mistake_is_one_line(
    call: Call, tmp_path: Path, args: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    (tmp_path / "x.txt").write_text(ENGLISH)
    one_line(call(*args), *parts)


# ---- stopping ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("processes", [1, 2])
def test_ctrl_c_stops_at_once_without_traceback_or_half_files(tmp_path: Path, processes: int) -> None:
    text = "The army said that gunmen had killed five of the farmers near the town on 3 May 2021.\n"
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(text * 50)
    out = tmp_path.parent / f"{tmp_path.name}-out"
    program = spawn("run", tmp_path, "-o", out, "-p", processes, start_new_session=True)
    until = time.monotonic() + 60
    while not out.exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1.0)
    os.killpg(program.pid, signal.SIGINT)
    printed, complaints = program.communicate(timeout=60)
    assert (program.returncode, printed, complaints) == (130, b"", b"")
    assert [path.name for path in out.iterdir()] == [".cache"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"id": f"d{n}", "text": ENGLISH * 20}) + "\n" for n in range(6))
    (tmp_path / "articles.jsonl").write_text(rows)
    program = spawn("run", tmp_path / "articles.jsonl", "-o", "-")
    assert program.stdout is not None and program.stderr is not None
    program.stdout.read(10)
    program.stdout.close()
    complaints = program.stderr.read()
    assert program.wait(timeout=120) != 0
    assert b"Traceback" not in complaints and b"BrokenPipe" not in complaints


# ---- the other commands ------------------------------------------------------------------------------------


def test_verify_names_the_offending_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH)
    call("run", "a.txt", "-o", "out")
    path = Path("out/events.jsonl")
    path.write_text(path.read_text().replace('"killed"', '"Killed"', 1))
    result = call("verify", "out")
    assert result.status == 1
    assert result.out.startswith("out/events.jsonl:1: span 7–13 reads 'killed', not 'Killed'")


def test_explain_shows_every_stage_and_what_almost_fired(call: Call) -> None:
    result = call("explain", "Gunmen killed five farmers near Gao on Monday.", "--published", "2024-05-01")
    assert result.status == 0
    for word in ("layout", "entities", "dates", "quantities", "clauses", "events", "almost fired"):
        assert word in result.out
    assert "2024-04-29" in result.out and "killing/kill" in result.out and "needs" in result.out


def test_explain_shows_what_weighed_in_the_judge(call: Call) -> None:
    text = "Gunmen killed five farmers near Gao on Monday."
    result = call("explain", text)
    lines = result.out.splitlines()
    assert any("killing 'killed'" in line and "accepted" in line and "≥" in line for line in lines)
    assert any("actor: 'Gunmen'" in line for line in lines)
    assert "others," in result.out and "bias:" in result.out
    assert "accepted" not in call("explain", text, "--no-judge").out


def test_explain_shows_the_one_sentence_asked_for(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH)
    result = call("explain", "a.txt", "--sentence", "2")
    assert "sentence 2" in result.out and "sentence 1" not in result.out
    assert "arrested" in result.out and "killed" not in result.out


def test_dates_prints_one_json_line_for_each_expression(call: Call) -> None:
    result = call("dates", "-", "--reference-date", "2024-05-01", stdin=b"They left yesterday, on Tuesday.")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(r["text"], r["edtf"]) for r in rows] == [("yesterday", "2024-04-30"), ("Tuesday", "2024-04-30")]


def test_evaluate_of_an_output_against_itself_is_perfect(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH)
    call("run", "a.txt", "-o", "out")
    result = call("evaluate", "out/events.jsonl", "out", "--json")
    scores = json.loads(result.out)
    assert [scores[m]["f"] for m in ("event", "trigger", "argument", "quantity", "fact")] == [100.0] * 5


def test_schema_prints_one_record_or_all(call: Call) -> None:
    assert json.loads(call("schema", "event").out) == schemas()["event"]
    assert json.loads(call("schema").out) == schemas()


def test_patterns_check_fails_on_an_example_that_does_not_hold(call: Call, tmp_path: Path) -> None:
    shutil.copytree(default_folder(), tmp_path / "patterns")
    for path in (tmp_path / "patterns" / "events").glob("*.toml"):
        path.unlink()
    frame = (
        '[[frame]]\nid = "killing/kill"\ntype = "killing"\nverbs = ["kill"]\n'
        'roles = { subject = "actor", object = "target" }\n'
        'examples = [{ text = "Gunmen killed a farmer.", type = "killing", actor = "Gunmen" },\n'
        '            { text = "Gunmen killed a judge.", type = "killing", actor = "judge" }]\n'
        'near_misses = ["Gunmen killed a teacher.", "The farmers went home."]\n'
    )
    (tmp_path / "patterns" / "events" / "violence.toml").write_text(frame)
    result = call("patterns", "check", "--patterns", "patterns")
    assert result.status == 1
    assert "FAIL killing/kill: Gunmen killed a judge.\n     actor ['Gunmen'], expected 'judge'" in result.out
    assert "FAIL killing/kill: near miss: Gunmen killed a teacher.\n     fired on 'killed'" in result.out


def test_patterns_suggest_lists_groups_the_rules_lack(call: Call, tmp_path: Path) -> None:
    text = (
        "Fighters of the Kadu Liberation Front (KLF) attacked Gao. The KLF withdrew from Gao on 3 May 2021.\n"
    )
    (tmp_path / "a.txt").write_text(text)
    call("run", "a.txt", "-o", "out")
    result = call("patterns", "suggest", "out")
    assert result.status == 0
    assert 'name = "Kadu Liberation Front"' in result.out


def test_gazetteer_add_makes_places_known(call: Call, tmp_path: Path) -> None:
    cells = ["99000001", "Kadukotu", "Kadukotu", "Kadu Kotu", "16.1", "-1.2", "P", "PPL", "ML", "", "07"]
    line = "\t".join([*cells, "", "", "", "1200", "", "250", "Africa/Bamako", "2020-01-01"])
    (tmp_path / "ML.txt").write_text(line + "\n")
    (tmp_path / "a.txt").write_text("Gunmen killed five farmers in Kadukotu, Mali.\n")
    result = call("gazetteer", "add", "ML.txt")
    assert result.status == 0 and "1 places added" in result.out and "CC BY 4.0" in result.out
    call("run", "a.txt", "-o", "out")
    assert "place/ML/kadukotu-99000001" in Path("out/events.jsonl").read_text()


def test_a_cache_that_cannot_be_written_does_not_stop_a_run(tmp_path):
    text = tmp_path / "note.txt"
    text.write_text("Gunmen killed five farmers near Gao on 3 May 2021.\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "extractor", "run", str(text), "-o", "-"],
        capture_output=True,
        text=True,
        env={**os.environ, "EXTRACTOR_CACHE": "/proc/none"},
    )
    (event,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, event["type"], event["trigger"]["text"]) == (0, "killing", "killed")
