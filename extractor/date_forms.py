"""Forms that state a date, a time of day, a duration or a set, and the ranges made of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from extractor import calendar as cal
from extractor.anchors import Clock
from extractor.calendar import Point
from extractor.date_grammar import Mention
from extractor.date_values import NUMBER_WORDS, Anchor, Value, duration, number, part_of, timex_of, unresolved

# A Muslim month with a year in these figures names a year of the Hijra.
_HIJRI = (1300, 1500)
_PAST = {"half": 30, "quarter": 15, "twenty": 20, "ten": 10, "five": 5}


class StatedForms(Clock):
    """One method a form of `date_grammar.DateRule`, named after it; all take (mention, index) and give a
    Value."""

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
            if "era" in fields:
                return Value(timex=f"BC{count - 1:02d}", granularity="century", start=Point(-count * 100))
            return self._at(mention, Point((count - 1) * 100, span=100))
        if "first" in fields:  # "04/25": the one above 12 is the day
            fields["m"], fields["d"] = sorted((fields.pop("first"), fields.pop("second")))
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
            quarter = 4 if fields["q"] in ("last", "final") else self._day(fields, "q") or 0
            if not 1 <= quarter <= 4:
                return unresolved("no such quarter")
            start, end = Point(point.year, quarter * 3 - 2), Point(point.year, quarter * 3)
            timex, granularity = f"{timex}-Q{quarter}", "quarter"
        elif "h" in fields and not point.day and point.year is not None:
            ends, timex, granularity = self._half(point, fields["h"], timex)
            start, end = ends
        elif part in ("early", "mid", "late") and (halves := part_of(point, part)):
            start, end = halves
            if "part2" in fields and (others := part_of(point, fields["part2"])):
                end = others[1]
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
        orders = (Point(year, first, second), Point(year, second, first))
        options = {p for p in orders if p.month and p.day and p.month <= 12 and cal.valid(p)}
        if "." in mention.fields["numeric"]:  # points are day-first everywhere
            options = {p for p in options if (p.month, p.day) == (second, first)}
        if len(options) > 1 and (order := self.numeric_order):
            wanted = (first, second) if order == "month" else (second, first)
            options = {p for p in options if (p.month, p.day) == wanted}
        if len(options) == 1:
            return self._at(mention, options.pop())
        if not options:
            return unresolved("no such date in the calendar")
        return unresolved("day and month cannot be told apart", f"{year:04d}-XX-XX")

    @cached_property
    def numeric_order(self) -> str | None:
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
        """A day such as "the 25th", of the month in force."""
        base, anchor = self._base(mention)
        if base is None or base.month is None or base.month > 20:
            return unresolved("no month is in force", f"XXXX-XX-{day:02d}")
        if not 1 <= day <= cal.days_in(base.year if base.year is None or base.year > 0 else 2000, base.month):
            return unresolved("no such day in the month in force")
        point = Point(base.year, base.month, day)
        if (
            (
                self.domain == "news"
                and anchor == self.reference_anchor
                and self.reference
                and self.reference.day
            )
            and day > self.reference.day
            and not mention.future
        ):
            moved = cal.shift(Point(base.year, base.month), -1, "month")
            if moved and moved.month and day <= cal.days_in(moved.year, moved.month):
                point = Point(moved.year, moved.month, day)
        return self._at(mention, point, anchor)

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
            if "islamic" in fields or "islam" in fields:
                month = (self.last.month if self.last else None) or 6
            else:
                month = int(re.split("[- ]", fields.get("day") or fields.get("nth") or "4")[0])
            year, anchor = self._year_for(mention, index, month, None)
            if year is not None and anchor == self.reference_anchor and self.reference is not None:
                year = self._last_time(mention)
        if year is None:
            if "day" in fields:
                month, day = (int(x) for x in fields["day"].split("-"))
                return self._at(mention, Point(None, month, day))
            return unresolved("no year is in force")
        if not 1 <= year <= 9999:
            return unresolved("before the year 1")
        return self._named_in(mention, year, anchor)

    def _last_time(self, mention: Mention) -> int:
        """The year in which a named day last came round before the day of writing, or comes round next where
        the sentence looks ahead."""
        assert self.reference is not None and self.reference.year is not None
        year, today = self.reference.year, cal.first_day(self.reference)
        start = self._named_in(mention, year, None).start
        there = cal.first_day(start) if start is not None else None
        if there is None or today is None:
            return year
        if there > today and not mention.future:
            return max(year - 1, 1)
        return min(year + 1, 9999) if mention.future and (today - there).days > 60 else year

    def _named_in(self, mention: Mention, year: int, anchor: Anchor) -> Value:
        fields = mention.fields
        if "day" in fields:
            month, day = (int(x) for x in fields["day"].split("-"))
            return self._at(mention, Point(year, month, day), anchor)
        if "easter" in fields:
            return self._at(
                mention, cal.from_date(cal.easter(year) + timedelta(days=int(fields["easter"]))), anchor
            )
        if "orthodox" in fields:
            if not 1900 <= year <= 2099:
                return unresolved("outside the years for which it is reckoned")
            return self._at(mention, cal.from_date(cal.orthodox_easter(year)), anchor)
        if "nth" in fields:
            month, weekday, nth = (int(x) for x in fields["nth"].split())
            return self._at(mention, cal.from_date(cal.nth_weekday(year, month, weekday, nth)), anchor)
        if "islam" in fields:
            month, day = fields["islam"], self._day(fields) or 1
            length = 1 if "d" in fields else 30 if month % 2 else 29
        else:
            month, day, length = (int(x) for x in fields["islamic"].split("-"))
        if "y" in fields and _HIJRI[0] <= year <= _HIJRI[1]:
            first = cal.islamic(year, month, day)
        else:
            first = cal.islamic_in(year, month, day)
        if first is None:
            return unresolved("does not fall in that year")
        if length > 1 and fields.get("part") in ("early", "mid", "late"):
            skipped = 10 * ("early", "mid", "late").index(fields["part"])
            first, length = first + timedelta(days=skipped), min(10, length - skipped)
        start = cal.from_date(first)
        end = cal.from_date(first + timedelta(days=length - 1))
        value = self._at(mention, start, anchor)
        return replace(
            value, end=end, mark="~", timex=value.timex if length == 1 else f"{value.timex}/{timex_of(end)}"
        )

    def _form_centuries(self, mention: Mention, index: int) -> Value:
        """As in "the 18th and 19th centuries"."""
        first, last = (self._day(mention.fields, name) for name in ("century", "century2"))
        if not first or not last or not first < last < 100:
            return unresolved("no such centuries")
        start, end = Point((first - 1) * 100, span=100), Point((last - 1) * 100, span=100)
        return Value("DATE", f"{timex_of(start)}/{timex_of(end)}", start, end, "", "century")

    def _form_turn(self, mention: Mention, index: int) -> Value:
        """The turn of a century is about its first year; that of the century without more, the one nearest to
        the clock; that of the year, about its first day."""
        fields = mention.fields
        base, anchor = self._base(mention, deictic=fields.get("u") == "year")
        if "century" in fields:
            year = ((self._day(fields, "century") or 1) - 1) * 100
        elif base is None or base.year is None or base.year < 1:
            return unresolved("which one is not said")
        elif fields["u"] == "year":
            before = base.year - (not mention.future and (base.month or 1) < 7)
            ends = Point(before, 12, 31), Point(before + 1, 1, 1)
            return Value("DATE", None, *ends, "~", "day", anchor)
        else:
            size = 1000 if fields["u"] == "millennium" else 100
            year = round(base.year / size) * size
        if not 1 <= year <= 9999:
            return unresolved("before the year 1")
        return Value("DATE", timex_of(Point(year)), Point(year), Point(year), "~", "year", anchor)

    def _form_duration(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        if mention.rule == "duration/unit-long":
            word = str(fields["u"]).split()[0]
            plural = word.endswith("s") or self.text[mention.start : mention.end].endswith("old")
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
        if "wd" in fields and "tod" in fields:
            return Value("SET", f"XXXX-WXX-{fields['wd'] + 1}T{fields['tod']}")
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
        base, anchor = None, None
        if self.last_day is not None and self.last_day[2] == mention.paragraph:
            base, anchor = self.last_day[:2]
        lead = self.text[max(0, mention.start - 7) : mention.start].lower().split()
        if base is None or ("clock" not in fields and lead[-1:] not in (["by"], ["before"], ["until"])):
            return unresolved("which day is not said", f"XXXX-XX-XXT{tail}", type="TIME")
        return Value("TIME", f"{timex_of(base)}T{tail}", base, base, "", "minute", anchor)

    @staticmethod
    def _clock(fields: dict[str, Any]) -> str | None:
        text = str(fields["clock"])
        half = re.sub(r"[^ap]", "", str(fields.get("ampm", "")))[:1]
        if text in NUMBER_WORDS:
            text = str(NUMBER_WORDS[text])
        found = re.fullmatch(r"(\d{1,2})[:h.]?(\d\d)?(?::\d\d)?", text)
        if not found:
            return None
        hour, minute = int(found[1]), int(found[2] or 0)
        if "past" in fields:  # "half past three", "ten to four"
            minute = _PAST[str(fields["past"])]
            if "sense" in fields and fields["sense"] == "to":
                hour, minute = (hour - 1) % 24, 60 - minute
        if half == "p" and hour < 12:
            hour += 12
        elif half == "a" and hour == 12:
            hour = 0
        return f"{hour:02d}:{minute:02d}" if hour < 25 and minute < 60 else None

    def _form_reference(self, mention: Mention, index: int) -> Value:
        why = mention.fields.get("why", "names no particular time")
        return unresolved(why, mention.fields["value"] or None)
