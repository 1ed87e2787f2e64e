"""Gold on paragraphs of the running text, kept without the text.

    python training/running.py DATA_FOLDER OUT_FOLDER [--pack SET ...]

`gold/running.jsonl` has a line for every paragraph: name, set, split, source, the SHA-256 of the text, and its events
with character offsets only.  This writes, for each set, OUT/SET/NAME.txt, OUT/SET.jsonl and OUT/SET.cover.json as
`extractor evaluate` and `extractor train judge` read them.  Paragraphs of the split "look" were read for errors
while rules were written, those of "held" were not.  With --pack the sets named are read from OUT instead, and
`gold/running.jsonl` is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

GOLD = Path(__file__).parent / "gold" / "running.jsonl"


def digest(text: str) -> str:
    """Return the SHA-256 of a paragraph, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def bare(value: Any, text: str) -> Any:
    """Return a gold value with its strings that stand in the text replaced by offsets into it.

    A span `{"text", "start", "end"}` keeps its offsets alone; `refers_to` becomes the offsets of its last occurrence
    before the mention, of its first where there is none before, and None where the text lacks it.
    """
    if isinstance(value, list):
        return [bare(item, text) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: bare(item, text) for key, item in value.items() if key not in ("text", "refers_to")}
    if "text" in value and text[value["start"] : value["end"]] != value["text"]:
        raise ValueError(f"{value['text']!r} does not stand at {value['start']}")
    name = value.get("refers_to")
    if "refers_to" in value:
        start = text.rfind(name, 0, value["start"]) if name else -1
        start = text.find(name) if name and start < 0 else start
        kept["refers_to"] = [start, start + len(name)] if start >= 0 else None
    return kept


def full(value: Any, text: str) -> Any:
    """Return what `bare` was given."""
    if isinstance(value, list):
        return [full(item, text) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: full(item, text) for key, item in value.items() if key != "refers_to"}
    if "refers_to" in value:
        place = value["refers_to"]
        result["refers_to"] = text[place[0] : place[1]] if place else None
    if {"start", "end"} <= value.keys() and value.keys() <= {"start", "end", "role", "refers_to"}:
        result["text"] = text[value["start"] : value["end"]]
    return result


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])


def pack(data: Path, folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """Return the rows of `gold/running.jsonl` for sets that lie in a folder as `write` writes them.

    Paragraphs whose names end in an even number are of the split "look", the others of "held".

    Raises:
        ValueError: a document is no paragraph of the data folder's running text.
    """
    sources: dict[str, str] = {}
    for path in sorted((data / "rawtext").glob("*.txt.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                sources.setdefault(digest(line.strip()), path.name.removesuffix(".txt.xz"))
    rows = []
    for name in names:
        events: dict[str, list[Any]] = defaultdict(list)
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            events[event["doc"]].append(event)
        for path in sorted((folder / name).glob("*.txt")):
            text = path.read_text(encoding="utf-8").strip()
            key = digest(text)
            if key not in sources:
                raise ValueError(f"{path}: is no paragraph of the running text")
            kept = [
                {k: v for k, v in bare(event, text).items() if k not in ("doc", "para", "split")}
                for event in events[path.stem]
            ]
            rows.append({"name": path.stem, "set": name, "split": "held" if _number(path) % 2 else "look",
                         "source": sources[key], "sha256": key, "events": kept})  # fmt: skip
    return rows


def write(data: Path, out: Path, gold: Path = GOLD) -> dict[str, int]:
    """Write every set below `out`; return the number of its events by name.

    Raises:
        FileNotFoundError: a source is not in the data folder.
        ValueError: a source lacks a paragraph.
    """
    wanted = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    texts: dict[str, str] = {}
    for source in sorted({row["source"] for row in wanted}):
        digests = {row["sha256"] for row in wanted if row["source"] == source}
        with lzma.open(data / "rawtext" / f"{source}.txt.xz", "rt", encoding="utf-8") as lines:
            for line in lines:
                if (found := digest(line.strip())) in digests:
                    texts[found] = line.strip()
    counts: dict[str, int] = defaultdict(int)
    files: dict[str, list[str]] = defaultdict(list)
    covers: dict[str, list[Any]] = defaultdict(list)
    for row in wanted:
        if row["sha256"] not in texts:
            raise ValueError(f"{row['source']}: has no paragraph {row['sha256'][:12]} ({row['name']})")
        text = texts[row["sha256"]]
        folder = out / row["set"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{row['name']}.txt").write_text(text + "\n", encoding="utf-8")
        covers[row["set"]].append([row["name"], 0, len(text)])
        for event in row["events"]:
            whole = {"doc": row["name"], "para": 1, **full(event, text), "sentence": event["sentence"]}
            files[row["set"]].append(json.dumps(whole, ensure_ascii=False) + "\n")
            counts[row["set"]] += 1
    for name, rows in files.items():
        (out / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")
        (out / f"{name}.cover.json").write_text(json.dumps(covers[name]) + "\n", encoding="utf-8")
    return dict(counts)


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with rawtext/")
    parser.add_argument("out", type=Path, help="folder to write the sets to")
    parser.add_argument(
        "--pack", nargs="+", metavar="SET", help="read these sets from OUT and keep them without text"
    )
    args = parser.parse_args()
    try:
        if args.pack:
            rows = [
                json.dumps(row, ensure_ascii=False) + "\n" for row in pack(args.data, args.out, args.pack)
            ]
            GOLD.write_text("".join(rows), encoding="utf-8")
            return
        for name, count in write(args.data, args.out).items():
            print(f"{name}: {count} events")
    except (ValueError, FileNotFoundError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
