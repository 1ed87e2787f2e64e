"""The date engine: what it finds, where, and what it resolves to."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor import calendar as cal
from extractor.dates import dates_records, document_domain, find_timexes
from extractor.errors import ExtractorError, PatternError
from extractor.patterns import default_folder
from extractor.rule_checks import date_cases
from extractor.schema import Block, Timex

TABLE = tomllib.loads((Path(__file__).parent / "dates_table.toml").read_text(encoding="utf-8"))


def _rows() -> list[tuple[str, str, str, str | None, str | None]]:
    rows = []
    for group in TABLE["group"]:
        spans = group.get("spans", group["expressions"])
        assert len(spans) == len(group["expressions"]), group
        for expression, span in zip(group["expressions"], spans, strict=True):
            rows.append(
                (group["frame"].replace("{}", expression), span, group["edtf"], group.get("published"),
                 group.get("domain"))
            )  # fmt: skip
    return rows


def _plain() -> list[tuple[str, str, str, str]]:
    return [
        (table["frame"].replace("{}", expression), expression, table["type"], value)
        for table in TABLE["timex"]
        for value, expressions in table["values"].items()
        for expression in expressions
    ]


def _values(text: str, **options: str | None) -> list[tuple[str, str | None]]:
    return [(t.text, t.edtf) for t in find_timexes(text, **options)]


def test_table_is_as_large_as_it_claims_to_be() -> None:
    assert len(_rows()) + len(_plain()) >= 400
    assert len(TABLE["near_misses"]["sentences"]) >= 120


@pytest.mark.parametrize(("text", "span", "edtf", "published", "domain"), _rows())
def test_expression_gives_its_value(
    text: str, span: str, edtf: str, published: str | None, domain: str | None
) -> None:
    found = _values(text, reference_date=published, domain=domain)
    assert (span, edtf) in found or (span, edtf + "?") in found


@pytest.mark.parametrize(("text", "span", "kind", "value"), _plain())
def test_expression_without_a_calendar_value(text: str, span: str, kind: str, value: str) -> None:
    assert [(t.text, t.type, t.timex, t.edtf) for t in find_timexes(text)] == [(span, kind, value, None)]


@pytest.mark.parametrize("text", TABLE["near_misses"]["sentences"])
def test_near_miss_holds_no_date(text: str) -> None:
    found = [t for t in find_timexes(text, "2024-05-31") if t.type in ("DATE", "TIME") and t.edtf]
    assert found == []


def test_examples_and_near_misses_of_the_rules_hold() -> None:
    assert [case for case in date_cases() if case[1]] == []


def _first(text: str, **options: str | None) -> Timex:
    return find_timexes(text, **options)[0]


# -- the anchor ----------------------------------------------------------------------------------------------
def test_paragraph_keeps_its_year_and_tells_what_gave_it() -> None:
    text = "On June 3, 2014, rebels took the town. The army returned on July 9 and left in September."
    found = find_timexes(text)
    assert [(t.text, t.edtf) for t in found] == [
        ("June 3, 2014", "2014-06-03"), ("July 9", "2014-07-09"), ("September", "2014-09"),
    ]  # fmt: skip
    assert found[1].anchor == (found[0].start, found[0].end)


def test_narrative_enters_the_next_year_with_january() -> None:
    text = (
        "In March 1991, the front broke. In April 1991, the capital fell. On December 7, 1991, the party was "
        "dissolved. In January, the new state was recognised."
    )
    assert find_timexes(text)[-1].edtf == "1992-01"


@pytest.mark.parametrize(
    "aside",
    [
        "which was first proposed in September 2003",
        "(formerly allied with them in March 2003)",
        "“we signed in September 2003”",
    ],
)
def test_aside_does_not_move_the_narrative_clock(aside: str) -> None:
    text = f"On February 15, 2009, the juntas founded a league, {aside}. A month earlier they had met."
    assert find_timexes(text, domain="narrative")[-1].edtf == "2009-01"


def test_month_named_after_an_offset_wins_over_counting() -> None:
    text = (
        "On February 15, 2009, the juntas founded a league. A month earlier in January, they left the bloc."
    )
    assert _values(text, domain="narrative")[-1] == ("A month earlier in January", "2009-01")


def test_offset_beside_a_date_is_that_date() -> None:
    text = "On August 18, 2011, three days after the last unit left, the base was looted."
    assert _values(text) == [("August 18, 2011", "2011-08-18"), ("three days after", "2011-08-18")]


def test_year_told_in_another_paragraph_does_not_reach_undated_news() -> None:
    text = "Voters recall the 2006 coup.\n\nThe party was dissolved on January 6 by the court, it said today."
    assert _values(text, domain="news")[1] == ("January 6", "XXXX-01-06")


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("Lima, 20 Aug 88 (EFE) -- Two policemen died yesterday.", "1988-08-19"),
        ("Nov. 10, 2016\n\nStrikes in the valley\n\nThe coalition struck a camp yesterday.", "2016-11-09"),
        ("GENEVA, 3 May 2011 -- Envoys met on Monday to talk.", "2011-05-02"),
    ],
)
def test_dateline_gives_the_day_of_writing(text: str, edtf: str) -> None:
    assert find_timexes(text)[-1].edtf == edtf


def test_weekday_means_the_date_it_was_written_with() -> None:
    text = (
        "On Thursday, Dec. 15, jets struck the airfield. Fifteen tanks were destroyed on Thursday, it said."
    )
    assert _values(text)[1] == ("Thursday", "XXXX-12-15")


def test_clock_time_falls_on_the_day_told_last() -> None:
    text = "On May 3, 2011, a bomber struck the market. The blast came at about 8:30 a.m. near the gate."
    found = find_timexes(text)[1]
    assert (found.type, found.timex, found.edtf) == ("TIME", "2011-05-03T08:30", "2011-05-03")


def test_story_goes_on_in_its_year_after_a_digression() -> None:
    text = (
        "On April 9, 1983, the statue fell. In November 1988, students felled another. The army held out "
        "until the port was taken and on April 15 gave up."
    )
    assert find_timexes(text, domain="narrative")[-1].edtf == "1983-04-15"


def test_movable_day_is_the_last_before_the_day_of_writing() -> None:
    assert _first("He was shot at Easter.", reference_date="2024-03-01").edtf == "2023-04-09"
    assert _first("He was shot at Easter.", reference_date="2024-05-01").edtf == "2024-03-31"


def test_heading_block_gives_the_day_of_writing() -> None:
    text = "Release of Nov. 10, 2016 on strikes\nThe coalition struck a camp yesterday."
    blocks = [Block(kind="heading", start=0, end=35), Block(kind="paragraph", start=36, end=len(text))]
    assert find_timexes(text, blocks=blocks)[-1].edtf == "2016-11-09"


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("He was killed on December 30, police said.", "2023-12-30"),
        ("He will be tried on March 3, police said.", "2024-03-03"),
        ("He was killed on Wednesday.", "2024-01-31"),
        ("He will be tried on Thursday.", "2024-02-01"),
        ("He will be tried next Thursday.", "2024-02-08"),
    ],
)
def test_news_reads_a_bare_date_as_past_unless_the_sentence_looks_ahead(text: str, edtf: str) -> None:
    assert _first(text, reference_date="2024-02-01").edtf == edtf


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        (
            "Gunmen stormed a base on Monday, police said.\n\nThe next day five bodies were found.",
            "2024-01-30",
        ),
        ("Five bodies were found the next day, police said.", None),
        ("Gunmen stormed a base on Monday.\n\nNobody came.\n\nThree days later help arrived.", None),
    ],
)
def test_news_does_not_count_the_next_day_from_the_day_of_writing(text: str, edtf: str | None) -> None:
    assert find_timexes(text, "2024-02-01")[-1].edtf == edtf


def test_domain_can_be_forced_and_changes_the_anchor() -> None:
    text = "On May 3, 1994, the front broke. In June the city fell.\n\nBy the next year the war was over."
    assert find_timexes(text, "2024-05-31", "narrative")[-1].edtf == "1995"
    assert find_timexes(text, "2024-05-31", "news")[-1].edtf == "2025"


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("As of June 2021, five hundred had died since 2012.", "2012/2021-06"),
        ("Five hundred had died since 2012.", "2012/.."),
        (
            "Since the start of the revolt in 2012, five hundred have died, it said in June 2021.",
            "2012/2021-06",
        ),
    ],
)
def test_date_of_the_report_ends_what_has_gone_on_since(text: str, since: str) -> None:
    assert since in [t.edtf for t in find_timexes(text, domain="narrative")]


# -- what cannot be resolved stays visible -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "timex", "reason"),
    [
        ("He was shot yesterday.", "XXXX-XX-XX", "the day of writing is not known"),
        ("He was shot on Friday.", "XXXX-WXX-5", "no day is known to count from"),
        ("A few days later he was shot.", "FUTURE_REF", "how many is not said"),
        ("He was shot on February 30, 2019.", "2019-02", "no such day in that month"),
        ("He was shot on 03/04/2019.", "2019-XX-XX", "day and month cannot be told apart"),
        ("Prisoners were freed on Eid.", None, "which of the two feasts is not said"),
        ("They marched on Independence Day.", None, "which country's day is not said"),
        ("They met before the Lunar New Year.", None, "a movable feast that is not reckoned here"),
        ("Athens was sacked in 480 BC.", "BC0480", "before the year 1, which EDTF days here do not reach"),
    ],
)
def test_unresolved_expression_says_why(text: str, timex: str | None, reason: str) -> None:
    found = _first(text)
    assert (found.timex, found.edtf, found.earliest, found.unresolved) == (timex, None, None, reason)


def test_numeric_dates_follow_the_order_the_document_shows() -> None:
    assert _values("He left on 25/03/2019 and came back on 03/04/2019.")[1] == ("03/04/2019", "2019-04-03")


def test_year_that_is_not_known_has_no_bounds() -> None:
    found = _first("The strike was on December 10.")
    assert (found.edtf, found.earliest, found.latest) == ("XXXX-12-10", None, None)


# -- calendar ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "earliest", "latest"),
    [
        ("2020", "2020-01-01", "2020-12-31"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2020-02-29~", "2020-02-29", "2020-02-29"),
        ("2021-21", "2021-03-01", "2021-05-31"),
        ("2021-24", "2021-12-01", "2022-02-28"),
        ("202X", "2020-01-01", "2029-12-31"),
        ("19XX", "1900-01-01", "1999-12-31"),
        ("2012-01/..", "2012-01-01", None),
        ("../2022", None, "2022-12-31"),
        ("2012-05/2012-07", "2012-05-01", "2012-07-31"),
        ("XXXX-12-10", None, None),
    ],
)
def test_bounds_of_a_value(value: str, earliest: str | None, latest: str | None) -> None:
    assert cal.bounds(value) == (earliest, latest)


@pytest.mark.parametrize(
    "value", ["", "..", "2019-13", "2019-02-30", "0000", "XXXX", "20X9", "2019-3", "2019/x"]
)
def test_what_is_not_edtf_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"date|interval"):
        cal.bounds(value)


@pytest.mark.parametrize(
    ("point", "count", "unit", "moved"),
    [
        ((2020, 2, 28), 2, "day", (2020, 3, 1)),
        ((2020, 1, 31), 1, "month", (2020, 2)),
        ((2020, 1), -1, "month", (2019, 12)),
        ((None, 12, 6), 1, "day", (None, 12, 7)),
        ((2019,), -20, "year", (1999,)),
        ((1995,), 1, "decade", (2000, None, None, 10)),
        ((2019,), 3, "day", None),
        ((9999, 12, 31), 1, "day", None),
    ],
)
def test_shifting(point: tuple, count: int, unit: str, moved: tuple | None) -> None:
    assert cal.shift(cal.Point(*point), count, unit) == (moved and cal.Point(*moved))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (cal.easter(2016), date(2016, 3, 27)),
        (cal.easter(2000), date(2000, 4, 23)),
        (cal.nth_weekday(2016, 11, 3, 4), date(2016, 11, 24)),
        (cal.nth_weekday(2021, 5, 0, -1), date(2021, 5, 31)),
        (cal.islamic_in(2024, 9, 1), date(2024, 3, 11)),
    ],
)
def test_movable_days(found: date, expected: date) -> None:
    assert found == expected


# -- the component and the command ---------------------------------------------------------------------------
def test_component_needs_no_other_component() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("extractor_dates")
    doc = nlp("The pact was signed in late March 2022. It lapsed a year later.")
    spans = [(s.text, s.label_, s.id_, s.kb_id_) for s in doc.spans["dates"]]
    assert spans == [
        ("late March 2022", "DATE", "date/month-year+part/adjective", "2022-03-21/2022-03-31"),
        ("a year later", "DATE", "offset/later", "2023"),
    ]
    assert [t.edtf for t in doc._.timexes] == [s[3] for s in spans]


def test_component_reads_the_day_of_writing_from_the_doc() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("extractor_dates", config={"domain": "news"})
    doc = nlp.make_doc("He was shot yesterday.")
    doc._.published = "2024-03-01"
    assert [t.edtf for t in nlp(doc)._.timexes] == ["2024-02-29"]


def test_component_shows_which_domain_it_took() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("extractor_dates")
    assert nlp("He was shot on Monday, police said yesterday.")._.domain == "news"
    told = (
        "In 1991 the union broke up. In 1993 war came. The front fell in May 1994 and peace was made in 1995."
    )
    assert nlp(told)._.domain == document_domain(told) == "narrative"


def test_records_carry_every_field() -> None:
    record = dates_records("On May 3, 1994, the front broke. The next day the city fell.", None, "narrative")[
        1
    ]
    assert record == {
        "text": "The next day", "start": 33, "end": 45, "type": "DATE", "timex": "1994-05-04",
        "edtf": "1994-05-04", "earliest": "1994-05-04", "latest": "1994-05-04", "granularity": "day",
        "anchor": {"text": "May 3, 1994", "start": 3, "end": 14}, "rule": "unit/relative", "unresolved": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "options", [{"reference_date": "last week"}, {"reference_date": "2024-05"}, {"domain": "prose"}]
)
def test_wrong_options_are_refused_with_a_remedy(options: dict[str, str]) -> None:
    with pytest.raises(ExtractorError) as caught:
        find_timexes("It happened in 2019.", **options)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ('[[rule]]\nid = "x"\nform = "calendar"\npattern = "m=MUNTH"\n', "MUNTH"),
        ('[[rule]]\nid = "x"\nform = "calendar"\npattern = "( m=MONTH"\n', "'x'"),
        ('[[rule]]\nid = "x"\nform = "calendar"\npattern = "m=MONTH?"\n', "'x'"),
        ('[[rule]]\nid = "x"\nform = "kalendar"\npattern = "m=MONTH"\n', "'x'"),
        ('[[rule]]\nid = "x"\nform = "calendar"\npattern = "{NOPE}"\n', "NOPE"),
    ],
)
def test_broken_rule_is_refused_by_name(tmp_path: Path, rule: str, named: str) -> None:
    (tmp_path / "dates").mkdir()
    terms = (default_folder() / "dates" / "terms.toml").read_text(encoding="utf-8")
    (tmp_path / "dates" / "terms.toml").write_text(terms, encoding="utf-8")
    (tmp_path / "dates" / "rules.toml").write_text(rule, encoding="utf-8")
    with pytest.raises(PatternError, match=r"rules\.toml") as caught:
        find_timexes("In May.", patterns=tmp_path)
    assert named in str(caught.value)


# -- any text ------------------------------------------------------------------------------------------------
_TEXT = """
on in the of a March May 3 31 2012 1999 9999 0001 12 days weeks later earlier ago last next that
same year month century first early mid late - – / , . ( ) “ ” since until between and from to
Monday yesterday tomorrow summer winter BC 's two several hundred Ramadan Easter 2019-03-12
31/12/9999 1/1/0001 10:30 p.m. noon quarter half decade 1990s '90s 21st now after before three
thousand years into beginning end New Year Christmas every 480 third twenty second 9999-12-31
weekend fortnight minutes hours c. ca. around ~ 0 99999 ‘ Q3 H1 1/2
"""
_WORDS = st.sampled_from([*_TEXT.split(), "\n\n"])


def _holds(text: str, published: str | None, domain: str) -> None:
    end = 0
    for timex in find_timexes(text, published, domain):
        assert text[timex.start : timex.end] == timex.text
        assert end <= timex.start < timex.end
        end = timex.end
        if timex.edtf is None:
            assert timex.unresolved or timex.type in ("DURATION", "SET")
            assert timex.earliest is None and timex.latest is None
            continue
        assert cal.bounds(timex.edtf) == (timex.earliest, timex.latest)
        for part in timex.edtf.split("/"):
            if part != "..":
                point, mark = cal.read(part)
                assert cal.write(point, mark) == part
        for day in (timex.earliest, timex.latest):
            assert day is None or date.fromisoformat(day)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=30), st.sampled_from([None, "2024-02-29", "0001-01-01", "9999-12-31"]),
       st.sampled_from(["auto", "news", "narrative"]))  # fmt: skip
def test_any_run_of_date_words_holds_together(words: list[str], published: str | None, domain: str) -> None:
    _holds(" ".join(words), published, domain)


@pytest.mark.parametrize(
    "text",
    [
        "May 3 " * 2000,
        "since 2012 " * 1000,
        "a.b" * 20000,
        "9" * 5000 + " days ago",
        "1" * 400 + ".5 years later",
        "3/4/2012 " * 1000,
        "the " * 5000,
        "(" * 3000 + "in 2012",
    ],
    ids=["days", "since", "dots", "digits", "decimals", "numeric", "the", "brackets"],
)
def test_endless_repetition_holds_together(text: str) -> None:
    _holds(text, "2024-02-29", "auto")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_holds_together(text: str) -> None:
    _holds(text, "2024-02-29", "auto")


@settings(max_examples=200, deadline=None)
@given(st.dates(), st.sampled_from(["%B {d}, %Y", "{d} %B %Y", "%Y-%m-%d", "%b. {d}, %Y"]))
def test_every_day_of_the_calendar_written_out_is_read_back(day: date, form: str) -> None:
    written = day.strftime(form.replace("%Y", f"{day.year:04d}")).replace("{d}", str(day.day))
    found = [t.edtf for t in find_timexes(f"It happened on {written} at last.")]
    if 1000 <= day.year <= 2199 or form == "%Y-%m-%d":
        assert day.isoformat() in found
    _holds(f"It happened on {written} at last.", None, "auto")
