"""A fact's life across runs: one line of history.jsonl a run, and what `extractor log` makes of them.

A line tells when a run was and what it changed in the facts, as `extractor diff` finds it; it names the ids of
events before and after, so that an event can be followed through changes that gave it another id. Nothing but
the run's time comes from a clock.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from extractor.cache import FILES, HISTORY, MANIFEST
from extractor.diff import Change, compare
from extractor.errors import ExtractorError, OutputError
from extractor.fingerprint import REVIEWS, file_digest, of
from extractor.jsonl import parse
from extractor.reviews import Value
from extractor.reviews import load as load_reviews

Row = dict[str, Any]
KINDS = ("added", "changed", "split", "merged", "removed")


# ---- writing -----------------------------------------------------------------------------------------------


def entry(output: Path, draft: Path) -> Row | None:
    """The line for a run that is about to replace the files of `output` with those of `draft`.

    Args:
        output: what is there; may hold no run yet.
        draft: the new files.

    Returns:
        run (an id from content), time (UTC), version, counts, causes, documents (added, changed, removed) and
        events (what changed of each fact); None where not a byte changes.
    """
    digests = [file_digest(draft / name) for name in FILES]
    if digests == [file_digest(output / name) for name in FILES]:
        return None
    manifest = json.loads((draft / MANIFEST).read_text(encoding="utf-8"))
    last = next(iter(reversed(read(output))), None)
    row: Row = {
        "run": "run-" + of([last and last["run"], digests])[:12],
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "version": manifest["version"],
        "counts": {name: manifest["counts"][name] for name in ("documents", "events", "incidents")},
    }
    before, after = _documents(output), _documents(draft)
    documents = {
        "added": sorted(after.keys() - before.keys()),
        "changed": sorted(d for d in after.keys() & before.keys() if before[d] != after[d]),
        "removed": sorted(before.keys() - after.keys()),
    }
    if not (output / "events.jsonl").is_file():
        events = [_added(event) for event in _rows(draft / "events.jsonl")]
        return row | {"causes": [], "documents": documents, "events": events}
    try:
        if (output / REVIEWS).is_file():
            shutil.copyfile(output / REVIEWS, draft / REVIEWS)
        found = compare(output, draft)
    except ExtractorError as error:
        row["unreadable"] = error.problem  # what was there is no run's output any more
        events = [_added(event) for event in _rows(draft / "events.jsonl")]
        return row | {"causes": [], "documents": documents, "events": events}
    causes = [cause.detail for cause in found.causes]
    rejected = {e: d.by for e, d in load_reviews(output).standing.items() if d.action == "reject"}
    events = [_changed(change, rejected) for change in found.changes if change.kind != "moved"]
    return row | {"causes": causes, "documents": documents, "events": events}


def _rows(path: Path) -> Iterator[Row]:
    if path.is_file():
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            if line.strip():
                yield parse(line, f"{path}:{number}")


def _documents(folder: Path) -> dict[str, str]:
    """Id and digest of every document of a run."""
    try:
        return {row["id"]: of(row["text"]) for row in _rows(folder / "documents.jsonl")}
    except (ExtractorError, KeyError):
        return {}


def _added(event: Row) -> Row:
    return {"kind": "added", "document": event["document"], "type": event["type"], "old": [],
            "new": [event["id"]], "text": event["trigger"]["text"]}  # fmt: skip


def _changed(change: Change, rejected: dict[str, str]) -> Row:
    """One change. `rejected` maps ids of events that stand rejected to who rejected them: it is this run that
    first leaves out what a run before it still had."""
    shown = (change.new or change.old)[0]
    cause = change.cause.detail
    if change.kind == "removed" and shown.event in rejected:
        cause = f"rejected by {rejected[shown.event]}"
    fields = [
        {"field": f.field, "old": [v.value for v in f.old], "new": [v.value for v in f.new],
         "cause": f.cause.detail}
        for f in change.fields
    ]  # fmt: skip
    return {
        "kind": change.kind, "document": change.document, "type": shown.type,
        "old": [side.event for side in change.old], "new": [side.event for side in change.new],
        "text": shown.trigger.text, "fields": fields, "cause": cause,
    }  # fmt: skip


# ---- reading -----------------------------------------------------------------------------------------------


def read(output: Path) -> list[Row]:
    """The lines of history.jsonl, oldest run first. A last line that was cut off is left out.

    Raises:
        OutputError: a line is no line of a history.
    """
    path = output / HISTORY
    if not path.is_file():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    rows = [parse(line, f"{path}:{number}") for number, line in enumerate(lines, start=1) if line.strip()]
    for number, row in enumerate(rows, start=1):
        if not {"run", "time", "events"} <= row.keys():
            raise OutputError(f"{path}:{number}: no line of a history.", "Remove the line.")
    return rows


@dataclass
class Step:
    """One thing that happened to a fact: in a run, or by a reviewer's decision. `when` is ISO 8601, UTC."""

    when: str
    what: str
    by: str
    details: list[str] = field(default_factory=list)


@dataclass
class Life:
    """A fact's life: every id it has had, what happened to it, and whether it still stands."""

    ids: list[str]
    document: str
    type: str
    text: str
    steps: list[Step]
    stands: bool


