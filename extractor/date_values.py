"""What a time expression means: calendar points with their TIMEX3 values, durations, numbers in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any, Literal

from extractor import calendar as cal
from extractor.calendar import Point

Anchor = tuple[int, int] | None

_UNIT_LETTER = {
    "second": "S", "minute": "M", "hour": "H", "day": "D", "night": "D", "week": "W", "fortnight": "W",
    "month": "M", "quarter": "M", "year": "Y", "decade": "DE", "century": "CE", "weekend": "WE",
    "season": "SE", "millennium": "ML",
}  # fmt: skip
NUMBER_WORDS = {
    "a": 1, "an": 1, "another": 1, "single": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "dozen": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """What an expression means. `start` and `end` are the ends of a calendar value (None: open), `mark` its
    EDTF qualifier, `why` the reason it could not be resolved."""

    type: Literal["DATE", "TIME", "DURATION", "SET"] = "DATE"
    timex: str | None = None
    start: Point | None = None
    end: Point | None = None
    mark: str = ""
    granularity: str | None = None
    anchor: Anchor = None
    why: str | None = None
    open: bool = False


def unresolved(why: str, timex: str | None = None, **more: Any) -> Value:
    return Value(timex=timex, why=why, **more)


def number(text: Any) -> float | None:
    """A number phrase as a number: "twenty-five", "2.5", "two and a half", "a"; None for "several" and its
    like."""
    if isinstance(text, int | float):
        return float(text)
    if text is None:
        return 1.0
    words = re.findall(r"[\d.,]*\d|[a-z]+", str(text))
    if not words:
        return None
    if words[0] == "half":
        return 0.5
    total, known = 0.0, False
    if words[-2:] == ["a", "half"] and len(words) > 2:
        return None if (whole := number(" ".join(words[:-2]).removesuffix("and"))) is None else whole + 0.5
    if words in (
        ["a", "few"],
        ["a", "couple"],
        ["a", "couple", "of"],
        ["a", "handful", "of"],
        ["a", "handful"],
    ):
        return 2.0 if "couple" in words else None
    for word in words:
        if word in ("and", "the", "of"):
            continue
        if word == "half":
            total += 0.5
        elif word in ("hundred", "thousand"):
            total = (total or 1) * (100 if word == "hundred" else 1000)
        elif word in NUMBER_WORDS:
            total = max(total, 1) * 12 if word == "dozen" else total + NUMBER_WORDS[word]
            if words[0] in ("a", "an") and len(words) > 1 and word != words[0]:
                total -= 1 if word != "dozen" else 0
        elif word[0].isdigit():
            try:
                total += float(word.replace(",", ""))
            except ValueError:
                return None
            if not isfinite(total):
                return None
        elif word == "couple":
            total += 2
        else:
            return None
        known = True
    return total if known else None


def duration(count: float | None, unit: str) -> str:
    """TIMEX3 duration: P3D, PT2H, P1DE, PXM where the count is not said."""
    if unit == "fortnight":
        count = None if count is None else count * 2
    if unit == "quarter":
        count = None if count is None else count * 3
    figure = "X" if count is None else f"{count:g}"
    clock = "T" if unit in ("second", "minute", "hour") else ""
    return f"P{clock}{figure}{_UNIT_LETTER[unit]}"


def timex_of(point: Point | None) -> str | None:
    """TIMEX3 value of a point; years before 1 are written BC0480."""
    if point is None or not valid_or_ancient(point):
        return None
    year, month, day, span = point
    if year is None:
        text = "XXXX"
    elif year < 1:
        ancient = 1 - year
        text = f"BC{ancient:04d}"
        if span > 1:
            return "BC" + f"{(-year) // span:0{4 - len(str(span)) + 1}d}"
    else:
        text = f"{year:04d}"
        if span > 1:
            return text[: 5 - len(str(span))]
    if month:
        text += f"-{cal.SEASON_CODES[month]}" if month > 20 else f"-{month:02d}"
    return text + (f"-{day:02d}" if day else "")


def valid_or_ancient(point: Point) -> bool:
    if point.year is not None and point.year < 1 and not (point.year == 0 and point.span > 1):
        return point.year > -9999
    return cal.valid(point)


def week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def coarsen(point: Point, unit: str) -> Point | None:
    """The day, month, year, decade or century a point lies in; None where it does not say."""
    year, month, day, span = point
    if unit == "day":
        return point if day else None
    if unit == "month":
        return Point(year, month) if month and month < 20 else None
    if unit == "season":
        if month is None:
            return None
        if month > 20:
            return Point(year, month)
        season = {12: 24, 1: 24, 2: 24}.get(month) or (21 if month < 6 else 22 if month < 9 else 23)
        return Point(year - 1 if year is not None and month < 3 else year, season)
    if year is None:
        return None
    if unit == "year":
        return Point(year) if span == 1 else None
    size = {"decade": 10, "century": 100}.get(unit)
    return Point(year // size * size, span=size) if size and span <= size else None


def part_of(point: Point, part: str) -> tuple[Point, Point] | None:
    """The early, middle or late part of a month, season, year, decade or century, as its ends."""
    if part not in ("early", "mid", "late"):
        return None
    third = ("early", "mid", "late").index(part)
    year, month, day, span = point
    if day:
        return None
    if month and month > 20:
        if year is None:
            return None
        number = cal.SEASONS[month][0] + third
        single = Point(year + (number > 12), (number - 1) % 12 + 1)
        return single, single
    if month:
        first, last = ((1, 10), (11, 20), (21, cal.days_in(year, month)))[third]
        return Point(year, month, first), Point(year, month, last)
    if year is None:
        return None
    if span == 1:
        return Point(year, 1 + 4 * third), Point(year, 4 + 4 * third)
    low, high = (((0, 3), (4, 6), (7, 9)) if span == 10 else ((0, 33), (34, 66), (67, 99)))[third]
    return Point(max(year + low, 1) if year >= 0 else year + low), Point(year + high)
