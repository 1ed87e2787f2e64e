"""Scoring predicted events against gold events.

Measures, each with precision, recall and F1:

    event     same type; triggers overlap or the predicted one stands in the gold sentence; 1 to 1
    trigger   as event, but the triggers must overlap
    argument  of a matched event: same role, and each span holds the other's head word
    date      of a matched event: the same earliest and latest day
    quantity  of a matched event: same measure, min and max
    fact      event, argument, date and quantity counted together: the headline figure

Modality: share of matched events with the gold modality. Predictions outside the stretches that the
gold covers are left out; NAME.cover.json beside NAME.jsonl lists them as [document, start, end].
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from extractor.errors import InputError
from extractor.jsonl import read_jsonl

MEASURES = ("event", "trigger", "argument", "date", "quantity", "fact")
Record = dict[str, Any]
Cover = list[tuple[str, int, int]]


@dataclass
class Tally:
    """Counts behind one measure: how many are right, in gold, and predicted."""

    right: int = 0
    gold: int = 0
    predicted: int = 0

    def add(self, right: int, gold: int, predicted: int) -> None:
        self.right += right
        self.gold += gold
        self.predicted += predicted

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass
class ScoringError:
    """One disagreement: `kind` is missed, spurious or date; `gold` and `predicted` are EDTF dates."""

    kind: str
    document: str
    type: str
    trigger: str
    start: int
    gold: str | None = None
    predicted: str | None = None


@dataclass
class Report:
    """What an evaluation found. `modality` counts matched events with the gold modality, and all matched."""

    measures: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in MEASURES})
    by_type: dict[str, Tally] = field(default_factory=dict)
    modality: tuple[int, int] = (0, 0)
    errors: list[ScoringError] = field(default_factory=list)

    @property
    def modality_accuracy(self) -> float | None:
        right, matched = self.modality
        return right / matched if matched else None


# ---------------------------------------------------------------- comparing spans and dates

# A noun phrase's head is the last word before the first of these.
_TAIL = re.compile(
    r"\s+(?:of|in|at|from|for|to|by|with|on|near|against|and|including|who|that|which)\s|,|—|–| \("
)
_WORD = re.compile(r"[\w'’.-]+")


def head_word(text: str) -> str:
    """The head of a noun phrase by its form: its last word before any tail, in lower case, no possessive."""
    core = _TAIL.split(text.strip(), maxsplit=1)[0] or text
    words = _WORD.findall(core)
    return words[-1].lower().removesuffix("’s").removesuffix("'s") if words else text.lower()


def overlap(a: Record, b: Record) -> bool:
    """Whether two spans share a character."""
    return bool(a["start"] < b["end"] and b["start"] < a["end"])


def same_argument(a: Record, b: Record) -> bool:
    """Same role, overlapping, and each text holds the other's head word."""
    if a["role"] != b["role"] or not overlap(a, b):
        return False
    return head_word(a["text"]) in b["text"].lower() and head_word(b["text"]) in a["text"].lower()


def same_quantity(a: Record, b: Record) -> bool:
    return all(a.get(key) == b.get(key) for key in ("measure", "min", "max"))


_EDTF = re.compile(r"(-?\d{2,4}X{0,2})(?:-(\d\d|XX))?(?:-(\d\d|XX))?")
_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 2)}


def _bound(value: str, latest: bool) -> str | None:
    value = value.strip().rstrip("?~%")
    if value in ("", ".."):
        return None
    match = _EDTF.fullmatch(value)
    if match is None:
        return value
    digits, month, day = match.groups()
    year = int(digits.replace("X", "9" if latest else "0"))
    season = _SEASONS.get(int(month)) if month and month.isdigit() else None
    if season:
        # Winter runs into the next year.
        year += season[1] < season[0] and latest
        number = season[latest]
        return f"{year:04d}-{number:02d}-{_last_day(year, number) if latest else 1:02d}"
    number = int(month) if month and month.isdigit() else (12 if latest else 1)
    if day and day.isdigit():
        last = int(day)
    else:
        last = _last_day(year, number) if latest else 1
    return f"{year:04d}-{number:02d}-{last:02d}"


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def date_bounds(value: str) -> tuple[str | None, str | None]:
    """Earliest and latest ISO day of an EDTF value, None where open; "?" and "~" are disregarded."""
    first, slash, last = value.partition("/")
    return _bound(first, latest=False), _bound(last if slash else first, latest=True)


def same_date(a: Record | None, b: Record | None) -> bool:
    return bool(a and b and date_bounds(a["value"]) == date_bounds(b["value"]))


# ---------------------------------------------------------------- matching and counting


