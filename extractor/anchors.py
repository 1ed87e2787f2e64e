"""The anchor of a time expression: the day of writing, the year in force and the narrative clock.

News resolves against the day it was written; narrative against the last date it established. A date told as
an aside (in quotation marks, in brackets, in a relative clause, as the label of an event) is resolved but
moves nothing.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from extractor import calendar as cal
from extractor.calendar import Point
from extractor.date_grammar import Mention
from extractor.date_values import Anchor, Value

Domain = Literal["news", "narrative"]

# Two-figure years with nothing else to go by: 00-49 are 2000-2049, the rest 1950-1999.
_PIVOT = 50
_LIST = re.compile(r"\s*,?\s+(?:and\s+|or\s+)?(?:on\s+|in\s+)?(?:the\s+)?|,\s+")
_OF_YEAR = re.compile(r"\s+[A-Za-z]+\s+(?:of|in)\s+")  # "the spring offensive of 1918"
# A narrative that goes from a month to one at least this many months before it has entered the next year.
ROLL = 9
# A stretch of more years than this is no place in a story.
LONG = 15


def classify(text: str, mentions: list[Mention], written: int | None) -> Domain:
    """News or narrative, by evidence.

    Narrative dates its events in full: years are dense, and days counted from the day of writing (yesterday,
    on Monday, last week) are rare beside them. Everything else is news.

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
        elif (mention.form == "offset" and fields.get("direction") == "ago") or (
            mention.form == "unit" and fields.get("rel") in ("last", "next", "this") and "tod" not in fields
        ):
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
    # where the day of writing is known, days counted from it weigh more
    if dense and spread and years > (2 if written is None else 4) * deictic:
        return "narrative"
    if written is None and years >= 2 and deictic == 0 and years * 120 >= words:
        return "narrative"
    # dates without a year tell a past story where the years that are named are long gone
    past = written is None or (bool(seen) and max(seen) < written - 1)
    if years >= 2 and past and dates * 120 >= words and deictic * 8 <= dates and dates >= 12:
        return "narrative"
    return "news"


