"""Pattern files that do not hold together are refused, naming the file, the rule and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.checks import suggest_groups
from extractor.errors import OutputError, PatternError
from extractor.fingerprint import of, pattern_digests
from extractor.jsonl import write_jsonl
from extractor.patterns import Group, default_folder, read_frames, read_groups, read_rules

FRAME = '[[frame]]\nid = "attack/raid"\ntype = "attack"\nverbs = ["raid"]\n'
FAULTS = [
    (FRAME + 'verb = ["storm"]\n', "frame 'attack/raid': unknown key 'verb'. Did you mean 'verbs'?"),
    (FRAME + "nouns = ['']\n", "frame 'attack/raid': nouns"),
    (FRAME + FRAME, "duplicate id 'attack/raid'"),
    ('[[frame]]\ntype = "attack"\n', "frame 'number 1': id: Field required"),
    ('[[frame]]\nid = "attack/raid"\n', "frame 'attack/raid': type: Field required"),
    ('[[frames]]\nid = "attack/raid"\n', "unknown table 'frames'. Did you mean 'frame'?"),
    (FRAME + "verbs = [\n", "not valid TOML"),
    (FRAME + 'examples = [{ text = "They raided Bor.", typ = "attack" }]\n', "examples.0.typ"),
]


@pytest.mark.parametrize(("content", "message"), FAULTS, ids=[f[1][:40] for f in FAULTS])
def test_file_that_does_not_hold_together_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "events").mkdir()
    path = tmp_path / "events" / "violence.toml"
    path.write_text(content)
    with pytest.raises(PatternError) as refused:
        read_frames(tmp_path)
    assert str(refused.value).startswith(f"{path}: ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.remedy


def test_id_used_in_two_files_is_refused_and_names_both(tmp_path: Path) -> None:
    paths = [tmp_path / "a.toml", tmp_path / "b.toml"]
    for path in paths:
        path.write_text('[[group]]\nid = "armed_group/x"\nname = "X"\nkind = "armed_group"\n')
    with pytest.raises(PatternError) as refused:
        read_rules(paths, "group", Group)
    assert all(str(path) in str(refused.value) for path in paths)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match="no such pattern file"):
        read_rules([tmp_path / "none.toml"], "group", Group)


def test_every_shipped_file_of_frames_and_groups_is_read() -> None:
    folder = default_folder()
    assert len(read_frames(folder)) >= 100
    assert sum(group.kind == "armed_group" for group in read_groups(folder)) >= 300


def test_digest_changes_with_any_byte_of_any_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "x.toml"
    path.write_text("a = 1\n")
    before = of(pattern_digests(tmp_path))
    assert of(pattern_digests(tmp_path)) == before
    path.write_text("a = 2\n")
    changed = of(pattern_digests(tmp_path))
    path.rename(tmp_path / "a" / "y.toml")
    assert len({before, changed, of(pattern_digests(tmp_path))}) == 3


def test_unknown_armed_groups_are_suggested_as_stanzas_that_load(tmp_path: Path) -> None:
    text = "The Kadu Defence League (KDL) raided Bor. The KDL left."
    mentions = [
        {"document": "d", "text": text[a:b], "start": a, "end": b, "rule": "definition/brackets"}
        for a, b in ((4, 23), (25, 28), (46, 49))
    ]
    unknown = {
        "id": "armed_group/kadu-defence-league", "kind": "armed_group", "name": "Kadu Defence League",
        "names": ["KDL", "Kadu Defence League"], "known": False, "attributes": {}, "mentions": mentions,
    }  # fmt: skip
    known = unknown | {"id": "armed_group/other", "known": True}
    write_jsonl(tmp_path / "entities.jsonl", [known, unknown])
    write_jsonl(tmp_path / "documents.jsonl", [{"id": "d", "text": text}])
    lines = suggest_groups(tmp_path)
    (tmp_path / "new.toml").write_text("\n".join(lines), encoding="utf-8")
    (group,) = read_rules([tmp_path / "new.toml"], "group", Group)
    assert (group.id, group.name, group.acronyms) == (unknown["id"], "Kadu Defence League", ["KDL"])
    assert suggest_groups(tmp_path, minimum=4) == ["no unknown armed groups"]


def test_suggesting_from_a_folder_that_no_run_wrote_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"entities\.jsonl: not there"):
        suggest_groups(tmp_path)
