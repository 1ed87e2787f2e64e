"""The grammar of time expressions: words of a text to codes, rules of `patterns/dates/` to regular
expressions.

A text is cut into tokens; every token is given one character that stands for the set of terms it belongs to,
and rules are ordinary regular expressions over that string of characters. A rule thus costs one pass over a
string a sixth as long as the text, and the rules stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from extractor.errors import PatternError
from extractor.patterns import Rule, read_rules

_TOKEN = re.compile(
    r"""
      (?P<skip>(?:https?://|www\.|[\w.+-]{1,64}@)[^\s<>]+
        | [\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.(?:com|org|net|gov|edu|info|html?|pdf)\b\S*
        | (?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mid|MID|Late|Early|Pre|Post))
          [A-Z][A-Za-z]{0,5}[-–]\d[\w-]*
        | (?!(?:[QH][1-4]|[ap]m|FY\d\d(?:\d\d)?|W[0-5]?\d)\b)\b[A-Za-z]+\d\w*
        | (?![0-2]?\dh[0-5]\d\b)\d+[A-Za-z]+\d\w* | \d+(?:[-.]\d+){3,}
        | \+\d[\d -]{6,}\d | \(\d{3}\)\s?\d{3}-\d{4} | \b\d{3}[-.]\d{3}[-.]\d{4}\b | \b\d{3}-\d{4}\b
        | 9/11 | 24/7 | 26/11)
    | (?P<iso>\b\d{4}-[01]\d-[0-3]\d(?:T\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])
        | \b\d{4}/[01]\d/[0-3]\d\b | \b(?:1[89]|20)\d\d-(?:0[1-9]|1[0-2])(?![\w-]))
    | (?P<numdate>(?<![\d/.-])[0-3]?\d(?P<sep>[/.-])[0-3]?\d(?P=sep)(?:[12]\d)?\d\d(?![\w/-]|\.\d))
    | (?P<clock>(?<![\d:.])[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?![\d:])
        |\b[0-2]?\dh[0-5]\d\b|\b[0-2]?\d\.[0-5]\d(?=\s?[ap]\.?m\b))
    | (?P<fiscal>\bFY\d\d(?:\d\d)?\b)
    | (?P<isoweek>\bW(?:0?[1-9]|[1-4]\d|5[0-3])\b)
    | (?P<decade>\b[12]\d\d0['’]?s\b|\b[1-9]\d0s(?=\s+B\.?C)|(?<!\w)['’‘]?[1-9]0['’]?s\b)
    | (?P<ord>\b\d{1,3}(?:st|nd|rd|th)\b)
    | (?P<apyear>(?<!\w)['’`‘]\d\d\b)
    | (?P<ampm>(?<=[\d\s])[ap]\.\s?m\.?(?!\w)|(?<=[\d\s])[ap]m\b|(?<=[\d\s])[AP]\.?M\b\.?)
    | (?P<quarter>\b[QH][1-4]\b)
    | (?P<era>\bB\.?\s?C\.?(?:\s?E\.?)?(?![\w])|\b[Bb]\.c\.(?:e\.)?)
    | (?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+)
    | (?P<abbr>\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun
        |No|Mr|Mrs|Ms|Dr|ca?|pp?)\.|\bMay\.(?=\s+\d))
    | (?P<para>\n[^\S\n]*\n\s*)
    | (?P<word>[^\W\d_]+)
    | (?P<possessive>['’]s\b)
    | (?P<other>\S)
    """,
    re.VERBOSE,
)
_DASHES = "-–‐‑‒−"
_APOSTROPHES = "'’‘`"
_BUILT_IN = (
    "DAY", "YEAR", "Y2", "Y3", "INT", "DEC", "ORD", "ISO", "NUMDATE", "CLOCK", "MILITARY", "DECADE", "APYEAR",
    "AMPM", "ERA", "QUARTERW", "HALFW", "CAPWORD", "LOWER", "PLURAL", "POSSESSIVE", "PARA", "NUMERIC",
    "FISCAL", "ISOWEEK",
)  # fmt: skip


class Term(Rule):
    """Words that rules name in capitals, or a piece of pattern they name in braces."""

    words: dict[str, int | str] = Field(default_factory=dict)
    members: list[str] = Field(default_factory=list)
    capital: list[str] = Field(default_factory=list)
    pattern: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Term:
        if not (self.words or self.members or self.pattern):
            raise ValueError("has neither words, members nor pattern: give one")
        return self


class DateRule(Rule):
    """One way to write a time expression; see the head of rules.toml. `examples` are "expression=EDTF"."""

    form: Literal[
        "calendar", "day-range", "day-list", "month-range", "year-range", "named", "deictic", "weekday",
        "unit", "then", "offset", "nth-day", "span", "duration", "set", "time", "reference", "part", "half",
        "quarter", "first-units", "shift", "daytime", "clock", "approximate", "since", "until",
        "name", "week-of", "nth-week", "nth-weekday", "iso-week", "overnight", "within", "fiscal", "anniversary",
        "so-far", "centuries", "turn", "eve", "overnight-into", "weekday-beside",
    ]  # fmt: skip
    pattern: str
    set: dict[str, str] = Field(default_factory=dict)
    place: Literal["alone", "before", "after"] = "alone"
    weak: bool = False
    check: str | None = None
    examples: list[str] = Field(default_factory=list)
    near_misses: list[str] = Field(default_factory=list)


@dataclass
class Tokens:
    """A text cut into tokens, with one code character for each."""

    text: str
    starts: list[int]
    ends: list[int]
    codes: str

    def word(self, index: int) -> str:
        return self.text[self.starts[index] : self.ends[index]]


@dataclass
class Compiled:
    """A rule ready to run: its expression over codes, and the term each group captures."""

    rule: DateRule
    regex: re.Pattern[str]
    captures: dict[str, str] = field(default_factory=dict)


@dataclass
class Mention:
    """A time expression before it is resolved: tokens [first, last), the rule and what it captured.

    `form` is that of the rule, or "range" for two mentions joined (`parts`). `modifiers` are since, until,
    before, after, approximate. `side`: it stands in quotation marks, brackets or page furniture; `aside`:
    that, or in a relative clause, or as the label of an event ("the 2012 coup"); `opening`: it opens its
    sentence; `before`: its clause is in the past perfect; `future`: the sentence looks ahead.
    """

    first: int
    last: int
    rule: str
    form: str
    fields: dict[str, Any]
    weak: bool = False
    check: str | None = None
    modifiers: set[str] = field(default_factory=set)
    parts: tuple[Mention, Mention] | None = None
    start: int = 0
    end: int = 0
    sentence: int = 0
    paragraph: int = 0
    side: bool = False
    aside: bool = False
    opening: bool = False
    before: bool = False
    future: bool = False


class Grammar:
    """The terms and rules of a pattern folder, ready to run.

    Args:
        folder: the pattern folder, which holds dates/terms.toml and dates/rules.toml.

    Raises:
        PatternError: a file is missing or does not hold together.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "dates" / "rules.toml"
        terms = read_rules([folder / "dates" / "terms.toml"], "term", Term)
        rules = read_rules([self.file], "rule", DateRule)
        self.values: dict[str, dict[str, int | str]] = {t.id: dict(t.words) for t in terms if not t.pattern}
        self._macros = {t.id: t.pattern for t in terms if t.pattern}
        self._members: dict[str, set[str]] = {}
        self._capital: dict[str, set[str]] = {}
        for term in terms:
            if not term.pattern:
                self._members[term.id] = set(term.words) | set(term.members)
                self._capital[term.id] = set(term.capital)
        self._literals: set[str] = set()
        expanded = {rule.id: self._expand(rule, rule.pattern) for rule in rules}
        for text in expanded.values():
            for chunk in text.split():
                for part in _parts(chunk):
                    if (part and not part.isupper()) or part in _DASHES:
                        self._literals.add(part)
        self._terms_of: dict[str, list[str]] = {}
        for name, words in self._members.items():
            for word in words:
                self._terms_of.setdefault(word, []).append(name)
        self._codes: dict[frozenset[str], str] = {}
        self._by_class: dict[str, set[str]] = {}
        self._memo: dict[tuple[str, str], str] = {}
        for sample, kind in self._samples():
            self._code(sample, kind)
        compiled = [self._compile(rule, expanded[rule.id]) for rule in rules]
        self.base = [c for c in compiled if c.rule.place == "alone"]
        self.before = [c for c in compiled if c.rule.place == "before"]
        self.after = [c for c in compiled if c.rule.place == "after"]

    def tokenize(self, text: str) -> Tokens:
        """Cut a text into tokens with codes; offsets are code points."""
        starts, ends, codes = [], [], []
        memo = self._memo
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or ""
            word = match.group()
            code = memo.get((word, kind))
            if code is None:
                code = self._code(word, kind)
                if len(memo) < 200_000:
                    memo[word, kind] = code
            starts.append(match.start())
            ends.append(match.end())
            codes.append(code)
        starts.append(len(text))  # a last paragraph break, so that rules can look ahead at the end
        ends.append(len(text))
        codes.append(self._code("\n\n", "para"))
        return Tokens(text, starts, ends, "".join(codes))

    def _classes(self, word: str, kind: str) -> frozenset[str]:
        if kind in ("number", "skip"):
            return frozenset(_number_classes(word)) if kind == "number" else frozenset()
        if kind in (
            "iso",
            "numdate",
            "clock",
            "decade",
            "apyear",
            "ampm",
            "era",
            "possessive",
            "para",
            "fiscal",
            "isoweek",
        ):
            extra = {"'": "'"} if kind == "possessive" else {}
            return frozenset({kind.upper(), *extra})
        if kind == "sep":  # the last group to close within a numeric date
            return frozenset({"NUMDATE"})
        if kind == "ord":
            return frozenset({"ORD"} if int(word[:-2]) <= 199 else set())
        if kind == "quarter":
            return frozenset({"QUARTERW"} if word[0] == "Q" else {"HALFW"} if word in ("H1", "H2") else set())
        lower = word.lower()
        found: set[str] = set()
        if kind == "other":
            lower = "-" if word in _DASHES else "'" if word in _APOSTROPHES else word
        elif kind == "abbr":
            lower = lower.rstrip(".")
        else:
            found.add("CAPWORD" if word[0].isupper() else "LOWER")
            if word.endswith("s") and len(word) > 3 and word[0].islower():
                found.add("PLURAL")
        for name in self._terms_of.get(lower, ()):
            if lower not in self._capital[name] or word[0].isupper():
                found.add(name)
        if lower in self._literals:
            found.add(lower)
        return frozenset(found)

    def _code(self, word: str, kind: str) -> str:
        classes = self._classes(word, kind)
        code = self._codes.get(classes)
        if code is None:
            code = chr(0xE000 + len(self._codes)) if classes else " "
            self._codes[classes] = code
            for name in classes:
                self._by_class.setdefault(name, set()).add(code)
        return code

    def _samples(self) -> Iterator[tuple[str, str]]:
        """One token of every set of classes that can occur, so that rules can be compiled before any text."""
        for number in range(0, 3001):
            yield str(number), "number"
        for text in ("00", "01", "09", "0800", "0123", "2359", "1,000", "2.5", "99999", "10,000.5", "9" * 13):
            yield text, "number"
        for kind, text in (
            ("iso", "2019-03-12"), ("numdate", "1/2/2019"), ("clock", "10:30"), ("decade", "1990s"),
            ("apyear", "'89"), ("ampm", "p.m."), ("era", "BC"), ("possessive", "'s"), ("para", "\n\n"),
            ("ord", "3rd"), ("ord", "300th"), ("quarter", "Q1"), ("quarter", "H1"), ("quarter", "H3"),
            ("fiscal", "FY2023"), ("isoweek", "W12"),
            ("word", "xyzzy"), ("word", "xyzzys"), ("word", "Xyzzy"), ("skip", "x"), ("other", "~"),
            ("abbr", "xy."),
        ):  # fmt: skip
            yield text, kind
        for word in sorted(set(self._terms_of) | self._literals):
            kind = "word" if word.isalpha() else "other"
            for form in (word, word.capitalize(), word.upper()):
                yield form, kind
                if kind == "word":
                    yield form + ".", "abbr"
        yield "-", "other"
        yield "'", "other"

    def _expand(self, rule: DateRule, pattern: str) -> str:
        for _ in range(5):
            if "{" not in pattern:
                return pattern
            pattern = re.sub(r"\{(\w+)(?:/(\w))?\}", lambda m: self._macro(rule, m[1], m[2] or ""), pattern)
        raise self._wrong(rule, "terms name each other in a circle", "Break the circle in terms.toml.")

    def _macro(self, rule: DateRule, name: str, suffix: str) -> str:
        text = self._macros.get(name)
        if text is None:
            raise self._wrong(rule, f"unknown term {{{name}}}", "Define it with a pattern in terms.toml.")
        return re.sub(r"(?<!\S)(\w+)=", rf"\g<1>{suffix}=", text) if suffix else text

    def _wrong(self, rule: DateRule, problem: str, remedy: str) -> PatternError:
        return PatternError(f"{self.file}: rule '{rule.id}': {problem}.", remedy)

    def _compile(self, rule: DateRule, pattern: str) -> Compiled:
        out: list[str] = []
        captures: dict[str, str] = {}
        seen: dict[str, int] = {}
        for chunk in pattern.split():
            if chunk in ("(", ")", ")?", "|"):
                out.append("(?:" if chunk == "(" else chunk)
                continue
            name = None
            if "=" in chunk and chunk[0] not in "<>":
                name, chunk = chunk.split("=", 1)
                seen[name] = seen.get(name, 0) + 1
                group = f"{name}__{seen[name]}"
                if chunk == "(":
                    out.append(f"(?P<{group}>")
                    continue
                captures[group] = chunk.rstrip("?")
            look = re.match(r"[<>]!?", chunk) if len(chunk) > 1 else None
            body = self._set(rule, chunk[look.end() :] if look else chunk.removesuffix("?"))
            if look:
                out.append({"<": "(?<=", "<!": "(?<!", ">": "(?=", ">!": "(?!"}[look.group()] + body + ")")
            elif name:
                out.append(f"(?P<{group}>{body})" + ("?" if chunk.endswith("?") else ""))
            else:
                out.append(body + ("?" if chunk.endswith("?") and len(chunk) > 1 else ""))
        text = "".join(out)
        try:
            regex = re.compile(text + ("$" if rule.place == "before" else ""))
        except re.error as error:
            raise self._wrong(rule, f"its pattern does not compile: {error}", "Check its brackets.") from None
        if regex.match(""):
            raise self._wrong(rule, "its pattern matches nothing at all", "Make some part of it obligatory.")
        return Compiled(rule, regex, captures)

    def _set(self, rule: DateRule, names: str) -> str:
        codes: set[str] = set()
        for name in [names] if names == "|" else names.split("|"):
            if name.isupper() and name not in self._members and name not in _BUILT_IN:
                raise self._wrong(rule, f"unknown term {name}", "Define it in terms.toml.")
            codes |= self._by_class.get(name, set())
        if not codes:
            raise self._wrong(rule, f"nothing can be '{names}'", "Give the term at least one word.")
        return "[" + "".join(sorted(codes)) + "]"

    def is_a(self, code: str, name: str) -> bool:
        """Whether a token's code belongs to a term or kind of number."""
        return code in self._by_class.get(name, ())

    def fields(
        self, compiled: Compiled, match: re.Match[str], tokens: Tokens, offset: int = 0
    ) -> dict[str, Any]:
        """What a match captured: name to number, value or lower-case words."""
        found: dict[str, Any] = dict(compiled.rule.set)
        for group, codes in match.groupdict().items():
            if codes is None:
                continue
            first, last = match.start(group) + offset, match.end(group) + offset
            words = [tokens.word(i) for i in range(first, last)]
            found[group.partition("__")[0]] = self._value(compiled.captures.get(group), words)
        return found

    def _value(self, term: str | None, words: list[str]) -> Any:
        if len(words) == 1 and term:
            word = words[0].lower().rstrip(".")
            for name in term.split("|"):
                if name in self.values and word in self.values[name]:
                    return self.values[name][word]
            if term in ("DAY", "YEAR", "Y2", "Y3", "ORD", "APYEAR"):
                return int(re.sub(r"\D", "", word))
            if term == "INT":
                return int(word.replace(",", ""))
            if term == "QUARTERW" or term == "HALFW":
                return int(word[1])
        return " ".join(words).lower()


def _parts(chunk: str) -> list[str]:
    chunk = re.sub(r"^\w+=", "", chunk)
    if chunk in ("(", ")", ")?", "|"):
        return []
    if len(chunk) > 1:
        chunk = re.sub(r"^[<>]!?", "", chunk).removesuffix("?")
    return chunk.split("|")


def _number_classes(word: str) -> set[str]:
    if len(word) > 12:
        return {"NUMERIC"}
    if "." in word:
        return {"DEC", "NUMERIC"}
    classes = {"INT", "NUMERIC"}
    if "," in word:
        return classes
    value = int(word) if len(word) < 9 else 10**9
    if len(word) <= 2 and 1 <= value <= 31:
        classes.add("DAY")
    if len(word) == 2:
        classes.add("Y2")
    if len(word) == 3 and value >= 100:
        classes.add("Y3")
    if len(word) == 4 and 1000 <= value <= 2199:
        classes.add("YEAR")
    if len(word) == 4 and value < 2400 and value % 100 < 60:
        classes.add("MILITARY")
    return classes
