"""Resolving time expressions against the text: the anchor, the year in force and the narrative clock.

News resolves against the day it was written; narrative against the last date it established. A date told as an
aside (in quotation marks, in brackets, in a relative clause, as the label of an event) is resolved but moves
nothing. Where the text does not say, the expression stays unresolved, with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from extractor import calendar as cal
from extractor.calendar import Point
from extractor.date_grammar import Mention
from extractor.schema import Timex

Domain = Literal["news", "narrative"]
Anchor = tuple[int, int] | None

_UNIT_LETTER = {
    "second": "S", "minute": "M", "hour": "H", "day": "D", "night": "D", "week": "W", "fortnight": "W", "month": "M",
    "quarter": "M", "year": "Y", "decade": "DE", "century": "CE", "weekend": "WE", "season": "SE", "millennium": "ML",
}  # fmt: skip
_NUMBER_WORDS = {
    "a": 1, "an": 1, "another": 1, "single": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12,
}  # fmt: skip
# Two-figure years with nothing else to go by: 00-49 are 2000-2049, the rest 1950-1999.
_PIVOT = 50
_BESIDE = re.compile(r", |\s?[-–—]\s?| \(")
# A narrative that goes from a month to one at least this many months before it has entered the next year.
ROLL = 9


@dataclass(frozen=True)
class Value:
    """What an expression means. `start` and `end` are the ends of a calendar value (None: open), `mark` its EDTF
    qualifier, `why` the reason it could not be resolved."""

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


def classify(text: str, mentions: list[Mention], written: int | None) -> Domain:
    """News or narrative, by evidence.

    Narrative dates its events in full: years are dense, and days counted from the day of writing (yesterday, on
    Monday, last week) are rare beside them. Everything else is news.

    Args:
        mentions: the recognised expressions of the text, or of a part of it.
        written: the year of writing, None where it is not known.
    """
    deictic = years = dates = 0
    seen: set[int] = set()
    for mention in mentions:
        fields = mention.fields
        if mention.form in ("deictic", "weekday") and "d" not in fields:
            deictic += fields.get("rel") not in ("that", "following", "same", "previous")
        elif (mention.form == "offset" and fields.get("direction") == "ago") or (mention.form == "unit" and fields.get("rel") in ("last", "next", "this") and "tod" not in fields):
            deictic += 1
        year = fields.get("y") or (fields.get("y3") and -fields["y3"])
        for part in mention.parts or ():
            year = year or part.fields.get("y")
        dates += "m" in fields or isinstance(year, int)
        if isinstance(year, int):
            years += 1
            seen.add(year)
    words = len(text) / 6
    dense = years >= 3 and years * 170 >= words
    spread = len(seen) >= 2 or years >= 5
    if dense and spread and years > 2 * deictic:
        return "narrative"
    if written is None and years >= 2 and deictic == 0 and years * 120 >= words:
        return "narrative"
    # dates without a year tell a past story where the years that are named are long gone
    past = written is None or (bool(seen) and max(seen) < written - 1)
    if years >= 2 and past and dates * 120 >= words and deictic * 8 <= dates and dates >= 12:
        return "narrative"
    return "news"


def number(text: Any) -> float | None:
    """A number phrase as a number: "twenty-five", "2.5", "two and a half", "a"; None for "several" and its like."""
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
        elif word == "hundred":
            total = (total or 1) * 100
        elif word in _NUMBER_WORDS:
            total = max(total, 1) * 12 if word == "dozen" else total + _NUMBER_WORDS[word]
            if words[0] in ("a", "an") and len(words) > 1 and word != words[0]:
                total -= 1 if word != "dozen" else 0
        elif word[0].isdigit():
            total += float(word.replace(",", ""))
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


def _coarsen(point: Point, unit: str) -> Point | None:
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


class Resolver:
    """Resolves the mentions of one text, in order.

    Args:
        text: the document.
        mentions: its recognised expressions, situated.
        published: ISO day of writing, or None.
        domain: news or narrative; None lets `classify` decide, for each long paragraph anew where the whole is
            mixed.
        headings: (start, end) of headings and datelines, where a full date is the day of writing.
    """

    def __init__(
        self,
        text: str,
        mentions: list[Mention],
        published: str | None,
        domain: Domain | None,
        headings: list[tuple[int, int]],
    ) -> None:
        self.text = text
        self.mentions = mentions
        self.reference: Point | None = cal.read(published)[0] if published else None
        self.reference_anchor: Anchor = None
        self.last: Point | None = None
        self.last_anchor: Anchor = None
        self.last_paragraph = -1
        self.last_month: Point | None = None
        self.left: tuple[Point, int] | None = None  # where a digression left the story, and its paragraph
        self.resolved: list[Value] = []
        self.weekdays: dict[int, tuple[Point, Anchor]] = {}  # "Thursday, Dec. 15": what a later "Thursday" means
        self.named_year: tuple[int, Anchor, int] | None = (
            None  # the last year put in figures, and its sentence
        )
        self.year: int | None = None
        self.year_anchor: Anchor = None
        self.year_paragraph = -1
        self.ancient = any("era" in m.fields for m in mentions)
        if self.reference is None:
            self._find_reference(headings)
        self.domain: Domain = domain or classify(
            text, mentions, self.reference.year if self.reference else None
        )
        self.document_year = self._one_year() if self.reference is None else None

    def resolve(self) -> list[Timex]:
        out: list[Timex] = []
        for index, mention in enumerate(self.mentions):
            value = self._resolve(mention, index)
            value = self._modify(mention, value)
            self.resolved.append(value)
            point = self._explicit(mention)
            if point is not None and point.year is not None:
                self.named_year = point.year, (mention.start, mention.end), mention.sentence
            self._move(mention, value)
            out.append(self._timex(mention, value))
        return out

    # -- evidence ------------------------------------------------------------------------------------------
    def _find_reference(self, headings: list[tuple[int, int]]) -> None:
        """A dateline or a date that stands alone in the head of the document gives the day of writing."""
        for mention in self.mentions:
            if mention.start > 600:
                break
            if mention.form != "calendar" or mention.modifiers:
                continue
            point = self._explicit(mention)
            if point is None or not point.day or point.year is None or not cal.valid(point):
                continue
            line_start = self.text.rfind("\n", 0, mention.start) + 1
            line_end = self.text.find("\n", mention.end)
            line = self.text[line_start : line_end if line_end >= 0 else len(self.text)]
            lead, tail = self.text[line_start : mention.start], self.text[mention.end : mention.end + 30]
            in_heading = any(a <= mention.start < b for a, b in headings)
            alone = (
                len(line) < 60
                and not re.search(r"[.!?]$", line)
                and not re.search(r"\b(?:on|in|of)\s$", lead)
            )
            dateline = (
                len(lead) < 40
                and lead[:1].isupper()
                and re.match(r"\s*(?:\([A-Z][\w /.-]{1,20}\)|--|—|–)", tail)
            )
            if (in_heading and len(line) < 120) or alone or dateline:
                self.reference, self.reference_anchor = point, (mention.start, mention.end)
                return

    def _one_year(self) -> tuple[int, Anchor] | None:
        """The year all full dates of a text share, with the first of them; None where they differ or are few."""
        found: dict[int, Anchor] = {}
        for mention in self.mentions:
            for part in (mention, *(mention.parts or ())):
                point = self._explicit(part) if part.form in ("calendar", "day-range") else None
                if point and point.year and point.day:
                    found.setdefault(point.year, (mention.start, mention.end))
        if len(found) == 1 and len(self.text) < 6000:
            return next(iter(found.items()))
        return None

    def _explicit(self, mention: Mention) -> Point | None:
        """The date a mention states in full, needing no context."""
        fields = mention.fields
        if "iso" in fields:
            return self._iso(fields["iso"])
        if "y" in fields:
            point = Point(fields["y"], fields.get("m"), self._day(fields))
            return point if cal.valid(point) else None
        if "y2d" in fields and "d" in fields:
            year = fields["y2d"]
            return Point(year + (2000 if year < _PIVOT else 1900), fields.get("m"), self._day(fields))
        return None

    # -- dispatch ------------------------------------------------------------------------------------------
    def _resolve(self, mention: Mention, index: int) -> Value:
        method = getattr(self, "_form_" + mention.form.replace("-", "_"))
        value: Value = method(mention, index)
        return value

    def _timex(self, mention: Mention, value: Value) -> Timex:
        start, end = mention.start, mention.end
        made = Timex(
            self.text[start:end], start, end, value.type, value.timex, granularity=value.granularity,
            anchor=value.anchor if value.anchor != (start, end) else None, rule=mention.rule, unresolved=value.why,
        )  # fmt: skip
        if value.why is None and (value.start or value.end):
            ends = [p for p in (value.start, value.end) if p is not None]
            if any(p.year is not None and p.year < 1 and p.span == 1 for p in ends):
                made.unresolved = "before the year 1, which EDTF days here do not reach"
            elif not all(cal.valid(p) for p in ends):
                made.unresolved = "no such date in the calendar"
            else:
                made.edtf = cal.interval(value.start, value.end, value.mark)
                made.earliest, made.latest = cal.bounds(made.edtf)
                if made.earliest and made.latest and made.earliest > made.latest:
                    made.edtf = made.earliest = made.latest = None
                    made.unresolved = "ends before it begins"
        elif value.why is None and value.type in ("DATE", "TIME"):
            made.unresolved = "names no calendar date"
        if made.granularity is None and made.edtf:
            made.granularity = (value.start or value.end or Point(1)).granularity
        return made

    def _modify(self, mention: Mention, value: Value) -> Value:
        """Open the value at one end, or mark it approximate."""
        if value.why is not None or not (value.start or value.end):
            return value
        if "approximate" in mention.modifiers:
            value = replace(value, mark="~")
        if mention.modifiers & {"since", "after"}:
            # "after 2012" begins when 2012 does: the text says no more than that
            return replace(value, end=None, open=True)
        if mention.modifiers & {"until", "before"}:
            return replace(value, start=None, end=value.end, open=True)
        return value

    def _move(self, mention: Mention, value: Value) -> None:
        """Let an established date move the narrative clock and the year in force."""
        if (
            value.why is not None
            or value.type == "SET"
            or (value.type == "DURATION" and mention.form != "offset")
        ):
            return
        point = value.start if value.start is not None else value.end
        if (
            point is None
            or mention.modifiers & {"since", "until", "before", "after"}
            or self._looks_back(mention)
        ):
            return
        if mention.form == "range":
            point = value.end or point
        if mention.aside and not self._opens(mention, point):
            return
        if self._strays(mention, point):
            return
        left, jump = self.last_month, abs((point.year or 0) - (self.year or 0))
        if left is not None and jump > 1 and self.year == left.year and self.last_paragraph == mention.paragraph:
            self.left = left, mention.paragraph
        if point.year is not None and point.span == 1:
            self.year, self.year_anchor = point.year, (mention.start, mention.end)
            self.year_paragraph = mention.paragraph
        if point.month:
            self.last_month = point
        elif (
            self.last is not None
            and self.last_paragraph == mention.paragraph
            and self.last.year == point.year
        ):
            return  # "on December 7 ... of 1941": the day stays the finer clock
        self.last, self.last_anchor = point, (mention.start, mention.end)
        self.last_paragraph = mention.paragraph

    @staticmethod
    def _looks_back(mention: Mention) -> bool:
        """ "a year earlier", "the previous week", "two years ago" tell what went before, and move nothing."""
        fields = mention.fields
        if mention.form == "offset":
            sense = str(fields.get("direction2", ""))
            return fields.get("direction") in ("earlier", "ago") or sense.startswith(("before", "prior"))
        return mention.form in ("unit", "weekday") and fields.get("rel") in (
            "previous",
            "last",
            "past",
            "before",
        )

    def _opens(self, mention: Mention, point: Point) -> bool:
        """The first date of a paragraph dates what follows even as a label ("After the June 1916 offensive")."""
        if (
            mention.side
            or self.domain != "narrative"
            or self.last_paragraph == mention.paragraph
            or not point.month
        ):
            return False
        return self.last is None or (point.year or 0, point.month) >= (
            self.last.year or 0,
            self.last.month or 0,
        )

    def _strays(self, mention: Mention, point: Point) -> bool:
        """Whether a date inside a sentence leaves the story: a lone year beside a clock that knows the month, or a
        date well before it."""
        if self.last is None or self.last_paragraph != mention.paragraph or mention.opening:
            return False
        if self.last.year is None or point.year is None or self.domain != "narrative":
            return False
        if not mention.fields.keys() & {"m", "se", "iso", "numeric"} and "y" in mention.fields:
            return self.last.month is not None and point.year != self.last.year
        if "y" not in mention.fields:
            return False
        return (point.year, point.month) < (self.last.year, (self.last.month or 1) - 3)

    # -- the year ------------------------------------------------------------------------------------------
    def _year_for(
        self, mention: Mention, index: int, month: int, day: int | None
    ) -> tuple[int | None, Anchor]:
        """The year of a date that names none, with the expression that gave it."""
        ahead = self._ahead(mention, index)
        if self.year is not None and (self.domain == "narrative" or self.year_paragraph == mention.paragraph):
            if self.domain == "narrative" or self.reference is None or self.year != self.reference.year:
                return self._narrative_year(mention, month), self.year_anchor
        if self.domain == "narrative" and (first := ahead or self._ahead(mention, index, anywhere=True)):
            return first
        if self.reference is not None and self.reference.year is not None:
            return self._news_year(mention, month, day), self.reference_anchor
        if ahead:
            return ahead
        if self.document_year:
            return self.document_year
        return None, None

    def _ahead(self, mention: Mention, index: int, anywhere: bool = False) -> tuple[int, Anchor] | None:
        """The first full date further on, in the same paragraph or anywhere."""
        for later in self.mentions[index + 1 :]:
            if later.paragraph != mention.paragraph and not anywhere:
                return None
            for part in (later, *(later.parts or ())):
                point = self._explicit(part)
                if point and point.year and point.month and not later.side:
                    return point.year, (later.start, later.end)
        return None

    def _narrative_year(self, mention: Mention, month: int) -> int | None:
        """The year in force; the next one where the month would else fall most of a year back; the year before a
        digression where the date goes on from there."""
        last = self.last_month
        if last is None or self.year is None or last.year != self.year or last.month is None or mention.before:
            return self.year
        here = cal.SEASONS[last.month][0] if last.month > 20 else last.month
        left = self.left
        if left is not None and left[1] == mention.paragraph and month < here and left[0].month is not None:
            if 0 <= month - left[0].month <= 2:
                return left[0].year
        return self.year + 1 if month + ROLL <= here else self.year

    def _news_year(self, mention: Mention, month: int, day: int | None) -> int:
        """The year that puts the date nearest the day of writing: before it, unless the sentence looks ahead."""
        assert self.reference is not None and self.reference.year is not None
        here = cal.first_day(self.reference)
        assert here is not None
        year = self.reference.year
        point = Point(year, month, min(day, cal.days_in(year, month)) if day and month < 20 else None)
        there = cal.first_day(point)
        assert there is not None
        if there > here:
            return year if mention.future and (there - here).days < 300 else year - 1
        if mention.future and (here - there).days > 200:
            return year + 1
        return year

    def _relative_year(self, words: str, mention: Mention) -> tuple[int | None, Anchor]:
        """ "that year", "the following year" after a month or a day."""
        year, anchor = self.year, self.year_anchor
        if (
            words.startswith(("this", "next", "last"))
            and self.domain == "news"
            and self.reference is not None
        ) or (year is None and self.reference is not None and words.startswith(("this", "next", "last"))):
            year, anchor = self.reference.year, self.reference_anchor
        if year is None:
            return None, None
        if re.match(r"next|the (?:following|next)", words):
            year += 1
        elif re.match(r"last|the (?:previous|preceding)", words):
            year -= 1
        return year, anchor

    @staticmethod
    def _day(fields: dict[str, Any], name: str = "d") -> int | None:
        day = fields.get(name)
        if isinstance(day, str):
            words = re.findall(r"[a-z]+", day)
            tens = {"twenty": 20, "thirty": 30}.get(words[0], 0)
            ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
            return tens + ordinals.index(words[-1]) + 1 if words[-1] in ordinals else None
        return day

    def _two_figure(self, year: int) -> int:
        near = self.year if self.year is not None and self.year > 0 else None
        near = near or (self.reference.year if self.reference else None)
        if near is None:
            return year + (2000 if year < _PIVOT else 1900)
        return min((near // 100 * 100 + c + year for c in (-100, 0, 100)), key=lambda y: (abs(y - near), y))

    def _stated_year(self, mention: Mention) -> tuple[int | None, Anchor, bool]:
        """Year, anchor and whether the expression says anything about the year at all."""
        fields = mention.fields
        if "y" in fields:
            year = fields["y"]
        elif "y3" in fields:
            year = fields["y3"]
        elif "y2d" in fields:
            return self._two_figure(fields["y2d"]), None, True
        elif "yr" in fields:
            year, anchor = self._relative_year(fields["yr"], mention)
            return year, anchor, True
        else:
            return None, None, False
        if "era" in fields or mention.rule == "year/ancient":
            year = 1 - year
        return year, None, True

    @staticmethod
    def _iso(text: str) -> Point | None:
        found = [int(x) for x in re.split(r"[-/]", text.split("t")[0])]
        point = Point(*found[:3])
        return point if cal.valid(point) else None

    # -- forms ---------------------------------------------------------------------------------------------
    def _form_calendar(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        if "iso" in fields:
            point = self._iso(fields["iso"])
            if point and point.year and not point.day and point.month == point.year % 100 + 1:
                end = Point(point.year + 1)  # "in 2007-08" is two years
                return Value("DATE", f"{point.year}/{end.year}", Point(point.year), end, "", "year")
            return self._at(mention, point) if point else unresolved("no such date in the calendar")
        if "numeric" in fields:
            return self._numeric(mention)
        if "decade" in fields or "decadew" in fields:
            return self._at(mention, self._decade(fields))
        if "century" in fields:
            count = self._day(fields, "century")
            if not count or count > 99:
                return unresolved("no such century")
            year = -count * 100 + 1 if "era" in fields else (count - 1) * 100
            if "era" in fields:
                return Value(timex=f"BC{count - 1:02d}", granularity="century", start=Point(-count * 100))
            return self._at(mention, Point(year, span=100))
        year, anchor, said = self._stated_year(mention)
        if said and year is None:
            return unresolved("no year is in force to count from")
        month, day = fields.get("m"), self._day(fields)
        if day is not None and not 1 <= day <= 31:
            return unresolved("no such day")
        if month is None and day is not None:
            return self._day_alone(mention, day)
        season = fields.get("se")
        if not said:
            if month is None and season is None and "q" not in fields:
                return unresolved("nothing says when")
            wanted = month or (cal.SEASONS[season][0] if season else fields["q"] * 3 - 2)
            last = self.last
            if (
                season == 24
                and self.domain == "narrative"
                and last
                and last.year is not None
                and (last.month or 12) <= 4
            ):
                year, anchor = (
                    last.year - 1,
                    self.last_anchor,
                )  # in January, "the winter" is the one under way
            else:
                year, anchor = self._year_for(mention, index, wanted, day)
        if season:
            if year is None:
                return unresolved("no year is in force", f"XXXX-{cal.SEASON_CODES[season]}")
            return self._at(mention, Point(year, season), anchor)
        point = Point(year, month, day)
        if day and month and not 1 <= day <= cal.days_in(year if year is None or year > 0 else 2000, month):
            return unresolved("no such day in that month", timex_of(Point(year, month)))
        return self._at(mention, point, anchor)

    def _at(self, mention: Mention, point: Point | None, anchor: Anchor = None) -> Value:
        """The value of a point under the part, half, quarter or time of day the mention names."""
        if point is None:
            return unresolved("no such date in the calendar")
        fields = mention.fields
        timex, start, end, kind = timex_of(point), point, point, "DATE"
        granularity = point.granularity
        part = fields.get("part")
        if part in ("latter", "later", "closing", "final", "last") and mention.rule.endswith("+part/latter"):
            part = "late"
        elif part in ("opening",):
            part = "early"
        if "q" in fields and point.month is None and point.year is not None:
            quarter = self._day(fields, "q") or 0
            if not 1 <= quarter <= 4:
                return unresolved("no such quarter")
            start, end = Point(point.year, quarter * 3 - 2), Point(point.year, quarter * 3)
            timex, granularity = f"{timex}-Q{quarter}", "quarter"
        elif "h" in fields and not point.day and point.year is not None:
            ends, timex, granularity = self._half(point, fields["h"], timex)
            start, end = ends
        elif part in ("early", "mid", "late") and (ends := part_of(point, part)):
            start, end = ends
        if "clock" in fields and point.day:
            timex, kind, granularity = f"{timex}T{self._clock(fields)}", "TIME", "minute"
        elif "tod" in fields and point.day:
            timex, kind = f"{timex}T{fields['tod']}", "TIME"
        return Value(kind, timex, start, end, "", granularity, anchor)  # type: ignore[arg-type]

    @staticmethod
    def _half(point: Point, half: int, timex: str | None) -> tuple[tuple[Point, Point], str | None, str]:
        year, month, _, span = point
        assert year is not None
        if month and month < 20:
            last = cal.days_in(year, month)
            ends = (Point(year, month, 1), Point(year, month, 15)) if half == 1 else (
                Point(year, month, 16), Point(year, month, last))  # fmt: skip
            return ends, timex, "month"
        if month:
            return (point, point), timex, "season"
        if span == 1:
            ends = (Point(year, 1), Point(year, 6)) if half == 1 else (Point(year, 7), Point(year, 12))
            return ends, f"{timex}-H{half}", "half"
        middle = span // 2
        ends = (Point(max(year, 1)), Point(year + middle - 1)) if half == 1 else (
            Point(year + middle), Point(year + span - 1))  # fmt: skip
        return ends, timex, "year"

    def _numeric(self, mention: Mention) -> Value:
        parts = re.split(r"[/.-]", mention.fields["numeric"])
        first, second = int(parts[0]), int(parts[1])
        year = int(parts[2]) if len(parts[2]) == 4 else self._two_figure(int(parts[2]))
        options = {
            Point(year, m, d) for m, d in ((first, second), (second, first)) if cal.valid(Point(year, m, d)) and d and m
        }  # fmt: skip
        if "." in mention.fields["numeric"]:  # points are day-first everywhere
            options = {p for p in options if (p.month, p.day) == (second, first)}
        if len(options) > 1 and (order := self._numeric_order()):
            wanted = (first, second) if order == "month" else (second, first)
            options = {p for p in options if (p.month, p.day) == wanted}
        if len(options) == 1:
            return self._at(mention, options.pop())
        if not options:
            return unresolved("no such date in the calendar")
        return unresolved("day and month cannot be told apart", f"{year:04d}-XX-XX")

    def _numeric_order(self) -> str | None:
        """Whether the document's other numeric dates put the month or the day first."""
        for mention in self.mentions:
            if "numeric" in mention.fields:
                first, second = (int(x) for x in re.split(r"[/.-]", mention.fields["numeric"])[:2])
                if first > 12 >= second:
                    return "day"
                if second > 12 >= first:
                    return "month"
        return None

    def _decade(self, fields: dict[str, Any]) -> Point:
        if "decadew" in fields:
            start = self._two_figure_decade(int(fields["decadew"]))
        else:
            digits = re.sub(r"\D", "", fields["decade"])
            if "era" in fields:
                return Point(-int(digits), span=10)
            start = int(digits) if len(digits) == 4 else self._two_figure_decade(int(digits))
        if len(re.sub(r"\D", "", str(fields.get("decade", "")))) == 4 and start % 100 == 0 and start < 1900:
            return Point(start, span=100)  # "the 1700s" are the century
        return Point(start, span=10)

    def _two_figure_decade(self, decade: int) -> int:
        near = self.year if self.year is not None and self.year > 0 else None
        near = near or (self.reference.year if self.reference else None) or 2000
        return max(c for c in (decade + near // 100 * 100 - 100, decade + near // 100 * 100) if c <= near)

    def _day_alone(self, mention: Mention, day: int) -> Value:
        """ "the 25th": of the month in force."""
        base, anchor = self._base(mention)
        if base is None or base.month is None or base.month > 20:
            return unresolved("no month is in force", f"XXXX-XX-{day:02d}")
        if not 1 <= day <= cal.days_in(base.year if base.year is None or base.year > 0 else 2000, base.month):
            return unresolved("no such day in the month in force")
        point = Point(base.year, base.month, day)
        if (
            self.domain == "news"
            and anchor == self.reference_anchor
            and self.reference
            and self.reference.day
        ):
            if day > self.reference.day and not mention.future:
                moved = cal.shift(Point(base.year, base.month), -1, "month")
                if moved and moved.month and day <= cal.days_in(moved.year, moved.month):
                    point = Point(moved.year, moved.month, day)
        return self._at(mention, point, anchor)

    def _base(self, mention: Mention, deictic: bool = False) -> tuple[Point | None, Anchor]:
        """The date an expression counts from: the day of writing for what is told from there, else the narrative
        clock; in news the clock counts only within its paragraph."""
        if self.domain == "news":
            if self.reference is not None and (deictic or self.last_paragraph != mention.paragraph):
                return self.reference, self.reference_anchor
            if not deictic or self.reference is None:
                if self.last is not None and self.last_paragraph == mention.paragraph:
                    return self.last, self.last_anchor
            return self.reference, self.reference_anchor
        reference = self.reference
        if deictic and reference is not None and reference.year is not None and self.last is not None:
            if self.last.year is not None and self.last.year >= reference.year - 1:
                return reference, self.reference_anchor
        if self.last is not None:
            return self.last, self.last_anchor
        return reference, self.reference_anchor

    def _form_day_range(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        first, last = self._day(fields), self._day(fields, "d2")
        month = fields["m"]
        year, anchor, said = self._stated_year(mention)
        if not said:
            year, anchor = self._year_for(mention, index, month, first)
        start, end = Point(year, month, first), Point(year, month, last)
        if not (cal.valid(start) and cal.valid(end)) or (first or 0) >= (last or 0):
            return unresolved("no such days")
        return Value("DATE", f"{timex_of(start)}/{timex_of(end)}", start, end, "", "day", anchor)

    _form_day_list = _form_day_range

    def _form_month_range(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        year, anchor, said = self._stated_year(mention)
        first, last = fields["m"], fields["m2"]
        if not said:
            year, anchor = self._year_for(mention, index, first, None)
        if year is not None and last < first:
            start, end = Point(year - 1 if said else year, first), Point(year if said else year + 1, last)
        else:
            start, end = Point(year, first), Point(year, last)
        return Value("DATE", f"{timex_of(start)}/{timex_of(end)}", start, end, "", "month", anchor)

    def _form_year_range(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        if "y3" in fields:
            start, end = Point(1 - int(fields["y3"])), Point(1 - int(fields["y32"]))
            return Value("DATE", f"{timex_of(start)}/{timex_of(end)}", start, end, "", "year")
        first = fields["y"]
        last = fields.get("y2") or first // 100 * 100 + fields["y2d"]
        if last < first and "y2d" in fields:
            last += 100
        if last <= first or last - first > 500:
            return unresolved("ends before it begins")
        start, end = Point(first), Point(last)
        return Value("DATE", f"{timex_of(start)}/{timex_of(end)}", start, end, "", "year")

    def _form_named(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        if "fixed" in fields:
            return self._at(mention, cal.read(fields["fixed"])[0])
        year, anchor, said = self._stated_year(mention)
        if said and year is None:
            return unresolved("no year is in force to count from")
        if not said:
            if "islamic" in fields:
                month = (self.last.month if self.last else None) or 6
            else:
                month = int(re.split("[- ]", fields.get("day") or fields.get("nth") or "4")[0])
            year, anchor = self._year_for(mention, index, month, None)
        if year is None:
            if "day" in fields:
                month, day = (int(x) for x in fields["day"].split("-"))
                return self._at(mention, Point(None, month, day))
            return unresolved("no year is in force")
        if not 1 <= year <= 9999:
            return unresolved("before the year 1")
        return self._named_in(mention, year, anchor)

    def _named_in(self, mention: Mention, year: int, anchor: Anchor) -> Value:
        fields = mention.fields
        if "day" in fields:
            month, day = (int(x) for x in fields["day"].split("-"))
            return self._at(mention, Point(year, month, day), anchor)
        if "easter" in fields:
            return self._at(
                mention, cal.from_date(cal.easter(year) + timedelta(days=int(fields["easter"]))), anchor
            )
        if "nth" in fields:
            month, weekday, nth = (int(x) for x in fields["nth"].split())
            return self._at(mention, cal.from_date(cal.nth_weekday(year, month, weekday, nth)), anchor)
        month, day, length = (int(x) for x in fields["islamic"].split("-"))
        first = cal.islamic_in(year, month, day)
        if first is None:
            return unresolved("does not fall in that year")
        start = cal.from_date(first)
        end = cal.from_date(first + timedelta(days=length - 1))
        value = self._at(mention, start, anchor)
        return replace(
            value, end=end, mark="~", timex=value.timex if length == 1 else f"{value.timex}/{timex_of(end)}"
        )

    def _form_deictic(self, mention: Mention, index: int) -> Value:
        rel = mention.fields["rel"]
        count = (
            rel
            if isinstance(rel, int)
            else {"before yesterday": -2, "after tomorrow": 2, "this": 0, "last": -1}[rel]
        )
        if "tod" not in mention.fields and self.text[mention.start : mention.end].lower() == "tonight":
            mention.fields["tod"] = "NI"
        if self.domain == "narrative" and count == 0 and "tod" not in mention.fields:
            return unresolved("the time of writing, which narrative does not fix", "PRESENT_REF")
        base, anchor = self.reference, self.reference_anchor
        if base is None:
            tail = f"T{mention.fields['tod']}" if "tod" in mention.fields else ""
            return unresolved(
                "the day of writing is not known", "XXXX-XX-XX" + tail, type="TIME" if tail else "DATE"
            )
        return self._at(mention, cal.shift(base, count, "day"), anchor)

    def _form_weekday(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        weekday, rel = fields["wd"], fields.get("rel")
        told = rel in (None, "last", "next", "this", "past", "coming")
        base, anchor = self._base(mention, deictic=told)
        day = cal.first_day(base) if base is not None and base.day and cal.valid(base) else None
        if (day is None or base is None or base.year is None) and rel is None and weekday in self.weekdays:
            return self._at(mention, *self.weekdays[weekday])
        if day is None or base is None or base.year is None:
            return unresolved("no day is known to count from", f"XXXX-WXX-{weekday + 1}")
        if "week" in fields:
            monday = day - timedelta(days=day.weekday())
            weeks = (
                -1
                if re.match("last|the previous", fields["week"])
                else 1
                if re.match("next|the foll", fields["week"])
                else 0
            )
            return self._day_value(mention, monday, weekday + 7 * weeks, anchor)
        ahead, back = (weekday - day.weekday()) % 7, (day.weekday() - weekday) % 7
        if rel in ("next", "following", "coming"):
            return self._day_value(mention, day, ahead or 7, anchor)
        if rel in ("last", "past", "previous"):
            return self._day_value(mention, day, -(back or 7), anchor)
        onward = mention.future or (
            anchor is not None and anchor == self.last_anchor != self.reference_anchor
        )
        if rel in ("that", "same", "this") or (rel is None and onward):
            return self._day_value(mention, day, ahead if rel != "that" or ahead < 4 else -back, anchor)
        return self._day_value(mention, day, -back, anchor)

    def _day_value(self, mention: Mention, day: date, count: int, anchor: Anchor) -> Value:
        try:
            return self._at(mention, cal.from_date(day + timedelta(days=count)), anchor)
        except OverflowError:
            return unresolved("outside the years 1 to 9999")

    def _form_unit(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        rel = fields.get("rel", "same")
        if rel == "very" or (isinstance(rel, str) and rel.startswith("the ")):
            rel = "same"
        if isinstance(rel, str) and rel.endswith(" same"):
            rel = "same"
        if rel == "after":
            rel = "following"
        if rel == "before":
            rel = "previous"
        told = rel in ("last", "next", "this", "past", "coming")
        base, anchor = self._base(mention, deictic=told)
        if rel in ("that", "same", "following", "previous") and self.last is not None:
            if self.domain == "narrative" or self.last_paragraph == mention.paragraph:
                base, anchor = self.last, self.last_anchor
        if base is None and "m" in fields:
            return self._at(mention, Point(None, fields["m"]))
        if base is None:
            return unresolved("no date is known to count from")
        if rel in ("first", "final"):
            return unresolved("counted within something the text does not date")
        step = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1, "following": 1}.get(rel, 0)
        if "m" in fields:
            return self._named_month(mention, base, anchor, step, rel)
        if "se" in fields:
            return self._named_season(mention, base, anchor, step, rel)
        unit = fields.get("u", "day")
        if "tod" in fields:
            unit = "day"
        if unit in ("week", "weekend"):
            return self._week(mention, base, anchor, step, unit)
        if unit == "quarter":
            return unresolved("which quarter is not said")
        if unit in ("decade", "century") and base.year is not None and base.year < 1:
            size = 10 if unit == "decade" else 100
            count = (1 - base.year) // size - step
            return unresolved("before the year 1", f"BC{count:0{3 if size == 10 else 2}d}")
        coarse = _coarsen(base, unit)
        if coarse is None:
            return unresolved(f"the {unit} is not known")
        point = cal.shift(coarse, step, unit) if step else coarse
        if point is None:
            return unresolved("outside the calendar")
        return self._at(mention, point, anchor)

    def _named_month(self, mention: Mention, base: Point, anchor: Anchor, step: int, rel: str) -> Value:
        month = mention.fields["m"]
        if base.year is None:
            return self._at(mention, Point(None, month), anchor)
        year = base.year
        here = base.month if base.month and base.month < 20 else None
        if step < 0:
            year -= here is None or month >= here
        elif step > 0:
            year += here is None or month <= here
        return self._at(mention, Point(year, month), anchor)

    def _named_season(self, mention: Mention, base: Point, anchor: Anchor, step: int, rel: str) -> Value:
        season = mention.fields["se"]
        if base.year is None:
            return unresolved("no year is in force", f"XXXX-{cal.SEASON_CODES[season]}")
        year = base.year
        here = base.month
        if here and here > 20:
            here = cal.SEASONS[here][0]
        begins, ends = cal.SEASONS[season]
        if step < 0:
            year -= here is None or begins >= here or (season != 24 and ends >= here)
        elif step > 0:
            year += here is None or begins <= here
        elif season == 24 and here is not None and here <= 4:
            year -= 1
        return self._at(mention, Point(year, season), anchor)

    def _week(self, mention: Mention, base: Point, anchor: Anchor, step: int, unit: str) -> Value:
        day = cal.first_day(base) if base.day and base.year is not None and base.year > 0 else None
        if day is None:
            return unresolved("the day is not known", "XXXX-WXX")
        try:
            monday = day - timedelta(days=day.weekday()) + timedelta(days=7 * step)
            first = monday + timedelta(days=5 if unit == "weekend" else 0)
            last = monday + timedelta(days=6)
        except OverflowError:
            return unresolved("outside the years 1 to 9999")
        timex = week_of(monday) + ("-WE" if unit == "weekend" else "")
        return Value("DATE", timex, cal.from_date(first), cal.from_date(last), "", "week", anchor)

    def _form_then(self, mention: Mention, index: int) -> Value:
        if self.last is None or (self.domain == "news" and self.last_paragraph != mention.paragraph):
            return unresolved("no date is known that it could mean")
        mark = mention.fields.get("mark", "")
        value = replace(self._at(mention, self.last, self.last_anchor), type="DATE", mark=mark)
        return replace(value, timex=None) if mark else value

    def _form_offset(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        direction = fields.get("direction")
        unit = fields.get("u")
        if mention.rule == "offset/day-after":
            words = self.text[mention.start : mention.end].lower().split()
            unit, sense = words[1], words[2]
            unit = "day" if unit in ("morning", "night") else unit
            count: float | None = 1
            sign = -1 if sense == "before" else 1
        elif unit is None:
            unit = {"hours": "hour", "minutes": "minute", "seconds": "second"}.get(
                str(fields["n"]), str(fields["n"])
            )
            if unit in ("hour", "minute", "second") and self.last is not None and direction == "later":
                return self._shifted(self.last, 1, unit, self.last_anchor)
            return unresolved("how many is not said", self._unknown(unit))
        else:
            count = number(fields.get("n"))
            sense = str(fields.get("direction2", ""))
            backward = direction in ("ago", "earlier") or sense.startswith(("before", "prior"))
            sign = -1 if backward else 1
        if direction == "named":
            sign = -1 if "earlier" in self.text[mention.start : mention.end].lower() else 1
            base, anchor = self._base(mention)
            if base is None:
                return unresolved("no date is known to count from")
            return self._named_month(mention, base, anchor, sign, "")
        if direction in ("ago", "hence") and self.domain == "news":
            base, anchor = self.reference, self.reference_anchor
        else:
            base, anchor = self._base(mention)
            if direction not in ("ago", "hence") and anchor == self.reference_anchor and self.last is None:
                base = None
        if count is None and direction == "into":
            return Value("DURATION", duration(None, unit))
        if count is None:
            return unresolved("how many is not said", "FUTURE_REF" if sign > 0 else "PAST_REF")
        if base is None and direction != "into":
            return unresolved("no date is known to count from", self._unknown(unit))
        if direction == "into":
            return self._into(mention, count, unit)
        beside = self._beside(mention, index)
        if direction == "event" and beside is not None:
            return beside
        value = self._shifted(base, sign * count, unit, anchor)
        if direction == "event" and value.why is None:
            return replace(value, mark="?")
        return value

    @staticmethod
    def _unknown(unit: str, base: Point | None = None) -> str:
        """The TIMEX3 value of an unknown year, month, week or day, of the year of `base` where it has one."""
        year = timex_of(Point(base.year)) if base is not None and base.year is not None else "XXXX"
        return (year or "XXXX") + {"year": "", "month": "-XX", "week": "-WXX", "fortnight": "-WXX"}.get(
            unit, "-XX-XX"
        )

    def _into(self, mention: Mention, count: float, unit: str) -> Value:
        """ "three months into the war", "after three months of fighting": about so long after the clock."""
        length = Value("DURATION", duration(count, unit))
        if self.last is None or self.last_paragraph != mention.paragraph or self.domain == "news":
            return length
        moved = self._shifted(self.last, count, unit, self.last_anchor)
        return length if moved.why else replace(moved, type="DURATION", timex=length.timex, mark="~")

    def _beside(self, mention: Mention, index: int) -> Value | None:
        """ "August 18, three days after ...": the same day as the date it stands beside."""
        if not index:
            return None
        before, value = self.mentions[index - 1], self.resolved[index - 1]
        if value.why or value.start is None or value.start != value.end or not value.start.day:
            return None
        if _BESIDE.fullmatch(self.text, before.end, mention.start):
            start = value.start
            return Value("DATE", timex_of(start), start, start, "", None, (before.start, before.end))
        return None

    def _shifted(self, base: Point, count: float, unit: str, anchor: Anchor) -> Value:
        """`base` moved by so many units, as fine as the unit; weeks come out as an approximate day."""
        if unit in ("second", "minute", "hour"):
            if not base.day:
                return unresolved("the day is not known", type="TIME")
            return Value("TIME", f"{timex_of(base)}TXX", base, base, "", "day", anchor)
        if count != int(count):
            finer = {"year": ("month", 12), "decade": ("year", 10), "century": ("year", 100)}.get(unit)
            if finer is None:
                return unresolved("half a unit is not precise enough to count")
            unit, count = finer[0], round(count * finer[1])
        steps = int(count) * (2 if unit == "fortnight" else 1)
        if abs(steps) > 100_000:
            return unresolved("outside the years 1 to 9999")
        if unit in ("fortnight", "week"):
            point = cal.shift(base, steps, "week") if base.year is None or base.year > 0 else None
            if point is None:
                return unresolved("the day is not known", self._unknown(unit, base))
            first = cal.first_day(point)
            return Value(
                "DATE", week_of(first) if first else timex_of(point), point, point, "~", "week", anchor
            )
        if unit in ("decade", "century"):
            unit, steps = "year", steps * (10 if unit == "decade" else 100)
        coarse = _coarsen(base, unit)
        if coarse is None:
            return unresolved(f"the {unit} to count from is not known", self._unknown(unit, base))
        if coarse.year is not None and coarse.year < 1 and unit == "day":
            return unresolved("before the year 1")
        point = cal.shift(coarse, steps, unit)
        if point is None:
            return unresolved("outside the years 1 to 9999")
        return Value("DATE", timex_of(point), point, point, "", unit, anchor)

    def _form_nth_day(self, mention: Mention, index: int) -> Value:
        return self._beside(mention, index) or unresolved(
            "counted from an event the text does not date here", "XXXX-XX-XX"
        )

    def _form_shift(self, mention: Mention, index: int) -> Value:
        assert mention.parts is not None
        inner = self._resolve(mention.parts[0], index)
        fields = mention.fields
        count = number(fields.get("n")) if "n" in fields else 1.0
        sign = -1 if str(fields.get("direction2")).startswith(("before", "prior")) else 1
        if count is None:
            return unresolved("how many is not said", "FUTURE_REF" if sign > 0 else "PAST_REF")
        if inner.why is not None or inner.start is None:
            return unresolved(inner.why or "the date to count from is not known")
        base = inner.end if sign > 0 and inner.end else inner.start
        return self._shifted(base, sign * count, fields["u"], inner.anchor)

    def _form_first_units(self, mention: Mention, index: int) -> Value:
        assert mention.parts is not None
        fields = mention.fields
        inner = self._resolve(mention.parts[0], index)
        count = number(fields.get("n")) if "n" in fields else 1.0
        unit = fields["u"]
        plain = "n" not in fields and self.text[mention.start : mention.end].lower().find(unit + "s") >= 0
        if plain:
            count = None
        timex = duration(count, unit)
        if (
            count is None
            or inner.why
            or inner.start is None
            or inner.end is None
            or count != int(count)
            or count < 1
        ):
            return Value("DURATION", timex, why=inner.why or "how many is not said")
        first, last = cal.first_day(inner.start) if cal.valid(inner.start) else None, None
        last = cal.last_day(inner.end) if cal.valid(inner.end) else None
        if first is None or last is None:
            return Value("DURATION", timex, why="the year is not known")
        ends = self._edge(first, last, int(count), unit, fields["edge"] in ("first", "opening"))
        if ends is None:
            return Value("DURATION", timex, why="longer than what it is a part of")
        if unit in ("day", "month", "year") and count == 1:
            return Value("DATE", timex_of(ends[0]), ends[0], ends[1], "", unit, inner.anchor)
        return Value("DURATION", timex, ends[0], ends[1], "", unit, inner.anchor)

    @staticmethod
    def _edge(first: date, last: date, count: int, unit: str, opening: bool) -> tuple[Point, Point] | None:
        """The first or last so many units of the stretch from `first` to `last`."""
        if unit in ("day", "week", "fortnight"):
            days = count * {"day": 1, "week": 7, "fortnight": 14}[unit]
            if days > (last - first).days + 1:
                return None
            ends = (
                (first, first + timedelta(days=days - 1))
                if opening
                else (last - timedelta(days=days - 1), last)
            )
            return cal.from_date(ends[0]), cal.from_date(ends[1])
        if unit == "month":
            if count > (last.year - first.year) * 12 + last.month - first.month + 1:
                return None
            a, b = Point(first.year, first.month), Point(last.year, last.month)
            other = cal.shift(a if opening else b, count - 1 if opening else 1 - count, "month")
        elif unit in ("year", "decade"):
            years = count * (10 if unit == "decade" else 1)
            if years > last.year - first.year + 1:
                return None
            a, b = Point(first.year), Point(last.year)
            other = cal.shift(a if opening else b, years - 1 if opening else 1 - years, "year")
        else:
            return None
        if other is None:
            return None
        return (a, other) if opening else (other, b)

    def _form_span(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        rel, unit = fields["rel"], fields["u"]
        plural = mention.rule == "span/plural" or mention.rule.startswith(("span/that", "span/after"))
        if mention.rule.startswith(("span/that", "span/after")) and unit == "week":
            return self._following_weeks(mention)
        count = None if plural else number(fields.get("n")) if "n" in fields else 1.0
        timex = duration(count, unit)
        if count is None:
            return Value("DURATION", timex)
        if rel in ("this", "that", "same", "first", "final") or unit in (
            "second",
            "minute",
            "hour",
            "weekend",
            "season",
        ):
            return Value("DURATION", timex)
        told = rel in ("last", "past", "next", "coming")
        base, anchor = self._base(mention, deictic=told)
        if base is None:
            return Value("DURATION", timex, why="no date is known to count from")
        back = rel in ("last", "past", "previous")
        other = self._shifted(base, -count if back else count, unit, anchor)
        here = _coarsen(
            base,
            "day"
            if unit in ("day", "week", "fortnight")
            else "month"
            if unit in ("month", "quarter")
            else "year",
        )
        if other.why is not None or other.start is None or here is None:
            return Value("DURATION", timex, why="the date to count from is not fine enough")
        start, end = (other.start, here) if back else (here, other.start)
        return Value("DURATION", timex, start, end, "", unit, anchor)

    def _following_weeks(self, mention: Mention) -> Value:
        """ "in the weeks that followed": the month in force and the next."""
        here = (
            _coarsen(self.last, "month") if self.last and self.last_paragraph == mention.paragraph else None
        )
        if here is None:
            return Value("DURATION", "PXW")
        return Value("DURATION", "PXW", here, cal.shift(here, 1, "month"), "", "month", self.last_anchor)

    def _form_duration(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        if mention.rule == "duration/unit-long":
            word = str(fields["u"]).split()[0]
            plural = word.endswith("s")
            return Value("DURATION", duration(None if plural else 1.0, word.rstrip("s")))
        if mention.rule in ("duration/plural", "duration/of"):
            unit = str(fields["u"]).removesuffix("s")
            unit = {"centurie": "century", "night": "day"}.get(unit, unit)
            return Value("DURATION", duration(None, unit))
        count = float(fields["n"]) if mention.rule == "duration/half" else number(fields.get("n"))
        return Value("DURATION", duration(count, fields["u"]))

    def _form_set(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        if "freq" in fields:
            return Value("SET", fields["freq"])
        if "u" in fields:
            return Value("SET", duration(number(fields.get("n")), fields["u"]))
        if "m" in fields:
            return Value("SET", f"XXXX-{fields['m']:02d}")
        if "se" in fields:
            return Value("SET", f"XXXX-{cal.SEASON_CODES[fields['se']]}")
        if "tod" in fields:
            return Value("SET", f"XXXX-XX-XXT{fields['tod']}")
        weekday = fields["wd"]
        if weekday > 6:
            return Value("SET", {7: "XXXX-WXX-WD", 8: "XXXX-WXX-WE"}.get(weekday, "P1D"))
        return Value("SET", f"XXXX-WXX-{weekday + 1}")

    def _form_time(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        tail = self._clock(fields) if "clock" in fields else fields.get("tod", "")
        if tail is None:
            return unresolved("no such time of day", type="TIME")
        base, anchor = (self.last, self.last_anchor)
        if self.last_paragraph != mention.paragraph:
            base = None
        if base is None or not base.day or "clock" not in fields:
            return unresolved("which day is not said", f"XXXX-XX-XXT{tail}", type="TIME")
        return Value("TIME", f"{timex_of(base)}T{tail}", base, base, "", "minute", anchor)

    @staticmethod
    def _clock(fields: dict[str, Any]) -> str | None:
        text = str(fields["clock"])
        half = re.sub(r"[^ap]", "", str(fields.get("ampm", "")))[:1]
        if text in _NUMBER_WORDS:
            text = str(_NUMBER_WORDS[text])
        found = re.fullmatch(r"(\d{1,2}):?(\d\d)?(?::\d\d)?", text)
        if not found:
            return None
        hour, minute = int(found[1]), int(found[2] or 0)
        if half == "p" and hour < 12:
            hour += 12
        elif half == "a" and hour == 12:
            hour = 0
        return f"{hour:02d}:{minute:02d}" if hour < 25 and minute < 60 else None

    def _form_reference(self, mention: Mention, index: int) -> Value:
        return unresolved("names no particular time", mention.fields["value"] or None)

    def _form_range(self, mention: Mention, index: int) -> Value:
        assert mention.parts is not None
        first, last = mention.parts
        first.paragraph = last.paragraph = mention.paragraph
        first.future = last.future = mention.future
        if last.form == "reference":
            value = self._resolve(first, index)
            return replace(value, end=None, open=True) if value.why is None else value
        self._share(first, last)
        end = self._resolve(last, index)
        if (
            first.form in ("calendar", "named")
            and "y" not in first.fields
            and end.start
            and end.start.year is not None
        ):
            point = end.start
            kept = self.year, self.year_anchor, self.year_paragraph
            self.year, self.year_anchor, self.year_paragraph = point.year, end.anchor, mention.paragraph
            start = self._resolve(first, index)
            self.year, self.year_anchor, self.year_paragraph = kept
            if start.start and point.month and start.start.month and start.start.month > point.month:
                earlier = cal.years_from(start.start, -1)
                start = replace(start, start=earlier, end=earlier, timex=timex_of(earlier))
        else:
            start = self._resolve(first, index)
        if start.why or end.why:
            return unresolved(start.why or end.why or "")
        if start.type == "TIME":
            return replace(start, timex=f"{start.timex}/{end.timex}")
        timex = f"{start.timex}/{end.timex}"
        return Value("DATE", timex, start.start, end.end, "", start.granularity, end.anchor or start.anchor)

    @staticmethod
    def _share(first: Mention, last: Mention) -> None:
        """ "from 3 to 5 May 2012": what only one end says holds for both."""
        if first.form == last.form == "calendar" and "y" not in last.fields and "y" in first.fields:
            if "m" in last.fields and "iso" not in last.fields:
                last.fields["y"] = first.fields["y"]
                earlier = (first.fields.get("m", 0), first.fields.get("d", 0)) > (
                    last.fields["m"],
                    last.fields.get("d", 0),
                )
                last.fields["y"] += int(earlier and isinstance(first.fields.get("d", 0), int))
