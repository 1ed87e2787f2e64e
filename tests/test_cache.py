"""Runs into a folder that holds one: only what changed is done, nothing is lost, and the bytes are the same."""

from __future__ import annotations

import ctypes
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from extractor import patterns
from extractor.cache import FILES, Cache, append_line, hold, unchanged
from extractor.errors import OutputError
from extractor.fingerprint import Options, settings
from extractor.patterns import default_folder
from extractor.pipeline import AFTER_MODEL, BEFORE_MODEL, READS
from extractor.runs import PARSE_FILES, Result, run
from extractor.workers import loaded

pytestmark = pytest.mark.skipif(os.name == "nt", reason="fork, signals and limits of POSIX")

ARTICLES = {
    "gao": "Gunmen killed five farmers near Gao on 3 May 2021. Police arrested two suspects in Bamako.\n",
    "aden": "Clashes erupted in Aden on 4 May 2021. Soldiers wounded three protesters.\n",
    "goma": "Rebels attacked the town of Sake on Monday, the army said. Two soldiers died.\n",
}


def put(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def go(articles: Path, output: Path, **how: object) -> Result:
    return run([str(articles)], output, **how)[0]  # type: ignore[arg-type]


def from_scratch(articles: Path, tmp_path: Path, **how: object) -> dict[str, bytes]:
    output = tmp_path / f"scratch-{time.monotonic_ns()}"
    go(articles, output, **how)
    return contents(output)


def rows(output: Path, kind: str) -> set[tuple[int, str]]:
    """Row number and key of what is kept: both change where a thing is made again."""
    with closing(sqlite3.connect(output / ".cache" / "work.sqlite")) as db:
        return set(db.execute("SELECT rowid, key FROM kept WHERE kind = ?", (kind,)))


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return put(tmp_path / "articles", ARTICLES)


@pytest.fixture
def output(articles: Path, tmp_path: Path) -> Path:
    """The folder of a run over the articles."""
    go(articles, tmp_path / "output")
    return tmp_path / "output"


# ---- what is done again ------------------------------------------------------------------------------------


def test_edited_new_and_renamed_documents_end_in_the_bytes_of_a_run_from_scratch(
    articles: Path, output: Path, tmp_path: Path
) -> None:
    put(articles, {"gao": ARTICLES["gao"].replace("five", "seven"), "kidal": "Troops left Kidal in 2020.\n"})
    (articles / "goma.txt").rename(articles / "sake.txt")
    result = go(articles, output)
    assert result.taken_over == 1
    assert [d.id for d in result.documents] == ["aden", "gao", "kidal", "sake"]
    assert contents(output) == from_scratch(articles, tmp_path)


def test_document_that_only_changed_its_name_is_not_parsed_again(articles: Path, output: Path) -> None:
    before = rows(output, "parse")
    (articles / "gao.txt").rename(articles / "gao-2.txt")
    assert go(articles, output).taken_over == 2
    assert rows(output, "parse") == before


def test_new_frame_is_applied_without_a_new_parse(articles: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(default_folder(), tmp_path / "patterns")
    options = Options(patterns=str(folder))
    out = tmp_path / "out"
    put(articles, {"feast": "Villagers feasted in Gao on 3 May 2021. Feasts followed in Bamako.\n"})
    go(articles, out, options=options)
    parses, results = rows(out, "parse"), rows(out, "result")
    frame = """
        [[frame]]
        id = "meeting/feast"
        type = "meeting"
        verbs = ["feast"]
        nouns = ["feast"]
        roles = { subject = "party" }
    """
    (folder / "events" / "feasts.toml").write_text(frame)
    result = go(articles, out, options=options)
    assert result.taken_over == 0
    assert "meeting/feast" in {event.rule for event in result.events}
    assert rows(out, "parse") == parses
    assert not rows(out, "result") & results
    assert contents(out) == from_scratch(articles, tmp_path, options=options)


@pytest.mark.parametrize(
    ("file", "parses_again"),
    [
        ("events/violence.toml", False), ("modality.toml", False), ("quantities.toml", False),
        ("clauses.toml", False), ("entities/nouns.toml", False), ("entities/titles.toml", False),
        ("layout.toml", True), ("sentences.toml", True), ("dates/rules.toml", True),
        ("groups/west_africa.toml", True), ("entities/countries.toml", True),
    ],
)  # fmt: skip
def test_only_what_feeds_the_parser_makes_a_parse_stale(
    tmp_path: Path, file: str, parses_again: bool
) -> None:
    folder = shutil.copytree(default_folder(), tmp_path / "patterns")
    before = settings(Options(patterns=str(folder)))
    with (folder / file).open("a") as stream:
        stream.write("# a remark\n")
    after = settings(Options(patterns=str(folder)))
    assert before.digest() != after.digest()
    assert (before.parse_digest(PARSE_FILES) != after.parse_digest(PARSE_FILES)) == parses_again


@pytest.mark.parametrize("stage", [*BEFORE_MODEL, *AFTER_MODEL])
def test_every_stage_reads_the_pattern_files_that_it_is_said_to_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str
) -> None:
    folder = shutil.copytree(default_folder(), tmp_path / "patterns")
    nlp = loaded(Options())
    doc = nlp(ARTICLES["gao"])
    opened: set[Path] = set()
    read = patterns.read_toml
    monkeypatch.setattr(patterns, "read_toml", lambda path: (opened.add(path), read(path))[1])
    component = nlp.create_pipe(f"extractor_{stage}", config={"patterns": str(folder)})
    if stage == "layout":
        doc._.blocks = None
    component(doc)
    assert opened == {path for glob in READS[stage] for path in folder.glob(glob)}


# ---- documents that are gone -------------------------------------------------------------------------------


def test_document_whose_file_is_gone_is_kept_and_named_until_pruned(
    articles: Path, output: Path, tmp_path: Path
) -> None:
    before = contents(output)
    (articles / "goma.txt").unlink()
    result = go(articles, output)
    assert ([a.id for a in result.gone.kept], result.gone.removed) == (["goma"], [])
    assert contents(output) == before
    assert json.loads((output / "run.json").read_text())["kept"] == ["goma"]
    assert unchanged([str(articles)], output, Options(), prune=False)
    assert not unchanged([str(articles)], output, Options(), prune=True)
    result = go(articles, output, prune=True)
    assert (result.gone.kept, [a.id for a in result.gone.removed]) == ([], ["goma"])
    assert contents(output) == from_scratch(articles, tmp_path)


def test_kept_document_follows_new_settings_without_its_file(articles: Path, output: Path) -> None:
    (articles / "goma.txt").unlink()
    result = go(articles, output, options=Options(judge=False))
    assert result.taken_over == 0
    assert "goma" in {event.document for event in result.events}


def test_nothing_is_pruned_while_a_source_cannot_be_read(
    articles: Path, output: Path, tmp_path: Path
) -> None:
    articles.rename(tmp_path / "elsewhere")
    result = go(articles, output, prune=True)
    assert [r.reason for r in result.rejected] == ["missing"]
    assert [a.id for a in result.gone.kept] == ["aden", "gao", "goma"]


def test_line_taken_out_of_a_file_is_gone_without_pruning(tmp_path: Path) -> None:
    source, out = tmp_path / "articles.jsonl", tmp_path / "out"
    lines = [json.dumps({"id": name, "text": text}) + "\n" for name, text in ARTICLES.items()]
    source.write_text("".join(lines))
    go(source, out)
    source.write_text("".join(lines[:2]))
    result = go(source, out)
    assert ([a.id for a in result.gone.removed], result.gone.kept) == (["goma"], [])
    assert contents(out) == from_scratch(source, tmp_path)


def test_folder_with_documents_of_something_else_is_refused(articles: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "documents.jsonl").write_text('{"name": "a"}\n')
    with pytest.raises(OutputError, match=r"record 1.*Remove the file"):
        go(articles, tmp_path / "out")


# ---- an unchanged run --------------------------------------------------------------------------------------


def test_unchanged_run_touches_nothing_and_loads_no_language_library(articles: Path, output: Path) -> None:
    def state() -> dict[str, tuple[int, bytes]]:
        return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in output.iterdir() if p.is_file()}

    before = state()
    script = (
        "import sys; from extractor import cli; sys.argv[0] = 'extractor'\ntry: cli.main()\n"
        "finally: sys.stdout.write(str('spacy' in sys.modules))"
    )
    command = [sys.executable, "-c", script, "run", str(articles), "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "False")
    assert "stands: 3 documents" in done.stderr and "nothing has changed" in done.stderr
    assert state() == before


def test_whatever_shapes_the_output_is_seen_to_have_changed(
    articles: Path, output: Path, tmp_path: Path
) -> None:
    def stands(options: Options) -> bool:
        return unchanged([str(articles)], output, options, prune=False) is not None

    same = shutil.copytree(default_folder(), tmp_path / "patterns")
    assert stands(Options()) and stands(Options(patterns=str(same))), "a folder counts by what is in it"
    (same / "clauses.toml").write_bytes((same / "clauses.toml").read_bytes() + b"\n")
    for options in (Options(patterns=str(same)), Options(domain="narrative"), Options(judge=False)):
        assert not stands(options)
    for path in (articles / "gao.txt", output / "events.jsonl", output / "reviews.jsonl"):
        before = path.read_bytes() if path.exists() else None
        path.write_bytes((before or b"") + b"{}\n")
        assert not stands(Options()), path.name
        path.write_bytes(before) if before is not None else path.unlink()
        assert stands(Options())


def test_failed_document_is_tried_again_and_never_taken_for_done(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    nlp = loaded(Options())
    limit, nlp.max_length = nlp.max_length, len(ARTICLES["gao"]) - 1
    try:
        failed = go(articles, out)
    finally:
        nlp.max_length = limit
    assert [(Path(r.source).name, r.reason) for r in failed.rejected] == [("gao.txt", "processing_failed")]
    assert not unchanged([str(articles)], out, Options(), prune=False)
    result = go(articles, out)
    assert (result.taken_over, result.rejected) == (2, [])
    assert contents(out) == from_scratch(articles, tmp_path)


@pytest.mark.parametrize("how", [{"fresh": True}, {"keep": False}], ids=str)
def test_everything_is_done_anew_where_asked(articles: Path, output: Path, how: dict[str, bool]) -> None:
    before = contents(output)
    assert go(articles, output, **how).taken_over == 0
    assert contents(output) == before


# ---- trouble -----------------------------------------------------------------------------------------------


def forked(work: Callable[[], object]) -> int:
    """Do something in a process of its own that has the pipeline already: 0 done, 3 an error a user is told,
    minus the signal that ended it."""
    loaded(Options())
    pid = os.fork()
    if pid == 0:
        status = 4
        try:
            work()
            status = 0
        except OutputError:
            status = 3
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(point: int, articles: Path, output: Path, tally: Path) -> int:
    """A run that ends itself with `kill -9` the `point`th time it opens, moves or removes a file or is done
    with a document; -1 for a run that only writes the number of these times to `tally`."""
    seen = 0

    def tick(event: str = "open", args: tuple[object, ...] = ()) -> None:
        nonlocal seen
        if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect"):
            seen += 1
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        sys.addaudithook(tick)
        run([str(articles)], output, done=tick)
        total = seen
        tally.write_text(str(total))

    return forked(work)


POINTS = [random.Random(seed).random() for seed in range(10)]


@pytest.mark.parametrize("share", POINTS, ids=lambda share: f"{share:.2f}")
def test_run_killed_at_any_point_resumes_and_ends_in_the_same_bytes(
    articles: Path, output: Path, tmp_path: Path, share: float
) -> None:
    put(articles, {"gao": ARTICLES["gao"].replace("five", "seven"), "kidal": "Troops left Kidal in 2020.\n"})
    other = shutil.copytree(output, tmp_path / "other")
    assert killed_at(-1, articles, other, tmp_path / "tally") == 0
    total = int((tmp_path / "tally").read_text())
    assert killed_at(1 + int(share * (total - 1)), articles, output, tmp_path / "tally") == -signal.SIGKILL
    for name in FILES:
        assert (output / name).read_bytes().endswith(b"\n") or not (output / name).read_bytes()
    go(articles, output)
    assert contents(output) == contents(other)
    lines = [json.loads(line) for line in (output / "history.jsonl").read_text().splitlines()]
    assert len(lines) == len({line["run"] for line in lines}) == 2
    assert sorted(p.name for p in output.iterdir()) == sorted(p.name for p in other.iterdir())


def test_documents_done_before_a_kill_are_not_done_again(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    left = iter(range(2))

    def done() -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    assert forked(lambda: run([str(articles)], out, done=done)) == -signal.SIGKILL
    assert go(articles, out).taken_over >= 2
    assert contents(out) == from_scratch(articles, tmp_path)


def test_second_run_into_one_folder_is_refused_in_one_line(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = "The army said that gunmen had killed five of the farmers near the town on 3 May 2021.\n"
    put(articles, {f"long-{n}": text * 20 for n in range(6)})
    command = [sys.executable, "-m", "extractor", "run", str(articles), "-o", str(out)]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not (out / ".cache" / "work.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.02)
    second = subprocess.run(command, capture_output=True, text=True)
    assert (second.returncode, second.stdout) == (2, ""), second.stderr
    assert second.stderr == (
        f"error: {out}: another run is writing to it. Wait until it ends, or name another folder with -o.\n"
    )
    assert first.communicate(timeout=120)[0] == b"" and first.returncode == 0
    assert contents(out) == from_scratch(articles, tmp_path)


def test_folder_is_free_again_after_a_run(tmp_path: Path) -> None:
    for _ in range(2):
        with hold(tmp_path), pytest.raises(OutputError, match="another run"), hold(tmp_path):
            pass


@pytest.mark.parametrize(("limit", "keep"), [(4_000, True), (60_000, True), (2_000, False)])
def test_full_disk_leaves_what_was_there_and_the_next_run_ends_in_the_same_bytes(
    articles: Path, output: Path, tmp_path: Path, limit: int, keep: bool
) -> None:
    before = contents(output)
    put(articles, {f"{name}-{n}": text * 9 for name, text in ARTICLES.items() for n in range(9)})

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        run([str(articles)], output, keep=keep)

    assert forked(work) == 3
    assert contents(output) == before
    go(articles, output)
    assert contents(output) == from_scratch(articles, tmp_path)


def without_privilege() -> None:
    """Root may write anywhere, unless a program is started without that capability (Linux)."""
    if os.geteuid() == 0:
        drop_from_bounding_set, override_permissions = 24, 1
        ctypes.CDLL(None).prctl(drop_from_bounding_set, override_permissions, 0, 0, 0)


def test_read_only_folder_is_one_line(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o555)
    probe = f"import os; print(os.access({str(out)!r}, os.W_OK))"
    told = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, preexec_fn=without_privilege
    )
    if told.stdout != "False\n":
        pytest.skip("this user may write anywhere")
    command = [sys.executable, "-m", "extractor", "run", str(articles), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=without_privilege)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: {out}: cannot write: Permission denied. Name a folder you may write to with -o.\n"
    )
    assert list(out.iterdir()) == []


# ---- what is kept ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [b"not a database" * 400, b""])
def test_damaged_cache_is_made_anew(articles: Path, output: Path, damage: bytes) -> None:
    before = contents(output)
    (output / ".cache" / "work.sqlite").write_bytes(damage)
    (output / "events.jsonl").unlink()
    assert go(articles, output).taken_over == 0
    assert contents(output) == before


def test_pages_damaged_inside_a_cache_are_made_anew(articles: Path, output: Path) -> None:
    before = contents(output)
    path = output / ".cache" / "work.sqlite"
    raw = bytearray(path.read_bytes())
    raw[4096:] = os.urandom(len(raw) - 4096)
    path.write_bytes(raw)
    (output / "events.jsonl").unlink()
    go(articles, output)
    assert contents(output) == before


def test_cache_of_another_format_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "work.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE kept (other TEXT)")
        db.execute("PRAGMA user_version = 99")
    cache = Cache(path)
    cache.put("article", "a", b"1")
    assert cache.get("article", "a") == b"1"
    cache.close()


def test_what_a_run_did_not_use_is_dropped_when_it_ends(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "work.sqlite")
    for key in "abc":
        cache.put("parse", key, key.encode())
    cache.close()
    cache = Cache(tmp_path / "work.sqlite")
    cache.get("parse", "a")
    cache.still_used("parse", ["b"])
    cache.forget_unused()
    assert [cache.get("parse", key) for key in "abc"] == [b"a", b"b", None]
    cache.close()


def test_cache_is_left_out_of_version_control(output: Path) -> None:
    assert (output / ".cache" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"new\n"),
        (b"old\n", b"old\nnew\n"),
        (b"old\nhalf of a li", b"old\nnew\n"),
        (b"half", b"new\n"),
        (b"old\nnew\n", b"old\nnew\n"),
        (b"old\nne", b"old\nnew\n"),
        (b"x" * 70_000, b"new\n"),
    ],
)
def test_line_is_appended_once_after_the_last_whole_line(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(before)
    append_line(path, "new\n")
    assert path.read_bytes() == after
