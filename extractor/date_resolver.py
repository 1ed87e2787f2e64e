"""Resolves every expression of a text in order, and the forms that take another expression in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from extractor import calendar as cal
from extractor.calendar import Point
from extractor.date_grammar import Mention
from extractor.date_offsets import CountedForms
from extractor.date_values import Value, duration, number, timex_of, unresolved, week_of
from extractor.schema import Timex

_AND_THEN = re.compile(r"\s+(?:and|or)\s+(?:on\s+|in\s+)?(?:the\s+)?")
_AS_OF = re.compile(r"\b(?:in|by|as of|on)\s+$", re.I)


class Resolver(CountedForms):
    """Resolves the mentions of one text, in order; made like a `Clock`. Where the text does not say, an
    expression stays unresolved, with the reason."""

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
        for index, mention in enumerate(self.mentions):
            if "since" in mention.modifiers and (closed := self._close(index)):
                out[index] = self._timex(mention, closed)
        return self._coordinated(out)

    def _coordinated(self, timexes: list[Timex]) -> list[Timex]:
        """Days, months or years that touch, told as two ("on Saturday and Sunday"), made one stretch."""
        out: list[Timex] = []
        for index, made in enumerate(timexes):
            before = out[-1] if out else None
            if before is not None and self._touch(before, made) and not self.mentions[index].modifiers:
                first, last = (t.edtf.split("/") for t in (before, made) if t.edtf)
                before.text, before.end = self.text[before.start : made.end], made.end
                before.type, before.timex = "DATE", f"{before.timex}/{made.timex}"
                before.edtf, before.latest = f"{first[0]}/{last[-1]}", made.latest
            else:
                out.append(made)
        return out

    def _touch(self, one: Timex, other: Timex) -> bool:
        if not (one.edtf and other.edtf and one.latest and other.earliest) or "~" in one.edtf + other.edtf:
            return False
        if {one.type, other.type} - {"DATE", "TIME"} or one.granularity != other.granularity:
            return False
        if one.granularity == "season":
            return False
        if not _AND_THEN.fullmatch(self.text, one.end, other.start):
            return False
        return (
            date.fromisoformat(one.latest).toordinal() + 1 == date.fromisoformat(other.earliest).toordinal()
        )

    def _close(self, index: int) -> Value | None:
        """The open value ended by another date of its sentence: "As of June 2021, 500 died since 2012"."""
        mention, value = self.mentions[index], self.resolved[index]
        if value.why is not None or value.start is None or value.end is not None:
            return None
        near = slice(max(0, index - 5), index + 6)
        for other, ending in zip(self.mentions[near], self.resolved[near], strict=True):
            if other.sentence != mention.sentence or other.form != "calendar" or other.modifiers:
                continue
            if not _AS_OF.search(self.text, max(0, other.start - 12), other.start) or ending.end is None:
                continue
            first, last = (
                cal.first_day(value.start),
                cal.last_day(ending.end) if cal.valid(ending.end) else None,
            )
            if cal.valid(value.start) and first and last and first < last:
                return replace(value, end=ending.end)
        return None

    def _timex(self, mention: Mention, value: Value) -> Timex:
        start, end = mention.start, mention.end
        made = Timex(
            self.text[start:end], start, end, value.type, value.timex, granularity=value.granularity,
            anchor=value.anchor if value.anchor != (start, end) else None, rule=mention.rule,
            unresolved=value.why,
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
        if "approximate" in mention.modifiers and value.type != "TIME":  # "about 8 p.m." is still that day
            value = replace(value, mark="~")
        if "so-far" in mention.modifiers and self.reference is not None and value.start is not None:
            first = cal.first_day(value.start) if cal.valid(value.start) else None
            if first is None or value.end is None or not cal.contains(value.end, self.reference):
                return value
            return replace(value, start=cal.from_date(first), end=self.reference, timex=None)
        if mention.modifiers & {"since", "after"}:
            # "after 2012" begins when 2012 does: the text says no more than that
            return replace(value, end=None, open=True)
        if mention.modifiers & {"until", "before"}:
            return replace(value, start=None, end=value.end, open=True)
        return value

    # ---- forms that take another expression in --------------------------------------------------------------

    def _inner(self, mention: Mention, index: int) -> Value:
        assert mention.parts is not None
        part = mention.parts[0]
        part.paragraph, part.sentence, part.future = mention.paragraph, mention.sentence, mention.future
        return self._resolve(part, index)

    def _form_week_of(self, mention: Mention, index: int) -> Value:
        """The week, or the weekend, that a day lies in; a stretch of days is taken as it stands."""
        inner = self._inner(mention, index)
        if inner.why is not None or inner.start is None or inner.start != inner.end:
            return inner
        if "ends" in mention.fields:
            first = cal.shift(inner.start, -6, "day")
            if first is None:
                return unresolved("the day is not known")
            return replace(inner, timex=None, start=first, granularity="week")
        return self._week(mention, inner.start, inner.anchor, 0, str(mention.fields["u"]))

    def _form_nth_week(self, mention: Mention, index: int) -> Value:
        """Days 1-7, 8-14, 15-21, 22-28 of a month."""
        inner = self._inner(mention, index)
        count = self._day(mention.fields, "n") or self._ordinal(mention)
        month = inner.start
        if (
            inner.why is not None
            or month is None
            or not month.month
            or month.month > 20
            or month != inner.end
        ):
            return unresolved(inner.why or "the month is not known")
        if not count or count > 4:
            return unresolved("no such week of a month")
        first, last = Point(month.year, month.month, 7 * count - 6), Point(month.year, month.month, 7 * count)
        return Value("DATE", f"{timex_of(first)}/{timex_of(last)}", first, last, "", "week", inner.anchor)

    def _form_anniversary(self, mention: Mention, index: int) -> Value:
        """So many years after a date that has its year."""
        inner = self._inner(mention, index)
        count = self._day(mention.fields, "n") or self._ordinal(mention)
        if inner.why is not None or inner.start is None or inner.start != inner.end or not count:
            return unresolved(inner.why or "the date to count from is not known")
        point = cal.years_from(inner.start, count)
        return self._at(mention, point, inner.anchor) if point else unresolved("outside the years 1 to 9999")

    def _form_eve(self, mention: Mention, index: int) -> Value:
        """The day before a day."""
        inner = self._inner(mention, index)
        day = cal.shift(inner.start, -1, "day") if inner.start is not None else None
        if inner.why is not None or day is None:
            return unresolved(inner.why or "the day is not known")
        return replace(inner, type="DATE", timex=timex_of(day), start=day, end=day)

    def _form_overnight_into(self, mention: Mention, index: int) -> Value:
        """The night that ends on the morning of a day."""
        inner = self._inner(mention, index)
        before = cal.shift(inner.start, -1, "day") if inner.start is not None else None
        if inner.why is not None or before is None:
            return unresolved(inner.why or "the day is not known", type="TIME")
        return replace(inner, type="TIME", timex=f"{timex_of(before)}TNI", start=before)

    def _form_weekday_beside(self, mention: Mention, index: int) -> Value:
        """As in "the Friday before May 3": the nearest such weekday on that side."""
        inner = self._inner(mention, index)
        edge = inner.start if mention.fields["sense"] == "before" else inner.end
        day = cal.first_day(edge) if edge is not None and edge.day else None
        if inner.why is not None or day is None:
            return unresolved(inner.why or "the day to count from is not known")
        weekday = mention.fields["wd"]
        if mention.fields["sense"] == "before":
            return self._day_value(mention, day, -((day.weekday() - weekday) % 7 or 7), inner.anchor)
        return self._day_value(mention, day, (weekday - day.weekday()) % 7 or 7, inner.anchor)

    @staticmethod
    def _ordinal(mention: Mention) -> int | None:
        found = re.match(r"\d+", str(mention.fields.get("n", "")))
        return int(found.group()) if found else None

    # ---- forms of their own ----------------------------------------------------------------------------------

    def _form_nth_weekday(self, mention: Mention, index: int) -> Value:
        """As in "the first Monday of June 2021"."""
        fields = mention.fields
        year, anchor, said = self._stated_year(mention)
        if not said:
            year, anchor = self._year_for(mention, index, fields["m"], None)
        nth = -1 if fields["n"] in ("last", "final") else self._day(fields, "n")
        if year is None or nth is None or nth > 4:
            return unresolved("no year is in force" if year is None else "no such weekday in a month")
        if not 1 <= year <= 9999:
            return unresolved("outside the years 1 to 9999")
        return self._at(mention, cal.from_date(cal.nth_weekday(year, fields["m"], fields["wd"], nth)), anchor)

    def _form_iso_week(self, mention: Mention, index: int) -> Value:
        year, week = mention.fields["y"], int(re.sub(r"\D", "", str(mention.fields["week"])) or 0)
        try:
            monday = date.fromisocalendar(year, week, 1)
        except ValueError:
            return unresolved("no such week in that year")
        ends = cal.from_date(monday), cal.from_date(monday + timedelta(days=6))
        return Value("DATE", week_of(monday), *ends, "", "week")

    def _form_fiscal(self, mention: Mention, index: int) -> Value:
        """A fiscal year: about the calendar year of its number, for states begin it in different months."""
        fields = mention.fields
        if "fiscal" in fields:
            figures = int(re.sub(r"\D", "", str(fields["fiscal"])))
            year = figures if figures > 99 else self._two_figure(figures)
        else:
            year = fields["y"]
        return Value("DATE", f"FY{year:04d}", Point(year), Point(year), "~", "year")

    def _form_overnight(self, mention: Mention, index: int) -> Value:
        """In news the night before the day of writing, else the night after the day the story has reached."""
        told = self._told_near(mention) and self.last_anchor != self.reference_anchor
        if self.domain == "news" and not (told and self.last is not None and self.last.day):
            today = self.reference
            before = cal.shift(today, -1, "day") if today is not None and today.day else None
            if before is None:
                return unresolved("the day of writing is not known", "XXXX-XX-XXTNI", type="TIME")
            return Value("TIME", f"{timex_of(before)}TNI", before, today, "", "day", self.reference_anchor)
        after = cal.shift(self.last, 1, "day") if self.last is not None and self.last.day else None
        if after is None:
            return unresolved("which day is not said", "XXXX-XX-XXTNI", type="TIME")
        return Value("TIME", f"{timex_of(self.last)}TNI", self.last, after, "", "day", self.last_anchor)

    def _form_within(self, mention: Mention, index: int) -> Value:
        """As in "broke down within a year": from the date just told to so long after it."""
        count, unit = number(mention.fields.get("n")), str(mention.fields["u"])
        timex = duration(count, unit)
        near = self.last_paragraph == mention.paragraph
        if (
            self.last is None
            or not near
            or count is None
            or count != int(count)
            or unit in ("hour", "minute", "second")
        ):
            return Value("DURATION", timex)
        steps = int(count) * (2 if unit == "fortnight" else 10 if unit == "decade" else 1)
        unit = {"fortnight": "week", "decade": "year"}.get(unit, unit)
        if unit == "year":
            end = cal.years_from(self.last, steps) if self.last.span == 1 else None
        else:
            end = cal.shift(self.last, steps, unit)
            if end is not None and self.last.day and not end.day and end.year is not None and end.month:
                end = Point(end.year, end.month, min(self.last.day, cal.days_in(end.year, end.month)))
        if end is None or (self.last.month or 0) > 20:
            return Value("DURATION", timex)
        return Value("DURATION", timex, self.last, end, "", unit, self.last_anchor)