def _pair(
    gold: Sequence[Record],
    predicted: Sequence[Record],
    fits: Callable[[Record, Record], bool],
    closeness: Callable[[Record, Record], float] = lambda g, p: 0.0,
) -> list[tuple[int, int]]:
    """Pairs of indices, one to one, the closest first; among equals in reading order."""
    candidates = sorted(
        (-closeness(g, p), i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted) if fits(g, p)
    )
    left: set[int] = set()
    right: set[int] = set()
    pairs = []
    for _, i, j in candidates:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            pairs.append((i, j))
    return pairs


def match_events(gold: Sequence[Record], predicted: Sequence[Record]) -> list[tuple[int, int]]:
    """Pairs (index in gold, index in predicted) of events of one document that tell the same event."""
    return _pair(gold, predicted, _fits, _closeness)


def _fits(gold: Record, predicted: Record) -> bool:
    if gold["type"] != predicted["type"]:
        return False
    return overlap(gold["trigger"], predicted["trigger"]) or overlap(gold["sentence"], predicted["trigger"])


def _closeness(gold: Record, predicted: Record) -> float:
    shared = sum(
        any(same_argument(a, b) for b in _parts(predicted, "arguments")) for a in _parts(gold, "arguments")
    )
    return 2 * overlap(gold["trigger"], predicted["trigger"]) + shared / 10


def _parts(event: Record, key: str) -> list[Record]:
    return event.get(key) or []


def _document(event: Record) -> str:
    return str(event.get("doc") or event.get("document"))


def evaluate(gold: Sequence[Record], predicted: Sequence[Record], cover: Cover | None = None) -> Report:
    """Score predicted event records against gold ones.

    Args:
        gold: event records; each names its document as "doc" or "document".
        predicted: event records of any documents; those of documents without gold or cover do not count.
        cover: (document, start, end) stretches the gold covers; without it whole documents.
    """
    report = Report()
    documents = {_document(event) for event in gold} | {stretch[0] for stretch in cover or ()}
    for document in sorted(documents):
        ours = [event for event in gold if _document(event) == document]
        theirs = [event for event in predicted if _document(event) == document]
        if cover:
            theirs = [event for event in theirs if _covered(event, document, cover)]
        _score_document(document, ours, theirs, report)
    return report


def _covered(event: Record, document: str, cover: Cover) -> bool:
    start = event["trigger"]["start"]
    return any(name == document and left <= start < right for name, left, right in cover)


def _score_document(document: str, gold: list[Record], predicted: list[Record], report: Report) -> None:
    pairs = match_events(gold, predicted)
    partner = dict(pairs)
    matched = {j for _, j in pairs}
    exact = sum(overlap(gold[i]["trigger"], predicted[j]["trigger"]) for i, j in pairs)
    report.measures["event"].add(len(pairs), len(gold), len(predicted))
    report.measures["fact"].add(len(pairs), len(gold), len(predicted))
    report.measures["trigger"].add(exact, len(gold), len(predicted))
    for i, event in enumerate(gold):
        # A match is counted on the gold side alone: a type's precision then rests on its spurious events.
        _type_tally(report, event).add(i in partner, 1, i in partner)
        if i not in partner:
            report.errors.append(_error("missed", document, event))
    for j, event in enumerate(predicted):
        if j not in matched:
            _type_tally(report, event).add(0, 0, 1)
            report.errors.append(_error("spurious", document, event))
    for i, event in enumerate(gold):
        other = predicted[partner[i]] if i in partner else None
        _score_facts(event, other, report)
        if other is not None:
            _score_pair(document, event, other, report)
    for j, event in enumerate(predicted):
        if j not in matched:
            _score_facts(None, event, report)


def _type_tally(report: Report, event: Record) -> Tally:
    return report.by_type.setdefault(event["type"], Tally())


def _score_facts(gold: Record | None, predicted: Record | None, report: Report) -> None:
    """Count the arguments, quantities and date of a matched pair, or of an event that stands alone."""
    ours, theirs = gold or {}, predicted or {}
    counts = []
    for measure, key, same in (
        ("argument", "arguments", same_argument),
        ("quantity", "quantities", same_quantity),
    ):
        left, right = _parts(ours, key), _parts(theirs, key)
        counts.append((measure, len(_pair(left, right, same)), len(left), len(right)))
    left_date, right_date = ours.get("date"), theirs.get("date")
    counts.append(
        ("date", int(same_date(left_date, right_date)), int(bool(left_date)), int(bool(right_date)))
    )
    for measure, right_ones, in_gold, in_predicted in counts:
        report.measures[measure].add(right_ones, in_gold, in_predicted)
        report.measures["fact"].add(right_ones, in_gold, in_predicted)