def life(output: Path, event: str) -> Life:
    """What happened to one event since it was first seen.

    Args:
        output: the folder of a run.
        event: an id it has or had, or the beginning of one.

    Raises:
        OutputError: there is no history, or no such event in it; or several begin so.
    """
    rows = read(output)
    standing = {row["id"]: row for row in _rows(output / "events.jsonl")}
    known = {i for row in rows for e in row["events"] for i in (*e["old"], *e["new"])} | standing.keys()
    matching = sorted(i for i in known if i.startswith(event))
    if not matching:
        raise OutputError(f"{output}: no event {event} in any run.", "Take an id from events.jsonl.")
    if len(matching) > 1 and event not in matching:
        raise OutputError(f"{event}: {len(matching)} events begin so.", f"Such as {', '.join(matching[:3])}.")
    ids = _same(rows, event if event in matching else matching[0])
    steps: list[Step] = []
    for row in rows:
        steps += [_step(row, e) for e in row["events"] if ids & {*e["old"], *e["new"]}]
    steps += _decisions(output, ids)
    steps.sort(key=lambda step: datetime.fromisoformat(step.when))
    if rows and not any(step.what == "first seen" for step in steps):
        steps.insert(0, Step("", f"seen before {rows[0]['run']}, the first run on record", ""))
    alive = [standing[i] for i in sorted(ids) if i in standing]
    told = next((e for row in reversed(rows) for e in row["events"] if ids & {*e["old"], *e["new"]}), None)
    if alive:
        document, kind, text = alive[0]["document"], alive[0]["type"], alive[0]["trigger"]["text"]
    else:
        assert told is not None
        document, kind, text = told["document"], told["type"], told["text"]
    return Life(sorted(ids), document, kind, text, steps, bool(alive))


def _same(rows: list[Row], event: str) -> set[str]:
    """Every id that the fact has had: those linked by a change, whichever way."""
    ids = {event}
    grown = True
    while grown:
        linked = [{*e["old"], *e["new"]} for row in rows for e in row["events"]]
        more = set().union(*(group for group in linked if group & ids), ids)
        grown, ids = more != ids, more
    return ids


def _step(row: Row, event: Row) -> Step:
    what = "first seen" if event["kind"] == "added" else event["kind"]
    details = []
    for f in event.get("fields", []):
        if f["field"] in ("sentence", "span"):
            details.append(f"{f['field']} edited ({f['cause']})")
        else:
            old, new = ", ".join(f["old"]) or "nothing", ", ".join(f["new"]) or "nothing"
            details.append(f"{f['field']}: {old} → {new} ({f['cause']})")
    if not details and event.get("cause"):
        details.append(event["cause"])
    if event["kind"] in ("split", "merged"):
        details.insert(0, f"{', '.join(event['old'])} → {', '.join(event['new'])}")
    return Step(row["time"], what, row["run"], details)


def _decisions(output: Path, ids: set[str]) -> Iterator[Step]:
    """What reviewers decided on the fact."""
    meant: set[str] = set()
    for decision in load_reviews(output).decisions:
        if decision.undoes in meant or ids & {c.event for c in (*decision.content, *decision.apart)}:
            meant.add(decision.id)
            details = [f"{c.field}: {_told(c.old)} → {_told(c.new)}" for c in decision.corrections]
            if decision.note:
                details.append(decision.note)
            yield Step(decision.at, f"review: {decision.action}", decision.by, details)


def _told(value: Value | None) -> str:
    if value is None:
        return "nothing"
    if value.min is None and value.max is None:
        return value.text or value.value or ""
    return f"{value.min}–{value.max}" if value.min != value.max else str(value.min)


# ---- showing -----------------------------------------------------------------------------------------------


def print_runs(rows: Iterable[Row], console: Console) -> None:
    """The runs, oldest first: when, what they were over, what they changed and why."""
    for row in rows:
        counts = row["counts"]
        console.print(
            f"[bold]{row['run']}[/]  {row['time']}  version {escape(row['version'])}  "
            f"{counts['documents']} documents, {counts['events']} events"
        )
        changed = {kind: sum(e["kind"] == kind for e in row["events"]) for kind in KINDS}
        told = ", ".join(f"{count} {kind}" for kind, count in changed.items() if count)
        console.print(f"    events: {told or 'none changed'}")
        for what, names in row["documents"].items():
            if names:
                more = f" and {len(names) - 5} more" if len(names) > 5 else ""
                console.print(f"    documents {what}: {escape(', '.join(names[:5]))}{more}")
        for cause in row["causes"]:
            console.print(f"    {escape(cause)}")


def print_life(found: Life, console: Console) -> None:
    """One fact: what happened to it, oldest first."""
    console.print(
        f"[bold]{escape(found.type)}[/] «{escape(found.text)}» in {escape(found.document)}: "
        f"{'stands' if found.stands else 'no longer stands'}"
    )
    console.print(f"    {', '.join(found.ids)}")
    for step in found.steps:
        console.print(escape("  ".join(part for part in (step.when, step.what, step.by) if part)))
        for detail in step.details:
            console.print(f"    {escape(detail)}")
