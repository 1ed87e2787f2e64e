"""Calendar arithmetic on EDTF values (ISO 8601-2), proleptic Gregorian, years 1 to 9999.

A *date* is EDTF level 1: `2019`, `2019-03`, `2019-03-12`, season `2019-21`, decade `201X`, century `20XX`,
each with an optional `?`, `~` or `%`; a year that is not known is written `XXXX`. A *value* is a date or an
interval `date/date` whose open ends are `..`.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 2)}
SEASON_CODES = {21: "SP", 22: "SU", 23: "FA", 24: "WI"}
_DATE = re.compile(
    r"(?P<year>\d{4}|\d{3}X|\d{2}XX|XXXX)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?(?P<mark>[?~%]?)", re.ASCII
)
_LEAP = 2000  # stands in for a year that is not known, so that 29 February can be written


class Point(NamedTuple):
    """A date by its parts. `month` may be a season (21-24); `year` is None where it is not known; `span` is
    how many years `year` stands for (1, 10 for a decade, 100 for a century)."""

    year: int | None
    month: int | None = None
    day: int | None = None
    span: int = 1

    @property
    def granularity(self) -> str:
        """day, month, season, year, decade or century."""
        if self.day:
            return "day"
        if self.month:
            return "season" if self.month > 20 else "month"
        return {1: "year", 10: "decade", 100: "century"}[self.span]


def days_in(year: int | None, month: int) -> int:
    """Days in a month; of a year not known, the most it can have."""
    return calendar.monthrange(year if year is not None else _LEAP, month)[1]


def valid(point: Point) -> bool:
    """Whether the point is a date of the calendar, in the years 1 to 9999."""
    year, month, day, span = point
    if year is None:
        if month is None or span != 1:
            return False
    elif (not year >= 1 or year + span - 1 > 9999) and not (span > 1 and year == 0):
        return False
    if month is None:
        return day is None
    if month > 20:
        # a winter ends in the year after its own
        return month in SEASONS and day is None and year != 9999
    return 1 <= month <= 12 and (day is None or 1 <= day <= days_in(year, month))


def write(point: Point, mark: str = "") -> str:
    """The point as EDTF; `mark` is '', '~' (approximate) or '?' (uncertain).

    Raises:
        ValueError: the point is no date of the years 1 to 9999.
    """
    if not valid(point):
        raise ValueError(f"not a date of the years 1 to 9999: {point}")
    if point.year is None:
        text = "XXXX"
    else:
        text = f"{point.year:04d}"
        if point.span > 1:
            text = text[: -len(str(point.span)) + 1] + "X" * (len(str(point.span)) - 1)
    if point.month:
        text += f"-{point.month:02d}"
    if point.day:
        text += f"-{point.day:02d}"
    return text + mark


def read(text: str) -> tuple[Point, str]:
    """An EDTF date as (point, mark): the inverse of `write`.

    Raises:
        ValueError: not a date this module writes.
    """
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(f"not an EDTF date: {text!r}")
    digits = found["year"]
    span = 10 ** digits.count("X") if digits != "XXXX" else 1
    year = None if digits == "XXXX" else int(digits.replace("X", "0"))
    point = Point(
        year,
        int(found["month"]) if found["month"] else None,
        int(found["day"]) if found["day"] else None,
        span,
    )
    if not valid(point) or (span > 1 and point.month):
        raise ValueError(f"no such date: {text!r}")
    return point, found["mark"]


def first_day(point: Point) -> date | None:
    """Its earliest day; None where the year is not known."""
    if point.year is None:
        return None
    month = SEASONS[point.month][0] if point.month and point.month > 20 else point.month or 1
    return date(max(point.year, 1), month, point.day or 1)


def last_day(point: Point) -> date | None:
    """Its latest day; None where the year is not known."""
    if point.year is None:
        return None
    year, month = point.year + point.span - 1, point.month or 12
    if month > 20:
        year, month = (year + 1 if month == 24 else year), SEASONS[month][1]
    return date(year, month, point.day or days_in(year, month))


def bounds(value: str) -> tuple[str | None, str | None]:
    """Earliest and latest day of an EDTF value, as ISO days; None for an open end or a year not known.

    Raises:
        ValueError: not an EDTF value this module writes.
    """
    start, slash, end = value.partition("/")
    first = None if start == ".." else first_day(read(start)[0])
    last = None if (end if slash else start) == ".." else last_day(read(end if slash else start)[0])
    if not slash and start == "..":
        raise ValueError("an open end needs an interval")
    return (first.isoformat() if first else None, last.isoformat() if last else None)


def interval(start: Point | None, end: Point | None, mark: str = "") -> str:
    """The interval between two points as EDTF, None being an open end; a month written in full where both
    ends are the same date."""
    if start is not None and start == end:
        return write(start, mark)
    return f"{'..' if start is None else write(start, mark)}/{'..' if end is None else write(end, mark)}"


def from_date(day: date) -> Point:
    return Point(day.year, day.month, day.day)


def shift(point: Point, count: int, unit: str) -> Point | None:
    """The point `count` units later (earlier where negative), no finer than the unit. None where it passes
    the year 9999, or where the point is coarser than the unit and so does not say. Years before 1 are
    astronomical (0 is 1 BC); such a point can be counted with, but not written.

    Args:
        unit: day, week, month, season, quarter, year, decade or century.
    """
    year, month, day, span = point
    known = year if year is not None else _LEAP
    if unit in ("day", "week"):
        if not day or not month:
            return None
        try:
            moved = date(known, month, day) + timedelta(days=count * (7 if unit == "week" else 1))
        except (OverflowError, ValueError):
            return None
        return Point(None if year is None else moved.year, moved.month, moved.day)
    if unit in ("month", "quarter", "season"):
        if not month:
            return None
        months = known * 12 + _month(month) - 1 + count * (1 if unit == "month" else 3)
        result = Point(None if year is None else months // 12, months % 12 + 1)
    else:
        if year is None:
            return None
        size = {"year": 1, "decade": 10, "century": 100}[unit]
        result = (
            Point((year // size + count) * size, span=size) if size > 1 else Point(year + count, span=span)
        )
    return result if valid(result) or (result.year is not None and result.year < 1) else None


def _month(month: int) -> int:
    return SEASONS[month][0] + 1 if 20 < month < 24 else 1 if month == 24 else month


def years_from(point: Point, count: int) -> Point | None:
    """The same date `count` years later; 29 February becomes the 28th."""
    if point.year is None:
        return None
    year = point.year + count
    day = point.day
    if day and point.month and 1 <= year <= 9999:
        day = min(day, days_in(year, point.month))
    result = Point(year, point.month, day, point.span)
    return result if valid(result) else None


def contains(outer: Point, inner: Point) -> bool:
    """Whether all of `inner` lies within `outer` (both with known years)."""
    a, b, c, d = first_day(outer), last_day(outer), first_day(inner), last_day(inner)
    return bool(a and b and c and d and a <= c and d <= b)


def easter(year: int) -> date:
    """Western Easter Sunday, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, ch. 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth (1 to 4, -1 for the last) given weekday (Monday is 0) of a month."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year, month, days_in(year, month))
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def islamic(year: int, month: int, day: int) -> date | None:
    """A date of the tabular Islamic calendar (civil epoch, 30-year cycle; Reingold and Dershowitz,
    Calendrical Calculations), which may stand a day from the sighted moon's. None outside years 1 to
    9999."""
    ordinal = (
        day + (59 * (month - 1) + 1) // 2 + (year - 1) * 354 + (3 + 11 * year) // 30 + 227014
    )  # 227015 is the day number of 1 Muharram 1, 19 July 622 Gregorian
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None


def islamic_in(year: int, month: int, day: int) -> date | None:
    """The first time a day of the Islamic calendar falls in a Gregorian year, or None."""
    for lunar in range(int((year - 622) * 33 / 32) - 1, int((year - 622) * 33 / 32) + 3):
        if lunar > 0 and (found := islamic(lunar, month, day)) and found.year == year:
            return found
    return None


def orthodox_easter(year: int) -> date:
    """Orthodox Easter as a Gregorian day, for the years 1900 to 2099 (Meeus, Julian computus plus 13
    days)."""
    a, b, c = year % 4, year % 7, year % 19
    d = (19 * c + 15) % 30
    e = (2 * a + 4 * b - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)
