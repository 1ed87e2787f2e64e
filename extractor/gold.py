"""Gold events from reviewers' decisions: what was accepted, corrected or added, in the form `evaluate` scores
against and `train judge` learns from."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.decisions import apply, locate
from extractor.errors import InputError, OutputError
from extractor.evaluate import cover_path
from extractor.jsonl import read_jsonl, read_records, write_jsonl, write_text
from extractor.reviews import FILE, Reviews, load
from extractor.schema import Event

SPAN = {"text", "start", "end"}


@dataclass
class Gold:
    """What an export wrote. `complete` are documents of which every event was decided; `partial` tells for the
    others how many of their events were, and how many there are."""

    events: int = 0
    rejected: int = 0
    complete: list[str] = field(default_factory=list)
    partial: dict[str, tuple[int, int]] = field(default_factory=dict)


def export(output: Path, gold: Path, by: str | None = None) -> Gold:
    """Write gold events and the stretches of text they cover.

    A complete document is covered whole; of another one only the sentences in which every event was decided.

    Args:
        output: a folder that `extractor run` wrote, with its reviews.jsonl.
        gold: the JSONL file to write; its cover goes to NAME.cover.json beside it.
        by: only this reviewer's decisions.

    Raises:
        InputError: a file is missing or damaged, or nothing was decided.
        OutputError: the gold file cannot be written.
    """
    reviews = only(load(output), by)
    if not reviews.standing:
        whose = f"by {by} " if by else ""
        problem = f"{output / FILE}: no decision {whose}on an event."
        raise InputError("empty", problem, "Review some with `extractor review`.")
    texts = {row["id"]: row["text"] for row in read_jsonl(output / "documents.jsonl")}
    applied = apply(reviews, texts, list(read_records(output / "events.jsonl", Event)))
    decided: dict[str, list[Event]] = defaultdict(list)
    open_: dict[str, list[Event]] = defaultdict(list)
    standing = {decision.id for decision in reviews.standing.values()}
    for event in applied.events:
        mark = event.reviewed
        settled = mark is not None and mark.standing != "conflict" and mark.decision in standing
        (decided if settled else open_)[event.document].append(event)
    out = _rejected(reviews, texts)
    found = Gold(rejected=sum(map(len, out.values())))
    rows: list[dict[str, Any]] = []
    cover: list[tuple[str, int, int]] = []
    for name in sorted({*decided, *out}):
        rows += [_row(event, texts[name]) for event in decided[name]]
        count = len(decided[name]) + len(out[name])
        if not open_[name]:
            found.complete.append(name)
            cover.append((name, 0, len(texts[name])))
        else:
            found.partial[name] = (count, count + len(open_[name]))
            places = {(e.sentence.start, e.sentence.end) for e in decided[name]} | set(out[name])
            cover += [
                (name, start, end) for start, end in sorted(places)
                if not any(start <= e.trigger.start < end for e in open_[name])
            ]  # fmt: skip
    covered = defaultdict(list)
    for name, start, end in cover:
        covered[name].append((start, end))
    rows = [r for r in rows if any(a <= r["trigger"]["start"] < b for a, b in covered[r["doc"]])]
    found.events = len(rows)
    try:
        write_jsonl(gold, rows)
        write_text(cover_path(gold), json.dumps(cover, ensure_ascii=False) + "\n")
    except OSError as error:
        problem = f"{gold}: cannot write: {error.strerror or error}."
        raise OutputError(problem, "Name a file in a folder you may write to.") from None
    return found


def only(reviews: Reviews, by: str | None) -> Reviews:
    """The decisions of one reviewer as if there were no others; all where `by` is None.

    Raises:
        InputError: nobody of that name decided anything.
    """
    if by is None:
        return reviews
    names = {decision.by for decision in reviews.decisions}
    if by not in names:
        known = f"Known: {', '.join(sorted(names))}." if names else "There are no decisions."
        raise InputError("missing", f"No decisions by {by}.", known)
    found = Reviews([decision for decision in reviews.decisions if decision.by == by])
    found.fold()
    return found


def _rejected(reviews: Reviews, texts: dict[str, str]) -> dict[str, list[tuple[int, int]]]:
    """Where the sentences of rejected events stand, by document."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for decision in reviews.standing.values():
        content = decision.content[0]
        if decision.action == "reject" and content.document in texts:
            place = locate(content, texts[content.document])
            if place is not None:
                found[content.document].append(place)
    return found


def _row(event: Event, text: str) -> dict[str, Any]:
    """An event as a line of gold; `para` counts paragraphs from 1."""
    date = event.date and event.date.model_dump(include={"value", "basis", "span"})
    return {
        "doc": event.document,
        "para": text.count("\n\n", 0, event.sentence.start) + 1,
        "sentence": event.sentence.model_dump(),
        "type": event.type,
        "subtype": event.subtype,
        "trigger": event.trigger.model_dump(),
        "arguments": [a.model_dump(include={"role", "refers_to", *SPAN}) for a in event.arguments],
        "date": date,
        "quantities": [q.model_dump() for q in event.quantities],
        "modality": event.modality,
        "attribution": [a.model_dump(include=SPAN) for a in event.attribution],
    }
