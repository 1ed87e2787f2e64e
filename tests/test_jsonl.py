"""JSONL: written whole or not at all, read with faults named."""

import json
import stat

import pytest

from extractor.errors import InputError
from extractor.jsonl import dump, read_jsonl, read_records, write_jsonl, write_text
from extractor.schema import Block, Rejection, Span

ROWS = [
    Rejection(source="a", reason="empty", detail="Nichts."),
    Rejection(source="b", reason="binary", detail="É"),
]


def test_keys_stand_in_the_order_of_the_fields():
    assert dump(Span(end=3, start=0, text="Gao")) == '{"text": "Gao", "start": 0, "end": 3}'
    assert (
        dump(Block(kind="heading", start=0, end=3))
        == '{"kind": "heading", "start": 0, "end": 3, "page": null}'
    )
    assert dump({"b": 1, "a": "é"}) == '{"b": 1, "a": "é"}'


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\n", "\r", "\x0b", "\x0c", "\x1c"])
def test_a_record_is_one_line_for_every_reader(separator):
    line = dump({"text": f"a{separator}b"})
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"text": f"a{separator}b"}


def test_not_a_number_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        dump({"confidence": float("nan")})


def test_write_and_read_back(tmp_path):
    path = tmp_path / "rows.jsonl"
    assert write_jsonl(path, iter(ROWS)) == 2
    assert path.read_bytes().endswith(b"\n") and b"\r" not in path.read_bytes()
    assert list(read_jsonl(path)) == [row.model_dump() for row in ROWS]
    assert list(read_records(path, Rejection)) == ROWS
    assert write_jsonl(path, []) == 0
    assert path.read_bytes() == b""


def test_text_is_written_as_utf_8(tmp_path):
    write_text(tmp_path / "run.json", "Ménaka\n")
    assert (tmp_path / "run.json").read_bytes() == "Ménaka\n".encode()


def test_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, ROWS)
    before = path.read_bytes()

    def rows():
        yield ROWS[0]
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_jsonl(path, rows())
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]


def test_written_file_has_ordinary_permissions(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    write_text(tmp_path / "ours", "x")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_missing_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_text(tmp_path / "no" / "x.json", "x")


def test_blank_lines_and_a_byte_order_mark_are_passed_over(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\n{"a": 2}')
    assert list(read_jsonl(path)) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b"{oops", "bad_json", "not JSON"),
        (b"[1]", "bad_json", "object"),
        (b'{"a": "\xe9"}', "encoding", "UTF-8"),
    ],
)
def test_bad_line_is_named_with_its_file_and_number(tmp_path, line, code, words):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n\n' + line + b"\n")
    with pytest.raises(InputError, match=words) as caught:
        list(read_jsonl(path))
    assert caught.value.code == code and f"{path}:3" in caught.value.problem and caught.value.remedy


def test_record_that_does_not_fit_names_the_field(tmp_path):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [{"text": "a", "start": 0, "end": 1}, {"text": "a", "start": "x", "end": 1}])
    with pytest.raises(InputError, match="record 2: start") as caught:
        list(read_records(path, Span))
    assert caught.value.code == "bad_record"


@pytest.mark.parametrize(("name", "code"), [("none.jsonl", "missing"), ("", "unsupported")])
def test_path_that_cannot_be_read(tmp_path, name, code):
    with pytest.raises(InputError) as caught:
        list(read_jsonl(tmp_path / name))
    assert caught.value.code == code
