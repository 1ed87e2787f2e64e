"""Time expressions: found by the grammar of `patterns/dates/`, resolved against the text by `anchors`.

Works on raw text alone; as a spaCy component (`extractor_dates`) it needs no other component and no parse.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractor.anchors import Domain
from extractor.calendar import read
from extractor.date_grammar import Compiled, Grammar, Mention, Tokens
from extractor.date_resolver import Resolver
from extractor.errors import ExtractorError
from extractor.patterns import default_folder
from extractor.schema import Block, Timex, register_extensions

_FUTURE = re.compile(
    r"\b(?:will|shall|would|going to|due|plans? to|planned|scheduled|slated|expected|upcoming|set (?:to|for)"
    r"|to be|intends?|aims? to|hopes? to|deadline|ahead of)\b",
    re.I,
)
# "must leave by Friday", "the curfew runs until Sunday"
_DUE = re.compile(
    r"\b(?:must|should|ought to|ha(?:s|ve) to|needs? to|can|calls? (?:on|for)|called (?:on|for)|demand(?:s|ed)?"
    r"|ultimatum|urge[sd]?|gave|given)\b[^.;]*\b(?:by|until|till|before)\s+(?:the\s+)?(?:\w+\s+(?:of\s+)?)?$"
    r"|\b(?:announce[sd]?|order(?:s|ed)|declare[sd]?|impose[sd]?)\b[^.;]*\b(?:from|starting|beginning)\s+(?:on\s+)?$",
    re.I,
)
_HOLDS = re.compile(
    r"\b(?:is|are|runs?|lasts?|holds?|remains?|stays?|expires?|continues?|ha(?:s|ve)|ga?ve|given|giving|allow(?:s|ed)"
    r"|extend(?:s|ed|ing)|postponed|adjourned|delayed|suspended|remanded|closed|put off)\b[^.;]*$"
)
_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9])|\n[^\S\n]*\n\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Gen|Col|Lt|Maj|Sgt|Capt|Gov|Sen|Rep|Rev|St|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    r"|No|vs|Prof|Brig|Adm)|\b[A-Z]|\b[a-z]\.[a-z])\.\s*$"
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_SAYING = ("said", "says", "heard", "told", "reported", "announced", "claimed", "added", "stated", "confirmed",
           "found")  # fmt: skip
_RELATIVE_CLAUSE = re.compile(
    r"\b(?:which|who|whose|where|when|" + "".join(f"(?<!{verb} )" for verb in _SAYING) + r"that)\b[^,;:—]*$"
)
_PAST_PERFECT = re.compile(r"\bhad\s+(?!to\b)[^.,;:]{1,60}$")
_OPENING_CLAUSE = re.compile(
    r"^\W*(?:(?:on|in|by|at|early|late|during|from|and|but|then|later|the|around|about)\W+){0,3}$", re.I
)
_LABEL_NOUNS = (
    "coup|attacks?|elections?|raids?|war|bombings?|massacre|offensives?|report|agreement|accords?|law|act|constitution"
    "|revolution|crisis|rebellion|uprising|treaty|invasion|census|resolution|protocol|conference|summit|season|budget"
    "|plan"
)
# "in 2004 during the war" is no label of the war
_NO_LABEL = r"(?! (?:during|in|at|of|to|from|by|as|and|with|after|before|for|on|when|while) )"
_LABELLED = re.compile(rf"{_NO_LABEL}[ ,]{{1,2}}(?:[A-Za-z][A-Za-z-]* ){{0,3}}?(?:{_LABEL_NOUNS})\b", re.I)
_TO = re.compile(r"\s*(?:[-–−‑—]|,?\s+(?:up\s+)?(?:into|to|through|thru|until|till)\s+(?:the\s+)?)\s*", re.I)
# "from 1999 until his death in 2007"
_UNTIL_EVENT = re.compile(
    r",?\s+(?:until|till|to)\s+(?:his|her|its|their|the)\s+(?:[a-z]+\s+){1,3}(?:in|on)\s+", re.I
)
_AND = re.compile(r",?\s+and\s+(?:the\s+)?", re.I)
_FROM = re.compile(r"\b(?:from|since)\s+(?:the\s+)?$", re.I)
_BETWEEN = re.compile(r"\bbetween\s+(?:the\s+)?$", re.I)
_SINCE_START = re.compile(
    r"\bsince\s+the\s+(?:very\s+)?(?:start|beginning|outbreak|onset|outset)\s+of\s+(?:[\w’'-]+\s+){1,7}(?:in|on)\s+$",
    re.I,
)
_ONWARD = re.compile(r"\s+(?:onwards?\b|on(?=[,.;:)]|\s+(?:it|he|she|they|we|all|no|there|the)\b))")
_BEFORE_AFTER = re.compile(r"\b(before|after)\s+(?:the\s+)?$", re.I)
_CLOCK_GAP = re.compile(r"\s*,?\s*(?:[A-Z]\w+ time\s+)?(?:on\s+)?")
_ENDS_CLAUSE = re.compile(r"\s*(?:[,.;:)!?\n—–]|$|and\b|or\b|the\b|when\b)")
# "a 1990-seat hall", "1980 Main Street"
_COUNTED = re.compile(
    r"-(?:seat|bed|page|man|strong|member|foot|mile|meter|metre|ton|room|person|word|km)\b"
    r"|\s+(?:[A-Z][\w.]*\s+){1,2}(?:Street|Avenue|Road|Boulevard|Lane|Drive)\b"
)
_CAME = {"came", "comes", "come", "coming"}


@lru_cache(maxsize=4)
def grammar(folder: Path) -> Grammar:
    """The compiled rules of a pattern folder."""
    return Grammar(folder)


def recognise(text: str, rules: Grammar) -> list[Mention]:
    """Every time expression of a text, in order and without overlap, not yet resolved."""
    tokens = rules.tokenize(text)
    found: list[tuple[int, int, int, Compiled, re.Match[str]]] = []
    for order, compiled in enumerate(rules.base):
        for match in compiled.regex.finditer(tokens.codes):
            found.append((match.start(), -match.end(), order, compiled, match))
    found.sort(key=lambda item: item[:3])
    begins = {first for first, _, _, compiled, _ in found if compiled.rule.id != "duration/of"}
    dates = {first for first, _, _, compiled, _ in found if compiled.rule.form in ("calendar", "named")}
    mentions: list[Mention] = []
    reached = 0
    for first, minus_last, _, compiled, match in found:
        if first < reached:
            continue
        rule = compiled.rule
        if rule.form == "nth-day" and -minus_last in begins:
            continue
        if rule.id in ("offset/event", "offset/day-after") and _date_follows(tokens, -minus_last, dates):
            continue
        if rule.form in ("span", "duration"):
            end = -minus_last - (rule.id == "duration/of")
            if _is_edge(tokens, first, end, begins, dates):
                continue
        if rule.id in ("daytime/at", "daytime/weak") and _day_follows(tokens, -minus_last, begins):
            continue
        if rule.id in ("weekday/alone", "deictic/overnight") and _leads(tokens, -minus_last, begins, dates):
            continue
        if rule.form == "name":
            reached = -minus_last
            continue
        check = rule.check or ("named" if rule.form == "named" else None)
        if check and not _passes(check, tokens, first, -minus_last, rules):
            continue
        fields = rules.fields(compiled, match, tokens)
        last = -minus_last
        mention = Mention(first, last, rule.id, rule.form, fields, rule.weak)
        if not rule.weak:
            _widen(mention, tokens, rules, reached)
            mentions.append(mention)
            reached = mention.last
        elif _widen(mention, tokens, rules, reached):
            mentions.append(mention)
            reached = mention.last
    for mention in mentions:
        mention.start, mention.end = tokens.starts[mention.first], tokens.ends[mention.last - 1]
    return mentions


def _date_follows(tokens: Tokens, last: int, dates: set[int]) -> bool:
    """Whether a date begins at this token, or after a "the" there."""
    return last in dates or (last + 1 in dates and tokens.word(last).lower() == "the")


def _day_follows(tokens: Tokens, last: int, begins: set[int]) -> bool:
    """Whether a time of day is that of an expression behind it: "dawn on Friday", "noon Wednesday"."""
    if last in begins:
        return tokens.word(last)[0].isupper()
    return tokens.word(last).lower() in ("on", "of") and bool({last + 1, last + 2} & begins)


def _leads(tokens: Tokens, last: int, begins: set[int], dates: set[int]) -> bool:
    """Whether it only says where beside a date behind it: "the Friday before May 3", "overnight into Monday"."""
    word = tokens.word(last).lower()
    if word in ("before", "after", "following"):
        return _date_follows(tokens, last + 1, dates)
    return word in ("into", "to") and tokens.word(last - 1).lower() == "overnight" and last + 1 in begins


def _is_edge(tokens: Tokens, first: int, last: int, begins: set[int], dates: set[int]) -> bool:
    """Whether it is a part of what follows, not a stretch of its own: "the first two months" of 2012."""
    if tokens.word(last).lower() in ("after", "before", "following", "from"):
        return _date_follows(tokens, last + 1, dates)
    if tokens.word(last).lower() not in ("of", "in") or last + 1 >= len(tokens.starts):
        return False
    lead = {tokens.word(i).lower() for i in range(max(0, first - 2), min(first + 2, last))}
    if not lead & {"first", "last", "final", "opening", "closing"}:
        return False
    return last + 1 in begins or (tokens.word(last + 1).lower() == "the" and last + 2 in begins)


def _widen(mention: Mention, tokens: Tokens, rules: Grammar, reached: int) -> bool:
    """Take in what stands before and after a mention; True where something did."""
    widened = False
    for compiled in rules.after:
        match = compiled.regex.match(tokens.codes, mention.last)
        if match and _accepts(mention, compiled):
            if compiled.rule.form == "so-far":
                mention.modifiers.add("so-far")
            mention.fields.update(rules.fields(compiled, match, tokens))
            mention.last = match.end()
            widened = True
            break
    for _ in range(4):
        for compiled in rules.before:
            match = compiled.regex.search(tokens.codes, max(reached, mention.first - 10), mention.first)
            if match and match.end() > match.start() and _accepts(mention, compiled):
                break
        else:
            return widened
        fields = rules.fields(compiled, match, tokens)
        if compiled.rule.form in ("since", "until", "approximate", "so-far"):
            mention.modifiers.add(compiled.rule.form)
        elif compiled.rule.form in _HOLDS_ANOTHER:
            mention.parts = (_copy(mention), _copy(mention))
            mention.form, mention.rule, mention.fields = compiled.rule.form, compiled.rule.id, fields
        else:
            mention.fields.update(fields)
            if compiled.rule.form not in ("approximate", "daytime", "clock"):
                mention.rule += "+" + compiled.rule.id
        mention.first = match.start()
        widened = True
    return widened


def _copy(mention: Mention) -> Mention:
    return Mention(
        mention.first, mention.last, mention.rule, mention.form, dict(mention.fields), mention.weak, None,
        set(mention.modifiers), mention.parts,
    )  # fmt: skip


_HOLDS_ANOTHER = (
    "shift", "first-units", "week-of", "nth-week", "anniversary", "eve", "overnight-into", "weekday-beside",
)  # fmt: skip
_TAKES_PART = ("calendar", "unit", "month-range", "year-range", "named")


def _accepts(mention: Mention, compiled: Compiled) -> bool:
    """Whether a widening rule makes sense on this mention."""
    form, fields = compiled.rule.form, mention.fields
    if form in ("part", "half", "quarter"):
        if mention.form not in _TAKES_PART or fields.keys() & {"part", "half", "h", "q"}:
            return False
        return not (form == "quarter" and (fields.get("m") or fields.get("d")))
    if form == "first-units":
        return mention.form in _TAKES_PART and not fields.get("d")
    if form == "so-far":
        return mention.form == "calendar" or (mention.form == "unit" and fields.get("rel") == "this")
    if form in ("eve", "overnight-into", "weekday-beside"):
        return mention.form in ("calendar", "named", "weekday") and "approximate" not in mention.modifiers
    if form == "nth-week":
        month = fields.get("m") or fields.get("u") == "month"
        return mention.form in ("calendar", "unit") and not fields.get("d") and bool(month)
    if form == "week-of":
        return mention.form in ("calendar", "day-range", "weekday", "named") and bool(
            fields.get("d") or "wd" in fields or mention.form == "named"
        )
    if form == "anniversary":
        return mention.form == "calendar" and "y" in fields
    if form == "shift":
        return mention.form in ("calendar", "named", "unit", "deictic", "weekday")
    if form in ("daytime", "clock"):
        has_day = (
            fields.get("d") or fields.get("iso") or fields.get("numeric")
            or mention.form in ("deictic", "weekday", "named") or fields.get("u") == "day"
        )  # fmt: skip
        bare = form == "clock" or compiled.rule.id == "daytime/early"
        return bool(has_day) and "clock" not in fields and ("tod" not in fields or bare)
    if form in ("since", "until"):
        return (
            mention.form not in ("duration", "set", "reference", "span") and "since" not in mention.modifiers
        )
    return mention.form in ("calendar", "time", "unit", "named") and "approximate" not in mention.modifiers


def _is_year(tokens: Tokens, first: int, last: int, rules: Grammar) -> bool:
    """Whether a four-figure number is a year: no label or sign before it, no counted noun after it, and
    where it might be an amount (a round number, or outside 1700-2100) a preposition of time before it."""
    codes = tokens.codes
    before = codes[first - 1] if first else " "
    after = codes[last] if last < len(codes) else " "
    word = tokens.word(first)
    year = int(word)
    if rules.is_a(before, "LABEL") or rules.is_a(after, "MEASURE"):
        return False
    touching = bool(first) and tokens.ends[first - 1] == tokens.starts[first]
    if touching and (tokens.text[tokens.starts[first] - 1] in "-/.,:_" or rules.is_a(before, "NUMERIC")):
        return _is_compound(tokens, first)
    text_after = tokens.text[tokens.ends[last - 1] : tokens.ends[last - 1] + 2]
    if _COUNTED.match(tokens.text, tokens.ends[last - 1]):
        return False
    if re.match(r"[/:_-]\d|[.,]\d|[A-Za-z_]|%", text_after):
        return False
    if rules.is_a(before, "NUMERIC"):
        return False
    timely = rules.is_a(before, "TIMEPREP")
    if last - first == 1 and rules.is_a(before, "AMOUNTCUE") and rules.is_a(after, "LOWER"):
        if (
            rules.is_a(after, "PLURAL")
            and not rules.is_a(after, "FUNCTION")
            and (year % 50 == 0 or not timely)
        ):
            return False
        if rules.is_a(before, "THANCUE"):
            return False
    if last - first > 1 and 1000 <= year <= 2100:
        return True
    plain = not rules.is_a(after, "LOWER") or rules.is_a(after, "FUNCTION") or rules.is_a(after, "STOP")
    if 1800 <= year <= 2100:
        return not (year % 100 == 0 and rules.is_a(after, "PLURAL") and not timely)
    if rules.is_a(before, "SUREPREP") or (rules.is_a(before, "the") and year >= 1400):
        return year >= 1400 or not rules.is_a(after, "PLURAL")
    return rules.is_a(before, "MAYBEPREP") and plain


def _passes(check: str, tokens: Tokens, first: int, last: int, rules: Grammar) -> bool:
    """The checks a rule can ask for by name."""
    after = tokens.codes[last]
    if check == "year":
        return _is_year(tokens, first, last, rules)
    if check == "ancient":  # "in 480", in a text that writes BC
        return not rules.is_a(after, "PLURAL") and any(rules.is_a(code, "ERA") for code in set(tokens.codes))
    if check == "named":
        return not rules.is_a(after, "CAPWORD") and not (
            first and rules.is_a(tokens.codes[first - 1], "NOTANAMEDDAY")
        )
    if check == "decade":  # "in their 70s" is an age
        word = tokens.word(last - 1)
        return len(word) > 3 or rules.is_a(tokens.codes[first], "the") or not word[0].isdigit()
    if check == "slash":  # one figure can only be the day; "of 7/20" is a share
        figures = [tokens.word(i) for i in (first, last - 1)]
        padded = all(len(f) == 2 for f in figures) and any(f.startswith("0") for f in figures)
        of = tokens.word(first - 1).lower() in ("of", "by", "from")
        return (int(figures[0]) > 12) != (int(figures[1]) > 12) and (padded or not of)
    if check == "event":  # "more than a year after the war" says only how long at least
        lead = [tokens.word(i).lower() for i in range(max(0, first - 4), first)]
        return not (first and rules.is_a(tokens.codes[first - 1], "THANCUE")) or bool(_CAME & set(lead))
    if tokens.word(first).lower() in ("a", "an") and rules.is_a(tokens.codes[first + 1], "PLURALUNIT"):
        return False  # "a years-long"
    return tokens.word(last - 1).lower() != "second" or tokens.word(first).lower() == "one"


def _is_compound(tokens: Tokens, first: int) -> bool:
    """`mid-2019`, `post-2001` and `2012-2014` join a year with a hyphen; `555-2019` does not."""
    if first < 2 or tokens.word(first - 1) not in "-–‐‑−":
        return False
    return tokens.word(first - 2).lower() in ("mid", "early", "late", "post", "pre", "since", "then")


def _join(text: str, mentions: list[Mention]) -> list[Mention]:
    """Mentions that are the two ends of one stretch, made one."""
    joined: list[Mention] = []
    for mention in mentions:
        if mention.form in ("day-range", "month-range", "year-range") and not mention.modifiers:
            lead = text[max(0, mention.start - 14) : mention.start]
            if opening := _FROM.search(lead) or _BETWEEN.search(lead):
                mention.start -= len(lead) - opening.start()
        dated = mention.form in ("calendar", "weekday", "deictic", "named") and "clock" not in mention.fields
        clock = joined[-1] if joined and _is_clock(joined[-1]) else None
        if dated and clock and _CLOCK_GAP.fullmatch(text, clock.end, mention.start):
            mention.fields.update({k: v for k, v in clock.fields.items() if k in ("clock", "ampm")})
            mention.first, mention.start = clock.first, clock.start
            joined[-1] = mention
            continue
        if joined and _can_end(joined[-1], mention):
            opener = joined[-1]
            gap = text[opener.end : mention.start]
            lead = text[max(0, opener.start - 14) : opener.start]
            start = opener.start
            opened = _FROM.search(lead) or ("since" in opener.modifiers)
            between = _BETWEEN.search(lead)
            dash = len(gap.strip()) == 1 and gap.strip() in "-–−‑—"
            until = "until" in mention.modifiers and not gap.strip()
            if (
                (between and _AND.fullmatch(gap))
                or (opened and (_TO.fullmatch(gap) or until or _UNTIL_EVENT.fullmatch(gap)))
                or (dash and _same_kind(opener, mention))
                or ((_TO.fullmatch(gap) or until) and _same_kind(opener, mention))
            ):
                if opened and "since" not in opener.modifiers:
                    start = (
                        opener.start - (len(lead) - opened.start()) if not isinstance(opened, bool) else start
                    )
                elif between:
                    start = opener.start - (len(lead) - between.start())
                opener.modifiers.discard("since")
                mention.modifiers.discard("until")
                whole = Mention(
                    opener.first, mention.last, "range/two-dates", "range", {}, parts=(opener, mention)
                )
                whole.start, whole.end = start, mention.end
                joined[-1] = whole
                continue
        joined.append(mention)
    return joined


def _is_clock(mention: Mention) -> bool:
    return mention.form == "time" and "clock" in mention.fields


_ENDS = ("calendar", "unit", "named", "deictic", "weekday", "then", "shift", "time", "reference")


def _can_end(opener: Mention, closer: Mention) -> bool:
    if opener.form not in _ENDS[:-1] or closer.form not in _ENDS:
        return False
    if closer.form == "reference" and closer.fields.get("value") != "PRESENT_REF":
        return False
    return (opener.form == "time") == (closer.form == "time")


def _same_kind(opener: Mention, closer: Mention) -> bool:
    keys = ("y", "m", "d", "se", "u", "wd", "clock", "decade")
    shape = {k for k in keys if k in opener.fields} - {"y", "wd"}
    return shape == {k for k in keys if k in closer.fields} - {"y", "wd"} and opener.form == closer.form


def _open_ends(text: str, mentions: list[Mention]) -> None:
    """Make "before X" and "after X", where X closes its clause, intervals open at one end."""
    for mention in mentions:
        onward = _ONWARD.match(text, mention.end)
        lead = _FROM.search(text, max(0, mention.start - 14), mention.start) if onward else None
        if lead and onward and not mention.modifiers and mention.form in (*_ENDS[:-1], "then"):
            mention.modifiers.add("since")
            mention.start, mention.end = lead.start(), onward.end()
            continue
        if (
            mention.form not in ("calendar", "named")
            or mention.modifiers
            or mention.fields.keys() & {"tod", "clock"}
        ):
            continue
        if _SINCE_START.search(text, max(0, mention.start - 120), mention.start):
            mention.modifiers.add("since")
            continue
        lead = _BEFORE_AFTER.search(text, max(0, mention.start - 12), mention.start)
        if lead and _ENDS_CLAUSE.match(text, mention.end):
            mention.modifiers.add(lead[1].lower())
            mention.start = lead.start()


def _situate(text: str, mentions: list[Mention], paragraphs: list[int]) -> None:
    """Say of each mention in which sentence and paragraph it stands and whether it is told as an aside."""
    sentences = [0]
    for match in _SENTENCE_END.finditer(text):
        if "\n" in match.group() or not _ABBREVIATION.search(
            text, max(0, match.start() - 6), match.start() + 1
        ):
            sentences.append(match.end())
    for mention in mentions:
        number = bisect_right(sentences, mention.start) - 1
        mention.sentence = number
        mention.paragraph = bisect_right(paragraphs, mention.start) - 1
        start = max(sentences[number], mention.start - 400)
        lead = text[start : mention.start]
        stop = sentences[number + 1] if number + 1 < len(sentences) else len(text)
        mention.future = bool(_FUTURE.search(text, mention.start - len(lead), min(stop, mention.end + 200)))
        if not mention.future and _DUE.search(text, mention.start - len(lead), mention.start):
            mention.future = True
        elif not mention.future and "until" in mention.modifiers:
            mention.future = _HOLDS.search(lead) is not None
        inside = (
            lead.count("(") > lead.count(")") or lead.count("“") > lead.count("”") or lead.count('"') % 2 == 1
        )
        mention.opening = _OPENING_CLAUSE.match(lead) is not None
        mention.before = _PAST_PERFECT.search(lead) is not None
        relative = not mention.opening and _RELATIVE_CLAUSE.search(lead) is not None
        labelled = not mention.opening and _LABELLED.match(text, mention.end) is not None
        mention.side, mention.aside = inside, inside or relative or labelled


def find_timexes(
    text: str,
    reference_date: str | None = None,
    domain: str | None = None,
    blocks: Iterable[Block] | None = None,
    patterns: Path | None = None,
) -> list[Timex]:
    """Every time expression of a text, resolved where the text allows it.

    Args:
        text: the document.
        reference_date: ISO day the text was written (its publication date), or None.
        domain: news, narrative, or auto (None): decided by evidence, see `anchors.classify`.
        blocks: the document's layout; without it paragraphs end at blank lines.
        patterns: pattern folder; the one that ships with the package by default.

    Returns:
        Timexes in text order, without overlap; `text[t.start:t.end] == t.text`.

    Raises:
        ExtractorError: reference_date is not an ISO day, or domain is unknown.
    """
    return _analyse(text, reference_date, domain, blocks, patterns)[0]


def document_domain(
    text: str, reference_date: str | None = None, blocks: Iterable[Block] | None = None
) -> Domain:
    """What `find_timexes` takes a text for where the domain is auto: news or narrative.

    Args and errors are those of `find_timexes`.
    """
    return _analyse(text, reference_date, None, blocks, None)[1]


def _analyse(
    text: str,
    reference_date: str | None,
    domain: str | None,
    blocks: Iterable[Block] | None,
    patterns: Path | None,
) -> tuple[list[Timex], Domain]:
    kind = _domain(domain)
    if reference_date is not None:
        _check_day(reference_date)
    rules = grammar(patterns or default_folder())
    mentions = _join(text, recognise(text, rules))
    _open_ends(text, mentions)
    layout = list(blocks or ())
    if layout:
        paragraphs = sorted({0, *(b.start for b in layout if b.kind not in ("citation", "dateline"))})
        furniture = [(b.start, b.end) for b in layout if b.kind == "furniture"]
    else:
        paragraphs = [0, *(match.end() for match in _BLANK_LINE.finditer(text))]
        furniture = []
    _situate(text, mentions, paragraphs)
    headings = [(b.start, b.end) for b in layout if b.kind in ("heading", "dateline")]
    for mention in mentions:
        if any(a <= mention.start < b for a, b in furniture):
            mention.side = mention.aside = True
    resolver = Resolver(text, mentions, reference_date, kind, headings)
    return resolver.resolve(), resolver.domain


def dates_records(
    text: str, reference_date: str | None = None, domain: str | None = None
) -> list[dict[str, Any]]:
    """What `extractor dates` prints: one dict an expression, keys as in `schema.Timex`, `anchor` as a span.

    Args and errors are those of `find_timexes`.
    """
    records = []
    for timex in find_timexes(text, reference_date, domain):
        anchor = timex.anchor and {
            "text": text[timex.anchor[0] : timex.anchor[1]], "start": timex.anchor[0], "end": timex.anchor[1],
        }  # fmt: skip
        records.append(
            {
                "text": timex.text, "start": timex.start, "end": timex.end, "type": timex.type,
                "timex": timex.timex, "edtf": timex.edtf, "earliest": timex.earliest, "latest": timex.latest,
                "granularity": timex.granularity, "anchor": anchor, "rule": timex.rule,
                "unresolved": timex.unresolved,
            }
        )  # fmt: skip
    return records


def _domain(name: str | None) -> Domain | None:
    if name in (None, "auto"):
        return None
    if name == "news":
        return "news"
    if name == "narrative":
        return "narrative"
    raise ExtractorError(f"Unknown domain {name!r}.", "Choose news, narrative or auto.")


def _check_day(day: str) -> None:
    try:
        point, _ = read(day)
    except ValueError:
        point = None
    if point is None or point.year is None or not point.day:
        raise ExtractorError(f"The reference date {day!r} is not an ISO day.", "Write it as in 2024-05-31.")


class DatesComponent:
    """The `extractor_dates` component: fills `doc._.timexes` and `doc.spans["dates"]` (label_ is the TIMEX3
    type, id_ the rule, kb_id_ the EDTF value or ''), and sets `doc._.domain` to the domain taken where it was
    none or auto."""

    def __init__(
        self, patterns: Path | None = None, domain: Literal["auto", "news", "narrative"] = "auto"
    ) -> None:
        self.patterns = patterns or default_folder()
        self.domain = domain
        grammar(self.patterns)

    def __call__(self, doc: Doc) -> Doc:
        timexes, doc._.domain = _analyse(
            doc.text, doc._.published, doc._.domain or self.domain, doc._.blocks, self.patterns
        )
        spans: list[Span] = []
        for timex in timexes:
            span = doc.char_span(
                timex.start, timex.end, label=timex.type, kb_id=timex.edtf or "", alignment_mode="expand"
            )
            if span is not None:
                span.id_ = timex.rule
                spans.append(span)
        doc._.timexes = timexes
        doc.spans["dates"] = spans
        return doc


@Language.factory("extractor_dates", default_config={"patterns": None, "domain": "auto"})
def create_dates(nlp: Language, name: str, patterns: str | None, domain: str) -> DatesComponent:
    """Component factory. `patterns`: a pattern folder or None; `domain`: auto, news or narrative."""
    register_extensions()
    kind: Literal["auto", "news", "narrative"] = _domain(domain) or "auto"
    return DatesComponent(Path(patterns) if patterns else None, kind)
