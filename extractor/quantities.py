"""Counts and amounts with bounds: "at least seven", "as many as 170", "dozens", "$10.8 million".

Recognition is lexical (patterns/quantities.toml) and works without a parse; with a parse the counted noun is
taken from it. What a count means (killed, arrested, ...) is decided where events are assembled.
"""

from __future__ import annotations

import re
from math import isfinite
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from extractor.patterns import default_folder, read_rules
from extractor.quantity_rules import QuantityRule
from extractor.schema import Quantity, register_extensions

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = {word: value for value, word in enumerate(ONES)} | {
    word: 10 * value for value, word in enumerate(TENS) if word != "_"
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "m": 1_000_000,
          "bn": 1_000_000_000, "mn": 1_000_000, "trillion": 10**12, "dozen": 12, "k": 1_000}  # fmt: skip
DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
MONEY_TOKEN = re.compile(r"(?i)^(us\$|c\$|a\$|[$€£¥₦₹₽₪])?(\d[\d,]*(?:\.\d+)?)(m|bn|k|mn)?$")
NUMERIC = re.compile(r"[^\W\d_]{0,2}[$€£¥₦₹₽₪]|\d")
SHARES = {
    "half",
    "third",
    "thirds",
    "quarter",
    "quarters",
    "fifth",
    "most",
    "majority",
    "part",
    "%",
    "percent",
    "cent",
}
STARTING = ("vague", "exact", "none", "hedge", "currency")
RANGE_MARKS = {"-", "–", "—", "to"}
ADDITIONS = {"more", "further", "additional", "another", "other", "others"}
PARTS = {"including", "included", "among", "amongst"}
SINGLE = {"a", "an", "another", "one"}


