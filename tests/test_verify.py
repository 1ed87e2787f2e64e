"""`verify`: every fault planted in an output is named with its file and line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractor.errors import OutputError
from extractor.runs import Options, assemble, process, write
from extractor.schema import Article
from extractor.verify import problems

TEXT = (
    "The army said on 4 June 2020 that its soldiers killed three rebels of the Sudan People's Liberation "
    "Movement near Kadugli. Belarus arrested two activists in Minsk on 3 May 2021.\n"
)


@pytest.fixture(scope="module")
def sound(nlp, tmp_path_factory) -> Path:
    """An output folder without a fault."""
    folder = tmp_path_factory.mktemp("sound")
    articles = [Article(id=i, source=f"{i}.txt", sha256="0" * 64, text=TEXT) for i in ("one", "two")]
    write(assemble([process(nlp, a) for a in articles], []), folder, Options(), 0.0)
    return folder


@pytest.fixture
def output(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "output"))


def change(output: Path, file: str, line: int, alter: Callable[[dict[str, Any]], object]) -> None:
    path = output / file
    rows = path.read_text(encoding="utf-8").splitlines()
    row = json.loads(rows[line - 1])
    alter(row)
    rows[line - 1] = json.dumps(row, ensure_ascii=False)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_sound_output_has_events_entities_and_no_problems(output: Path) -> None:
    assert len((output / "events.jsonl").read_text().splitlines()) >= 4
    assert list(problems(output)) == []


def shift_trigger(row: dict[str, Any]) -> None:
    row["trigger"]["start"] += 1
    row["trigger"]["end"] += 1


FAULTS: list[tuple[str, int, Callable[[dict[str, Any]], object], str]] = [
    ("events.jsonl", 2, shift_trigger, "reads"),
    ("events.jsonl", 1, lambda r: r["arguments"][0].update(end=10**6), "lies outside the text"),
    (
        "events.jsonl",
        1,
        lambda r: r["sentence"].update(end=r["sentence"]["start"] + 1),
        "outside its sentence",
    ),
    ("events.jsonl", 1, lambda r: r.update(document="three"), "names document three"),
    ("events.jsonl", 1, lambda r: r.update(incident="in-none"), "names incident in-none"),
    ("events.jsonl", 1, lambda r: r["arguments"][0].update(entity="person/none"), "names entity person/none"),
    ("events.jsonl", 1, lambda r: r.update(modality="perhaps"), "modality: Input should be"),
    ("events.jsonl", 1, lambda r: r.pop("modality"), "modality: Field required"),
    ("entities.jsonl", 1, lambda r: r["mentions"][0].update(text="Kassala"), "not 'Kassala'"),
    ("entities.jsonl", 1, lambda r: r["mentions"][0].update(document="three"), "names document three"),
    ("incidents.jsonl", 1, lambda r: r["events"].append("ev-none"), "names event ev-none"),
    ("documents.jsonl", 1, lambda r: r["blocks"][0].update(end=10**6), "block 0–1000000 lies outside"),
]


@pytest.mark.parametrize(("file", "line", "alter", "message"), FAULTS, ids=[f[3] for f in FAULTS])
def test_planted_fault_is_named_with_file_and_line(
    output: Path, file: str, line: int, alter: Callable[[dict[str, Any]], object], message: str
) -> None:
    change(output, file, line, alter)
    assert any(p.startswith(f"{output / file}:{line}: ") and message in p for p in problems(output))


def test_changed_text_breaks_the_spans_in_it(output: Path) -> None:
    change(output, "documents.jsonl", 1, lambda r: r.update(text=" " + r["text"]))
    found = list(problems(output))
    assert any("events.jsonl:1: span" in p for p in found)
    assert not any("events.jsonl:4: span" in p for p in found), "the other document is sound"


def test_line_that_is_not_json_is_named(output: Path) -> None:
    with (output / "events.jsonl").open("a") as stream:
        stream.write('{"id": \n')
    lines = len((output / "events.jsonl").read_text().splitlines())
    assert any(p.startswith(f"{output / 'events.jsonl'}:{lines}: not JSON") for p in problems(output))


def test_id_that_stands_twice_is_named(output: Path) -> None:
    path = output / "events.jsonl"
    first = path.read_text().splitlines()[0]
    with path.open("a") as stream:
        stream.write(first + "\n")
    assert any("stands twice" in p for p in problems(output))


def test_file_cut_off_between_lines_is_told_by_the_manifest(output: Path) -> None:
    path = output / "rejected.jsonl"
    path.write_text('{"source": "x", "reason": "empty", "detail": "the file is empty."}\n')
    assert any("rejected.jsonl: has 1 lines, run.json says 0" in p for p in problems(output))


def test_missing_file_is_an_error_that_names_it(output: Path) -> None:
    (output / "incidents.jsonl").unlink()
    with pytest.raises(OutputError, match=r"incidents\.jsonl: not there"):
        list(problems(output))