def _score_pair(document: str, gold: Record, predicted: Record, report: Report) -> None:
    agree = gold.get("modality", "actual") == predicted.get("modality", "actual")
    report.modality = (report.modality[0] + agree, report.modality[1] + 1)
    ours, theirs = gold.get("date"), predicted.get("date")
    if (ours or theirs) and not same_date(ours, theirs):
        error = _error("date", document, gold)
        error.gold, error.predicted = (ours or {}).get("value"), (theirs or {}).get("value")
        report.errors.append(error)


def _error(kind: str, document: str, event: Record) -> ScoringError:
    trigger = event["trigger"]
    return ScoringError(kind, document, event["type"], trigger["text"], trigger["start"])


# ---------------------------------------------------------------- files and tables


def cover_path(gold: Path) -> Path:
    """Where the stretches that a gold file covers are listed: x.jsonl and x.gold.jsonl have x.cover.json."""
    name = gold.name.removesuffix(".jsonl").removesuffix(".gold")
    return gold.with_name(f"{name}.cover.json")


def evaluate_files(gold: Path, predicted: Path) -> Report:
    """Score one JSONL file of events against another, within the gold's cover where there is one.

    Raises:
        InputError: a file is missing, a line is no JSON object, or a record lacks what scoring needs.
    """
    cover: Cover | None = None
    companion = cover_path(gold)
    if companion.exists():
        try:
            cover = [
                (str(name), int(start), int(end))
                for name, start, end in json.loads(companion.read_text("utf-8"))
            ]
        except (ValueError, TypeError) as error:
            raise InputError(
                "bad_json", f"{companion}: not a list of [document, start, end]: {error}.", "Mend that file."
            ) from None
    return evaluate(_events(gold), _events(predicted), cover)


def _events(path: Path) -> list[Record]:
    events = []
    for number, event in enumerate(read_jsonl(path), start=1):
        fault = _fault(event)
        if fault:
            raise InputError("bad_record", f"{path}: record {number}: {fault}.", "Give event records.")
        event.setdefault("arguments", [])
        event.setdefault("quantities", [])
        events.append(event)
    return events


def _fault(event: Record) -> str | None:
    if not (event.get("doc") or event.get("document")):
        return "names no document"
    if not isinstance(event.get("type"), str):
        return "has no type"
    for key in ("trigger", "sentence"):
        span = event.get(key)
        if (
            not isinstance(span, dict)
            or not isinstance(span.get("start"), int)
            or not isinstance(span.get("end"), int)
        ):
            return f"has no {key} with start and end"
    return None


def as_dict(report: Report) -> dict[str, Any]:
    """The report as plain numbers, in points with one decimal."""
    scores: dict[str, Any] = {name: _points(tally) for name, tally in report.measures.items()}
    accuracy = report.modality_accuracy
    scores["modality"] = None if accuracy is None else round(100 * accuracy, 1)
    scores["by_type"] = {name: _points(tally) for name, tally in sorted(report.by_type.items())}
    return scores


def _points(tally: Tally) -> dict[str, float]:
    return {
        "p": round(100 * tally.precision, 1),
        "r": round(100 * tally.recall, 1),
        "f": round(100 * tally.f1, 1),
    }


def print_report(report: Report, *, by_type: bool = False, errors: int = 0, as_json: bool = False) -> None:
    """Print the measures to standard output as a table, or as JSON.

    Args:
        report: what `evaluate` returned.
        by_type: also a line per event type, the most frequent first.
        errors: show so many disagreements.
        as_json: print one JSON object instead.
    """
    console = Console(soft_wrap=True, highlight=False)
    if as_json:
        console.print_json(json.dumps(as_dict(report)))
        return
    table = Table(box=None, pad_edge=False)
    for header in ("", "P", "R", "F1", "right", "gold", "predicted"):
        table.add_column(header, justify="right" if header else "left")
    for name, tally in report.measures.items():
        table.add_row(name, *_cells(tally))
    if report.modality_accuracy is not None:
        table.add_row(
            "modality", "", "", f"{100 * report.modality_accuracy:.1f}", *map(str, report.modality), ""
        )
    if by_type:
        for name, tally in sorted(report.by_type.items(), key=lambda item: (-item[1].gold, item[0])):
            table.add_row(f"  {name}", *_cells(tally))
    console.print(table)
    for error in report.errors[:errors]:
        dates = f" gold {error.gold} predicted {error.predicted}" if error.kind == "date" else ""
        console.print(
            escape(f"{error.kind} {error.document}:{error.start} {error.type} {error.trigger!r}{dates}")
        )


def _cells(tally: Tally) -> list[str]:
    points = (f"{100 * value:.1f}" for value in (tally.precision, tally.recall, tally.f1))
    return [*points, str(tally.right), str(tally.gold), str(tally.predicted)]
