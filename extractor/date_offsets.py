"""Forms that count from an anchor: the day of writing or the narrative clock."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from extractor import calendar as cal
from extractor.calendar import Point
from extractor.date_forms import StatedForms
from extractor.date_grammar import Mention
from extractor.date_values import Anchor, Value, coarsen, duration, number, timex_of, unresolved, week_of

_STEPS = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1, "following": 1, "before last": -2,
          "after next": 2}  # fmt: skip
_CAME = re.compile(r"\b(?:came|comes?|coming)\s+(?:\w+\s+){0,3}$")
_BESIDE = re.compile(r", |\s?[-–—]\s?| \(")


class CountedForms(StatedForms):
    """Methods as in `StatedForms`, for the forms that count from somewhere."""

    def _resolve(self, mention: Mention, index: int) -> Value:
        method = getattr(self, "_form_" + mention.form.replace("-", "_"))
        value: Value = method(mention, index)
        return value

    def _form_deictic(self, mention: Mention, index: int) -> Value:
        rel = mention.fields["rel"]
        count = (
            rel
            if isinstance(rel, int)
            else {"before yesterday": -2, "before last": -2, "after tomorrow": 2, "this": 0, "last": -1}[rel]
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
        if told and self.reference is not None and (base is None or not base.day):
            base, anchor = self.reference, self.reference_anchor
        day = cal.first_day(base) if base is not None and base.day and cal.valid(base) else None
        if (day is None or base is None or base.year is None) and rel is None and weekday in self.weekdays:
            return self._at(mention, *self.weekdays[weekday])
        if day is None or base is None or base.year is None:
            return unresolved("no day is known to count from", f"XXXX-WXX-{weekday + 1}")
        if "week" in fields:
            monday = day - timedelta(days=day.weekday())
            weeks = (
                -2
                if fields["week"].endswith("before last")
                else 2
                if fields["week"].endswith("after next")
                else -1
                if re.match("last|the previous", fields["week"])
                else 1
                if re.match("next|the foll", fields["week"])
                else 0
            )
            return self._day_value(mention, monday, weekday + 7 * weeks, anchor)
        ahead, back = (weekday - day.weekday()) % 7, (day.weekday() - weekday) % 7
        if rel in ("week", "fortnight"):  # "Tuesday week" is the one after next Tuesday
            return self._day_value(mention, day, (ahead or 7) + (7 if rel == "week" else 14), anchor)
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
        told = rel in ("last", "next", "this", "past", "coming", "before last", "after next", "the-past")
        anaphoric = rel in ("that", "same") or (not told and (fields.get("u") == "day" or "tod" in fields))
        anaphoric = anaphoric or (rel == "next" and (fields.get("u") == "day" or "tod" in fields))
        base, anchor = self._base(mention, deictic=told and not anaphoric, anaphoric=anaphoric)
        near = self.domain == "narrative" or self.last_paragraph == mention.paragraph
        if rel in ("that", "same", "following", "previous") and self.last is not None and near:
            base, anchor = self.last, self.last_anchor
        if base is None and "m" in fields:
            return self._at(mention, Point(None, fields["m"]))
        if base is None:
            return unresolved("no date is known to count from")
        if rel in ("first", "final"):
            return unresolved("counted within something the text does not date")
        step = _STEPS.get(rel, 0)
        if fields.get("u") == "weekend" and rel in ("this", "the-past") and base == self.reference:
            step -= self._weekend_is_past(mention)
        if fields.get("u") == "weekend" and rel == "coming" and (today := cal.first_day(base)) is not None:
            step -= today.weekday() < 5
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
        if unit == "season" and told:
            return unresolved("which season is not said")
        if unit in ("decade", "century") and base.year is not None and base.year < 1:
            size = 10 if unit == "decade" else 100
            count = (1 - base.year) // size - step
            return unresolved("before the year 1", f"BC{count:0{3 if size == 10 else 2}d}")
        coarse = coarsen(base, unit)
        day = self.last_day
        if coarse is None and unit == "day" and day is not None and day[2] == mention.paragraph and not told:
            coarse, anchor = day[:2]
        if coarse is None:
            return unresolved(f"the {unit} is not known")
        point = cal.shift(coarse, step, unit) if step else coarse
        if point is None:
            return unresolved("outside the calendar")
        return self._at(mention, point, anchor)

    def _weekend_is_past(self, mention: Mention) -> bool:
        """Whether "the weekend" is the one before the week of writing."""
        today = cal.first_day(self.reference) if self.reference is not None and self.reference.day else None
        if today is None or mention.future:
            return False
        return today.weekday() < (5 if mention.fields["rel"] == "the-past" else 3)

    def _named_month(self, mention: Mention, base: Point, anchor: Anchor, step: int, rel: str) -> Value:
        month = mention.fields["m"]
        if rel in ("that", "same") and self.named_year and self.named_year[2] == mention.sentence:
            return self._at(mention, Point(self.named_year[0], month), self.named_year[1])
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
        if self.last is None or (self.domain == "news" and not self._told_near(mention)):
            return unresolved("no date is known that it could mean")
        mark = mention.fields.get("mark", "")
        value = replace(self._at(mention, self.last, self.last_anchor), type="DATE", mark=mark)
        return replace(value, timex=None) if mark else value

    def _form_offset(self, mention: Mention, index: int) -> Value:
        fields = mention.fields
        direction = fields.get("direction")
        unit = fields.get("u")
        if direction == "anniversary":
            return self._on_this_day(mention, number(fields.get("n")))
        if mention.rule == "offset/day-after":
            words = self.text[mention.start : mention.end].lower().split()
            unit, sense = words[1], words[2]
            unit = "day" if unit in ("morning", "night", "evening", "afternoon") else unit
            count: float | None = 1
            sign = -1 if sense in ("before", "prior") else 1
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
            base, anchor = self._base(mention, anaphoric=True)
            if base is None:
                return unresolved("no date is known to count from")
            return self._named_month(mention, base, anchor, sign, "")
        if "exact" in fields and direction == "event" and not sense:
            direction = "later"
        if direction in ("ago", "hence") and self.domain == "news":
            base, anchor = self.reference, self.reference_anchor
        else:
            told = direction in ("ago", "hence")
            base, anchor = self._base(mention, deictic=told, anaphoric=not told)
            if not told and self.last is None:
                base = None
        if direction == "into":
            return self._into(mention, count, unit)
        if direction == "event" and (beside := self._beside(mention, index)):
            return beside
        brief = unit in ("hour", "minute", "second") and direction in ("later", "earlier")
        if count is None and not (brief and base is not None):
            return unresolved("how many is not said", "FUTURE_REF" if sign > 0 else "PAST_REF")
        if base is None:
            return unresolved("no date is known to count from", self._unknown(unit))
        count = 1 if count is None else count
        if direction == "event" and _CAME.search(self.text, max(0, mention.start - 40), mention.start):
            # "The move came a day after ..." speaks of what was just told, and dates it by something else
            return Value("DATE", timex_of(base), base, base, "?", None, anchor)
        value = self._shifted(base, sign * count, unit, anchor)
        if unit == "year" and base.month and not base.day and value.why is None and count == int(count):
            month = cal.years_from(base, sign * int(count))  # a year after a month is that month
            value = replace(value, start=month, end=month)
        if "exact" in fields and base.day and value.why is None and count == int(count):
            months = {"month": 1, "year": 12, "decade": 120}.get(unit, 0) * sign * int(count)
            moved = cal.shift(Point(base.year, base.month), months, "month")
            if months and moved is not None and base.day <= cal.days_in(moved.year, moved.month or 1):
                day = Point(moved.year, moved.month, base.day)
                value = replace(value, timex=timex_of(day), start=day, end=day, granularity="day")
        ends = self.text[mention.end : mention.end + 1] in (",", ".", ";", ")", "")
        if direction == "event" and value.why is None and not (mention.rule == "offset/day-after" and ends):
            return replace(value, mark="?")
        return value

    def _on_this_day(self, mention: Mention, count: float | None) -> Value:
        """As in "two years ago this week", "on this day in 2022": the day of writing in another year."""
        today = self.reference
        if today is None or today.year is None or not today.day or count is None:
            return unresolved("the day of writing is not known")
        years = mention.fields["y"] - today.year if "y" in mention.fields else -int(count)
        point = cal.years_from(today, years)
        if point is None:
            return unresolved("outside the years 1 to 9999")
        on = str(mention.fields["on"])
        if on.endswith("week"):
            return self._week(mention, point, self.reference_anchor, 0, "week")
        return self._at(
            mention, Point(point.year, point.month) if on.endswith("month") else point, self.reference_anchor
        )

    @staticmethod
    def _unknown(unit: str, base: Point | None = None) -> str:
        """The TIMEX3 value of an unknown year, month, week or day, of the year of `base` where it has one."""
        year = timex_of(Point(base.year)) if base is not None and base.year is not None else "XXXX"
        return (year or "XXXX") + {"year": "", "month": "-XX", "week": "-WXX", "fortnight": "-WXX"}.get(
            unit, "-XX-XX"
        )

    def _into(self, mention: Mention, count: float | None, unit: str) -> Value:
        """As in "three months into the war", "after three months of fighting": about so long after the
        clock."""
        length = Value("DURATION", duration(count, unit))
        if count is None or self.last is None:
            return length
        if self.domain == "news" and self.last_anchor == self.reference_anchor:
            return length
        if self.last_paragraph != mention.paragraph:
            return length
        moved = self._shifted(self.last, count, unit, self.last_anchor)
        return length if moved.why else replace(moved, type="DURATION", timex=length.timex, mark="~")

    def _beside(self, mention: Mention, index: int) -> Value | None:
        """ "August 18, three days after ...": the same day as the date it stands beside."""
        if not index:
            return None
        before, value = self.mentions[index - 1], self.resolved[index - 1]
        if value.why or value.start is None or value.start != value.end:
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
            days = int(count / 24) if unit == "hour" else 0
            if days and base.year is not None and base.year > 0 and abs(days) < 100_000:
                point, mark = cal.shift(base, days, "day"), "" if count % 24 == 0 else "~"
                if point is not None:
                    return Value("DATE", timex_of(point), point, point, mark, "day", anchor)
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
        coarse = coarsen(base, unit)
        if coarse is None:
            return unresolved(f"the {unit} to count from is not known", self._unknown(unit, base))
        if coarse.year is not None and coarse.year < 1 and unit == "day":
            return unresolved("before the year 1")
        point = cal.shift(coarse, steps, unit)
        if point is None:
            return unresolved("outside the years 1 to 9999")
        return Value("DATE", timex_of(point), point, point, "", unit, anchor)

    def _form_nth_day(self, mention: Mention, index: int) -> Value:
        beside = self._beside(mention, index)
        if beside is not None and beside.start is not None and beside.start.day:
            return beside
        return unresolved("counted from an event the text does not date here", "XXXX-XX-XX")

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
        unit = str(fields["u"])
        if unit == "quarters":
            unit, count = "month", 3 * count if count else None
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
            return Value("DATE", timex_of(ends[0]), ends[0], ends[1], inner.mark, unit, inner.anchor)
        return Value("DURATION", timex, ends[0], ends[1], inner.mark, unit, inner.anchor)

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
            "weekend",
            "season",
        ):
            return Value("DURATION", timex)
        told = rel in ("last", "past", "next", "coming")
        base, anchor = self._base(mention, deictic=told)
        if unit == "hour":  # "the past 36 hours" reach into two days before
            unit, count = "day", -(-count // 24)
        if base is None:
            return Value("DURATION", timex, why="no date is known to count from")
        back = rel in ("last", "past", "previous")
        other = self._shifted(base, -count if back else count, unit, anchor)
        here = coarsen(
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
        """The month in force and the next, for "in the weeks that followed"."""
        here = coarsen(self.last, "month") if self.last and self.last_paragraph == mention.paragraph else None
        if here is None:
            return Value("DURATION", "PXW")
        return Value("DURATION", "PXW", here, cal.shift(here, 1, "month"), "", "month", self.last_anchor)

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
            same = start.start is not None and start.start.year == point.year
            if same and start.start and (start.start.month or 0) > (point.month or 13):
                earlier = cal.years_from(start.start, -1)
                start = replace(start, start=earlier, end=earlier, timex=timex_of(earlier))
        else:
            start = self._resolve(first, index)
        if start.why or end.why:
            return unresolved(start.why or end.why or "")
        if start.type == "TIME" and start.end == end.end:
            return replace(start, timex=f"{start.timex}/{end.timex}")
        timex = f"{start.timex}/{end.timex}"
        return Value("DATE", timex, start.start, end.end, "", start.granularity, end.anchor or start.anchor)

    @staticmethod
    def _share(first: Mention, last: Mention) -> None:
        """In "from 3 to 5 May 2012": what only one end says holds for both."""
        a, b = first.fields, last.fields
        if first.form == last.form == "calendar" and "y" in a and "m" in b and "y" not in b:
            before = (a.get("m", 0), CountedForms._day(a) or 0) > (b["m"], CountedForms._day(b) or 0)
            b["y"] = a["y"] + before
