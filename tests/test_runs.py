"""Runs: the same bytes whatever the process, whole files or none, and the committed run over the corpus."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from extractor.errors import OutputError
from extractor.jsonl import write_jsonl
from extractor.runs import FILES, Options, Result, assemble, collect, process, run, write
from extractor.schema import Article
from extractor.verify import problems

ROOT = Path(__file__).parent.parent
SAMPLE = ("baidoa-wire.txt", "goma-agency-report.txt", "hodeidah-port-page.html", "daily-notes.jsonl")


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some articles of the corpus, and one that is none."""
    folder = tmp_path_factory.mktemp("articles")
    for name in SAMPLE:
        shutil.copy(ROOT / "corpus" / name, folder)
    (folder / "empty.txt").write_text("")
    return folder


def test_output_is_byte_identical_on_one_process_or_two_and_under_any_hash_seed(
    articles: Path, tmp_path: Path
) -> None:
    found = []
    for seed, processes in (("1", "1"), ("2", "2")):
        out = tmp_path / f"out-{seed}"
        command = [
            sys.executable,
            "-m",
            "extractor",
            "run",
            str(articles),
            "-o",
            str(out),
            "-p",
            processes,
        ]
        done = subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True)
        assert done.returncode == 1, done.stderr.decode()
        found.append(contents(out))
    assert found[0] == found[1]
    assert found[0]["events.jsonl"].count(b"\n") > 10


def test_order_of_sources_does_not_show_in_events(articles: Path, nlp) -> None:
    names = [str(articles / name) for name in SAMPLE]

    def events(sources: list[str]) -> list[str]:
        found, _ = collect(sources)
        return [e.model_dump_json() for e in assemble([process(nlp, a) for a in found], []).events]

    assert events(names) == events(names[::-1])


def test_documents_stand_in_order_of_id_and_events_in_reading_order(articles: Path, tmp_path: Path) -> None:
    result, _ = run([str(articles)], tmp_path / "out")
    ids = [d.id for d in result.documents]
    assert ids == sorted(ids)
    places = [(e.document, e.trigger.start) for e in result.events]
    assert places == sorted(places)
    manifest = json.loads((tmp_path / "out" / "run.json").read_text())
    assert manifest["counts"]["events"] == len(result.events)
    assert manifest["counts"]["rejected"] == 1
    assert len(manifest["model"]["digest"]) == len(manifest["patterns"]) == 64
    assert list(problems(tmp_path / "out")) == []


def test_spellings_of_one_person_have_one_id_in_events_and_entities(nlp) -> None:
    texts = {
        "one": "Police arrested Abdelmalek Droukdal in Gao. Abdelmalek Droukdal was freed in Gao.",
        "two": "Police arrested Abdelmalek Droukdel in Gao.",
    }
    articles = [Article(id=i, source=i, sha256="0" * 64, text=t) for i, t in texts.items()]
    result = assemble([process(nlp, a) for a in articles], [])
    people = [e for e in result.entities if e.kind == "person"]
    assert [sorted(e.names) for e in people] == [["Abdelmalek Droukdal", "Abdelmalek Droukdel"]]
    targets = {
        a.entity for e in result.events for a in e.arguments if a.kind == "person" and a.refers_to is None
    }
    assert targets == {people[0].id}


def test_government_that_acts_under_its_countrys_name_is_an_entity(nlp) -> None:
    article = Article(id="a", source="a", sha256="0" * 64, text="Belarus arrested two activists in Minsk.")
    result = assemble([process(nlp, article)], [])
    (actor,) = [a for e in result.events for a in e.arguments if a.role == "actor"]
    assert (actor.entity, actor.kind) == ("government/BY", "government")
    (entity,) = [e for e in result.entities if e.id == "government/BY"]
    assert entity.name == "Government of Belarus"
    assert [m.text for m in entity.mentions] == ["Belarus"]


def test_article_that_breaks_the_pipeline_is_rejected_and_named(nlp) -> None:
    article = Article(id="a", source="long.txt", sha256="0" * 64, text="x" * (nlp.max_length + 1))
    result = assemble([process(nlp, article)], [])
    (rejection,) = result.rejected
    assert (rejection.source, rejection.reason) == ("long.txt", "processing_failed")
    assert "\n" not in rejection.detail
    assert result.documents == []


def test_interrupted_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_jsonl(path, [{"id": 1}])

    def rows():
        yield {"id": 2}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_jsonl(path, rows())
    assert path.read_text() == '{"id": 1}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["events.jsonl"]


def test_folder_that_cannot_be_made_is_an_error_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        run([str(tmp_path / "nowhere")], tmp_path / "file" / "out")


def test_empty_result_writes_five_empty_files(tmp_path: Path) -> None:
    write(Result([], [], [], [], [], 0), tmp_path, Options(), 0.0)
    assert set(contents(tmp_path).values()) == {b""}
    assert list(problems(tmp_path)) == []


# ---- output/ -----------------------------------------------------------------------------------------------

REFRESH = "output/ is stale; look at the difference and refresh it with: extractor run corpus -o output"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the corpus now, as the README's command makes it."""
    out = tmp_path_factory.mktemp("fresh")
    none = str(out / "no-gazetteer")
    command = [sys.executable, "-m", "extractor", "run", "corpus", "-o", str(out)]
    environment = os.environ | {"EXTRACTOR_GAZETTEER": none}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return out


@pytest.mark.parametrize("name", FILES)
def test_committed_output_is_what_the_corpus_gives_now(fresh: Path, name: str) -> None:
    committed = (ROOT / "output" / name).read_text(encoding="utf-8").splitlines()
    now = (fresh / name).read_text(encoding="utf-8").splitlines()
    changed = [line for line in now if line not in set(committed)] or [
        f"{len(committed)} lines, now {len(now)}"
    ]
    assert committed == now, f"{REFRESH}\nfirst change in {name}: {changed[0]}"


def test_committed_output_verifies(fresh: Path, tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(ROOT / "output" / name, tmp_path)
    assert list(problems(tmp_path)) == []
    assert list(problems(fresh)) == []