class QuantityFinder:
    """Finds counts and amounts in a Doc.

    Args:
        folder: the patterns folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.rules = read_rules([(folder or default_folder()) / "quantities.toml"], "quantity", QuantityRule)
        self.forms: dict[str, dict[str, list[tuple[tuple[str, ...], QuantityRule]]]] = {}
        for rule in self.rules:
            for form in rule.forms:
                key = tuple(re.findall(r"[\w.$€£¥₦₹₽₪%']+|-", form))
                self.forms.setdefault(rule.kind, {}).setdefault(key[0], []).append((key, rule))

        self.starts = {*WORDS, *SCALES, *SINGLE, "between", "from", "no", "us"}
        for kind in STARTING:
            self.starts.update(self.forms.get(kind, {}))

    def __call__(self, doc: Doc) -> Doc:
        taken: set[int] = set()
        for t in doc._.timexes or []:
            span = doc.char_span(t.start, t.end, alignment_mode="expand")
            taken.update(range(span.start, span.end) if span is not None else ())
        found: list[Quantity] = []
        i = 0
        while i < len(doc):
            word = doc[i].lower_
            if i in taken or not (word in self.starts or NUMERIC.match(word)):
                i += 1
                continue
            quantity, end = self._at(doc, i)
            if quantity is not None:
                found.append(quantity)
                i = max(end, i + 1)
            else:
                i += 1
        doc._.quantities = found
        spans = []
        for q in found:
            span = doc.char_span(q.start, q.end, label=q.unit, alignment_mode="expand")
            if span is not None:
                spans.append(Span(doc, span.start, span.end, label=q.unit, span_id=q.rule))
        doc.spans["quantities"] = spans
        return doc

    def _match(self, doc: Doc, i: int, kind: str) -> tuple[QuantityRule | None, int]:
        """Longest form of `kind` starting at token i: (rule, end) or (None, i)."""
        best: tuple[QuantityRule | None, int] = (None, i)
        for form, rule in self.forms.get(kind, {}).get(doc[i].lower_, ()) if i < len(doc) else ():
            end = i + len(form)
            if end <= len(doc) and end > best[1]:
                words = tuple(t.lower_ for t in doc[i:end])
                if words == form:
                    best = (rule, end)
        return best

    def _at(self, doc: Doc, i: int) -> tuple[Quantity | None, int]:
        start = i
        bound, rules = None, []
        rule, after = self._match(doc, i, "hedge")
        between = doc[i].lower_ in ("between", "from")
        if rule is not None:
            bound, i = rule.bound, after
            rules.append(rule.id)
            second, after = self._match(doc, i, "hedge") if i < len(doc) else (None, i)
            if second is not None:
                bound, i = (bound if bound != "about" else second.bound), after
        elif between:
            i += 1
        if i >= len(doc):
            return None, start
        value = self._number(doc, i)
        if value is None:
            return (None, start) if between else self._vague(doc, start, i, bound, rules)
        low, end, currency = value
        high = low
        if end < len(doc) - 1 and (doc[end].lower_ in RANGE_MARKS or (between and doc[end].lower_ == "and")):
            second_value = self._number(doc, end + 1)
            if second_value is not None and second_value[0] > low and not doc[end + 1].like_url:
                if low < 1000 <= second_value[0] and self._scaled(doc, end + 1, second_value[1]):
                    low = low * self._scaled(doc, end + 1, second_value[1])
                high, end = second_value[0], second_value[1]
                currency = currency or second_value[2]
            elif between:
                return None, start
        elif between:
            return None, start
        rule, after = self._match(doc, end, "after") if end < len(doc) else (None, end)
        if rule is not None:
            bound, end = rule.bound, after
            rules.append(rule.id)
        return self._finish(doc, start, i, end, low, high, bound, currency, rules or ["number"])

    def _scaled(self, doc: Doc, start: int, end: int) -> int:
        return next((SCALES[t.lower_] for t in doc[start:end] if t.lower_ in SCALES), 0)

    def _number(self, doc: Doc, i: int) -> tuple[int, int, str | None] | None:
        """A number in digits or words at token i, as (value, end, currency)."""
        currency: str | None = None
        rule, after = self._match(doc, i, "currency")
        if rule is not None and after < len(doc) and not doc[i].is_alpha:
            currency, i = rule.currency or doc[i].text, after
        elif doc[i].lower_ == "us" and i + 1 < len(doc) and doc[i + 1].text == "$":
            currency, i = "USD", i + 2
        if i >= len(doc):
            return None
        token = doc[i]
        glued = MONEY_TOKEN.match(token.text)
        if glued and DIGITS.fullmatch(glued[2]):
            number = float(glued[2].replace(",", ""))
            if glued[1]:
                currency = {"$": "USD", "us$": "USD", "€": "EUR", "£": "GBP"}.get(glued[1].lower(), glued[1])
            if glued[3]:
                number *= SCALES[glued[3].lower()]
            end = i + 1
            while (
                end < len(doc)
                and doc[end].lower_ in SCALES
                and not (
                    doc[end].lower_ in ("m", "k")
                    and currency is None
                    and self._match(doc, end + 1, "currency")[0] is None
                )
            ):
                number *= SCALES[doc[end].lower_]
                end += 1
            if (
                currency is None
                and end + 1 < len(doc)
                and doc[end].text == "-"
                and doc[end + 1].lower_ in SCALES
            ):
                number, end = number * SCALES[doc[end + 1].lower_], end + 2
            return (round(number), end, currency) if isfinite(number) else None
        return self._in_words(doc, i, currency)

    def _in_words(self, doc: Doc, i: int, currency: str | None) -> tuple[int, int, str | None] | None:
        total, part, end, seen = 0, 0, i, False
        if doc[i].lower_ in ("a", "an") and i + 1 < len(doc) and doc[i + 1].lower_ in SCALES:
            if doc[i + 1].lower_ in ("m", "k", "dozen"):
                return None
            part, end = 1, i + 1
        while end < len(doc):
            word = doc[end].lower_
            if word in WORDS:
                part, seen = part + WORDS[word], True
            elif word in SCALES and (seen or part) and word not in ("m", "k"):
                scale = SCALES[word]
                if scale == 100 or word == "dozen":
                    part = max(part, 1) * scale
                else:
                    total, part = total + max(part, 1) * scale, 0
                seen = True
            elif (
                word in ("-", "and")
                and seen
                and end + 1 < len(doc)
                and doc[end + 1].lower_ in WORDS
                and (word == "-" or doc[end - 1].lower_ in SCALES)
            ):
                pass
            else:
                break
            end += 1
        return (total + part, end, currency) if seen else None

    def _vague(
        self, doc: Doc, start: int, i: int, bound: str | None, rules: list[str]
    ) -> tuple[Quantity | None, int]:
        for kind in ("vague", "exact", "none"):
            rule, end = self._match(doc, i, kind)
            if rule is None:
                continue
            if rule.id == "vague/scores" and not (
                end < len(doc) and (doc[end].lower_ in ("of", "more") or doc[i].dep_ in ("dobj", "nsubjpass"))
            ):
                return None, start
            if doc[i].lower_ == "both" and not any(
                t.tag_ in ("NNS", "NNPS") for t in doc[end : end + 3] if t.text != ","
            ):
                return None, start  # "both the attack and the raid"
            if (
                doc[i].lower_ == "a"
                and doc[i + 1].lower_ in ("number", "handful", "pair", "couple")
                and not (end < len(doc) and doc[end].lower_ == "of")
            ):
                return None, start
            low = rule.min if rule.min >= 0 else None
            high = rule.max if rule.max >= 0 else None
            q, end = self._finish(
                doc, start, i, end, low, high, None if rule.kind == "none" else bound, None, [*rules, rule.id]
            )
            if q is not None and rule.kind == "vague":
                q.approximate = True
            if q is not None and rule.approximate:
                q.approximate = True
            return q, end
        return self._single(doc, start, i) if bound is None else (None, start)

    def _single(self, doc: Doc, start: int, i: int) -> tuple[Quantity | None, int]:
        """An indefinite singular counts one: "a farmer", "another civilian", "another"; "no soldiers" none."""
        token = doc[i]
        if token.lower_ == "no" and token.dep_ == "det" and token.head.i > i:
            return self._finish(doc, start, i, i + 1, 0, 0, None, None, ["exact/no"])
        if token.lower_ not in SINGLE or token.lower_ == "one":
            return None, start
        if token.lower_ == "another" and i + 1 < len(doc) and self._number(doc, i + 1) is not None:
            return None, start  # "another 290" counts 290
        if token.head.lower_ in ("number", "amount", "total", "handful", "series", "string", "spate"):
            return None, start  # "an unspecified number of men"
        if token.dep_ != "det" or token.head.i <= i or token.head.tag_ != "NN":
            if token.lower_ == "another" and token.dep_ in ("dobj", "nsubjpass", "nsubj", "conj"):
                return self._finish(doc, start, i, i + 1, 1, 1, None, None, ["exact/another"])
            return None, start
        return self._finish(doc, start, i, i + 1, 1, 1, None, None, ["exact/indefinite"])

    def _finish(
        self, doc: Doc, start: int, number: int, end: int, low: int | None, high: int | None, bound: str | None,
        currency: str | None, rules: list[str],
    ) -> tuple[Quantity | None, int]:  # fmt: skip
        """Apply the hedge, find unit and counted noun, and refuse ages, ordinals, names with numbers."""
        approximate = False
        if bound == "min":
            high = None
        elif bound == "max":
            low = None
        elif bound == "about":
            approximate = True
        unit = "money" if currency else "count"
        after = end
        if after < len(doc):
            rule, unit_end = self._match(doc, after, "currency")
            if rule is not None and doc[after].is_alpha:
                unit, currency, after = "money", rule.currency or doc[after].text, unit_end
            elif self._match(doc, after, "percent")[0] is not None:
                unit, after = "percent", self._match(doc, after, "percent")[1]
            elif (
                self._match(doc, after, "unit")[0] is not None
                or (
                    doc[after].text == "-"
                    and after + 1 < len(doc)
                    and self._match(doc, after + 1, "unit")[0] is not None
                )
                or doc[after].text in ("°", "/")
                or doc[after].lower_ in ("am", "a.m.", "pm", "p.m.", "o'clock")
            ):
                unit = "measure"
        if self._is_name(doc, number, end) or self._is_whole(doc, start):
            return None, start
        noun = None if unit in ("money", "percent", "measure") else self._counted(doc, number, end)
        last = after - 1
        if (
            noun is not None
            and last < noun <= last + 8
            and not any(t.is_sent_start for t in doc[number + 1 : noun + 1])
        ):
            last = noun
        begin = doc[start].idx
        finish = doc[last].idx + len(doc[last])
        increase = any(t.lower_ in ADDITIONS for t in doc[max(0, start - 1) : min(len(doc), end + 1)])
        return Quantity(
            text=doc[start : last + 1].text, start=begin, end=finish,
            number=(doc[number].idx, doc[end - 1].idx + len(doc[end - 1])), min=low, max=high,
            approximate=approximate, unit=unit, noun=noun, currency=currency,  # type: ignore[arg-type]
            part=self._is_part(doc, start), increase=increase, rule="+".join(rules),
        ), after  # fmt: skip

    def _is_name(self, doc: Doc, number: int, end: int) -> bool:
        """Numbers that count nothing: "AK-47", "Article 12", "No. 3", "G5", a year, part of a name."""
        token, before = doc[number], doc[number - 1] if number else None
        if (
            end < len(doc)
            and doc[end].text in ("-", "/", ":")
            and end + 1 < len(doc)
            and doc[end + 1].like_num
        ):
            return not doc[end].whitespace_ and doc[end].text in ("/", ":")
        if before is None:
            return False
        if (
            before.text in ("-", "/", ".", ":", "#")
            and not before.whitespace_
            and number > 1
            and not doc[number - 2].whitespace_
        ):
            return before.text != "-" or doc[number - 2].is_alpha
        if before.lower_ in ("article", "section", "chapter", "page", "resolution", "no", "no.", "number", "paragraph",
                             "act", "annex", "zone", "division", "brigade", "route", "line", "aged", "age", "flight",
                             "sector", "unit", "block", "phase", "level", "version", "mach", "channel"):  # fmt: skip
            return True
        after = doc[end].text if end < len(doc) else ""
        if token.text.isdigit() and len(token) == 2 and before.text == "," and after in (",", ";", "."):
            return number > 1 and doc[number - 2].pos_ == "PROPN"  # "Mazen Khalil, 65, was killed"
        i = number - 1
        while i > 0 and (
            doc[i].like_num or doc[i].lower_ in ("of", "to", "and", "between", "from", "-", "–")
        ):
            i -= 1
        if doc[i].lower_ in ("aged", "ages"):  # "between the ages of 9 and 14"
            return True
        return (
            token.text.isdigit()
            and before.is_title
            and before.ent_type_ not in ("", "DATE")
            and token.ent_type_ != ""
        )

    def _is_whole(self, doc: Doc, start: int) -> bool:
        """Whether the number is what a share is taken of: "half of its *2,400* troops"."""
        i = start - 1
        while i > 0 and doc[i].lower_ in ("the", "its", "their", "his", "those", "all", "these"):
            i -= 1
        if i > 0 and doc[i].lower_ == "of" and doc[i - 1].lower_ in SHARES:
            return True
        for i in range(start - 1, max(0, start - 6), -1):  # "300 of the valley's 900 farms"
            if doc[i].lower_ == "of":
                return doc[i - 1].like_num and doc[i + 1].lower_ in ("the", "its", "their", "his")
            if doc[i].is_punct or doc[i].pos_ in ("VERB", "AUX", "CCONJ"):
                break
        return False

    def _counted(self, doc: Doc, number: int, end: int) -> int | None:
        """Token index of what is counted, through partitives ("dozens of the soldiers"); the number itself
        where it stands alone ("killed four")."""
        last = doc[end - 1]
        i = end
        while i < len(doc) and doc[i].lower_ in ("more", "additional", "further"):
            i += 1
        if i < len(doc) and doc[i].lower_ == "of":
            heads = [c for c in doc[i].children if c.dep_ == "pobj" and c.i > i] if doc[i].has_dep() else []
            if heads:
                return self._through(heads[0]).i
            return self._next_noun(doc, i + 1)
        if doc[number].has_dep():
            for token in doc[number:end]:
                if (
                    token.dep_ in ("nummod", "det", "quantmod", "amod", "compound", "predet", "poss")
                    and token.head.i >= end
                ):
                    head = token.head
                    while head.dep_ in ("nummod", "quantmod") and head.head.i > head.i:
                        head = head.head
                    while head.dep_ == "compound" and head.head.i == head.i + 1:
                        head = head.head
                    if (
                        head.i >= end
                        and head.tag_.startswith("VB")
                        and head.dep_ in ("dobj", "nsubj", "nsubjpass", "pobj")
                    ):
                        return head.i
                    if head.i >= end and head.pos_ in ("NOUN", "PROPN", "PRON", "ADJ", "NUM"):
                        return self._through(head).i
        nearest = self._next_noun(doc, i)
        return nearest if nearest is not None else last.i

    def _through(self, noun: Token) -> Token:
        """The participants in a noun of groups: "a number of *guards*", "dozens of *people*"."""
        if noun.lower_ in ("dozens", "hundreds", "thousands", "scores", "number", "members_of"):
            for child in noun.children:
                if child.lower_ == "of":
                    return next((c for c in child.children if c.dep_ == "pobj"), noun)
        return noun

    def _next_noun(self, doc: Doc, i: int) -> int | None:
        """Head of the noun phrase that starts at i: the last of an unbroken run of its words."""
        head = None
        while i < len(doc) and not doc[i].is_punct and doc[i].text.strip():
            tag = doc[i].tag_
            if tag.startswith("NN"):
                head = i
            elif (
                tag not in ("JJ", "JJR", "JJS", "CD", "VBN", "VBG", "DT", "PRP$", "POS", "HYPH", "")
                or head is not None
            ):
                break
            elif tag == "":
                return None
            i += 1
        return head

    def _is_part(self, doc: Doc, start: int) -> bool:
        """Whether the count is included in the one before it: "20 people, including three children"."""
        end = min(start + 4, len(doc) - 1)
        for i in range(start + 1, end):
            if doc[i].lower_ == "of" and doc[i + 1].lower_ in ("them", "whom"):
                told = any(t.pos_ in ("VERB", "AUX") for t in doc[i + 2 : i + 4])
                return not told and start > 0 and doc[start - 1].text in (",", "(", "-", "–", "—", "with")
        back = start - 1
        while back >= 0 and doc[back].lower_ in ("at", "least", "the", ",", "whom", "them", "of"):
            back -= 1
        if back >= 0 and doc[back].lower_ in PARTS:
            return True
        for i in range(start - 1, max(0, start - 14) - 1, -1):
            if doc[i + 1].is_sent_start:
                return False
            token = doc[i]
            if token.lower_ in ("including", "among"):
                return token.lower_ == "including"
            if token.pos_ in ("VERB", "AUX") or token.text in (";", "."):
                return False
        return False


@Language.factory("extractor_quantities", default_config={"patterns": None})
def create_quantities(nlp: Language, name: str, patterns: str | None) -> QuantityFinder:
    """spaCy component: fills doc._.quantities and doc.spans["quantities"]."""
    register_extensions()
    return QuantityFinder(Path(patterns) if patterns else None)