class Clock:
    """What the text has established so far, as its expressions are resolved in order.

    Args:
        text: the document.
        mentions: its recognised expressions, situated.
        published: ISO day of writing, or None.
        domain: news or narrative; None lets `classify` decide.
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
        self.last_day: tuple[Point, Anchor, int] | None = None  # the last day, and its paragraph
        self.left: tuple[Point, int] | None = None  # where a digression left the story, and its paragraph
        self.resolved: list[Value] = []
        self.weekdays: dict[
            int, tuple[Point, Anchor]
        ] = {}  # "Thursday, Dec. 15": what a later "Thursday" means
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
        """The year all full dates of a text share, with the first of them; None where they differ or are
        few."""
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

    def _move(self, mention: Mention, value: Value) -> None:
        """Let an established date move the narrative clock and the year in force."""
        if (
            value.why is not None
            or value.type == "SET"
            or (value.type == "DURATION" and mention.form not in ("offset", "first-units"))
        ):
            return
        point = value.start if value.start is not None else value.end
        if point is not None and point.day and value.start == value.end and not mention.side:
            self.last_day = point, (mention.start, mention.end), mention.paragraph
            if mention.form == "calendar" and "wd" in mention.fields:
                self.weekdays[mention.fields["wd"]] = point, (mention.start, mention.end)
        if (
            point is None
            or mention.modifiers & {"since", "until", "before", "after"}
            or self._looks_back(mention)
        ):
            return
        if mention.form == "range":
            if value.start and value.end and (value.end.year or 0) - (value.start.year or 0) > LONG:
                return  # "between the 1870s and 1996" is no year that a story is in
            point = value.end or point
        if mention.aside and not self._opens(mention, point):
            return
        if self._strays(mention, point):
            return
        left, jump = self.last_month, abs((point.year or 0) - (self.year or 0))
        if (
            left is not None
            and jump > 1
            and self.year == left.year
            and self.last_paragraph == mention.paragraph
        ):
            self.left = left, mention.paragraph
        if point.year is not None and point.span == 1 and not self._in_passing(mention):
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

    def _in_passing(self, mention: Mention) -> bool:
        """A lone year that tells which, in news ("jailed for the killings of 1982"), is not the year of its dates."""
        lone = mention.form == "calendar" and not mention.fields.keys() & {"m", "se", "iso", "numeric"}
        lead = self.text[max(0, mention.start - 8) : mention.start].lower().split()
        told = lead[-1:] == ["of"]
        return self.domain == "news" and lone and told and not mention.opening

    @staticmethod
    def _looks_back(mention: Mention) -> bool:
        """As in "a year earlier", "the previous week", "two years ago" tell what went before, and move
        nothing."""
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
        """The first date of a paragraph dates what follows even as a label ("After the June 1916
        offensive")."""
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
        """Whether a date inside a sentence leaves the story: a lone year beside a clock that knows the
        month, or a date well before it."""
        if self.last is None or self.last_paragraph != mention.paragraph or mention.opening:
            return False
        if self.last.year is None or point.year is None or self.domain != "narrative":
            return False
        if not mention.fields.keys() & {"m", "se", "iso", "numeric"} and "y" in mention.fields:
            return self.last.month is not None and point.year != self.last.year
        if "y" not in mention.fields:
            return False
        return (point.year, point.month) < (self.last.year, (self.last.month or 1) - 3)

    def _year_for(
        self, mention: Mention, index: int, month: int, day: int | None
    ) -> tuple[int | None, Anchor]:
        """The year of a date that names none, with the expression that gave it."""
        if index + 1 < len(self.mentions):
            following = self.mentions[index + 1]
            named = "y" in following.fields and following.form == "calendar"
            if named and _OF_YEAR.fullmatch(self.text, mention.end, following.start):
                return following.fields["y"], (following.start, following.end)
        if listed := self._listed(mention, index):
            return listed
        here = self.year_paragraph == mention.paragraph
        told = here and (self.reference is None or self.year != self.reference.year)
        if self.year is not None and (self.domain == "narrative" or told):
            return self._narrative_year(mention, month), self.year_anchor
        if self.domain == "narrative" and (first := self._ahead(mention, index, anywhere=True)):
            return first
        if self.reference is not None and self.reference.year is not None:
            return self._news_year(mention, month, day), self.reference_anchor
        if ahead := self._ahead(mention, index):
            return ahead
        if self.document_year:
            return self.document_year
        for earlier in reversed(self.mentions[max(0, index - 20) : index]):
            point = self._explicit(earlier)
            if point and point.month == month and earlier.paragraph == mention.paragraph:
                return point.year, (earlier.start, earlier.end)  # "the November 2008 raids. On 26 November"
        return None, None

    def _listed(self, mention: Mention, index: int) -> tuple[int, Anchor] | None:
        """The year at the end of a list: "3 May, 6 June and 9 July 2020", "the spring and summer of 2019"."""
        shape = mention.fields.keys() & {"m", "d", "se"}
        before = mention
        for later in self.mentions[index + 1 : index + 8]:
            gap = _LIST.fullmatch(self.text, before.end, later.start)
            if not gap or later.form != "calendar" or later.fields.keys() & {"m", "d", "se"} != shape:
                return None
            if "y" in later.fields:
                return later.fields["y"], (later.start, later.end)
            before = later
        return None

    def _ahead(self, mention: Mention, index: int, anywhere: bool = False) -> tuple[int, Anchor] | None:
        """The first full date among the next 50 expressions, in the same paragraph or anywhere."""
        for later in self.mentions[index + 1 : index + 51]:
            if later.paragraph != mention.paragraph and not anywhere:
                return None
            for part in (later, *(later.parts or ())):
                point = self._explicit(part)
                told = not later.side and not later.modifiers & {"since", "until"}
                if point and point.year and point.month and told:
                    return point.year, (later.start, later.end)
        return None

    def _narrative_year(self, mention: Mention, month: int) -> int | None:
        """The year in force; the next one where the month would else fall most of a year back; the year
        before a digression where the date goes on from there."""
        last = self.last_month
        if (
            last is None
            or self.year is None
            or last.year != self.year
            or last.month is None
            or mention.before
        ):
            return self.year
        here = cal.SEASONS[last.month][0] if last.month > 20 else last.month
        left = self.left
        if left is not None and left[1] == mention.paragraph and month < here:
            since = month - (left[0].month or 13)
            if 0 <= since <= 2:
                return left[0].year
        return self.year + 1 if month + ROLL <= here else self.year

    def _news_year(self, mention: Mention, month: int, day: int | None) -> int:
        """The year that puts the date nearest the day of writing: before it, unless the sentence looks
        ahead."""
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
        """The year of "that year", "the following year" after a month or a day."""
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

    def _told_near(self, mention: Mention, anaphoric: bool = True) -> bool:
        """Whether the last date was told near enough for an expression of news to mean it; where the day of
        writing is not known, paragraphs may be notes of their own."""
        reach = 1 if anaphoric and self.reference is not None else 0
        return self.last is not None and mention.paragraph - self.last_paragraph <= reach

    def _base(
        self, mention: Mention, deictic: bool = False, anaphoric: bool = False
    ) -> tuple[Point | None, Anchor]:
        """The date an expression counts from: the day of writing for what is told from there, else the
        narrative clock; in news the clock counts within its paragraph, and what can only mean a date told
        before ("the next day") looks one paragraph back and never to the day of writing."""
        if self.domain == "news":
            if self._told_near(mention, anaphoric) and (not deictic or self.reference is None):
                return self.last, self.last_anchor
            if anaphoric:
                return None, None
            return self.reference, self.reference_anchor
        reference = self.reference
        if deictic and reference is not None and self.last is not None and self.last.year is not None:
            recent = reference.year is not None and self.last.year >= reference.year - 1
            if recent:  # a story that has come up to the day of writing
                return reference, self.reference_anchor
        if self.last is not None:
            return self.last, self.last_anchor
        return reference, self.reference_anchor
