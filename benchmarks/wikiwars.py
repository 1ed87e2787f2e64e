"""Score the date engine on WikiWars.

usage: python benchmarks/wikiwars.py FOLDER [--domain auto|news|narrative] [--errors N]

FOLDER holds the .tml files of WikiWars (TIMEX3 markup, values by the TIMEX2 conventions). Matching is
relaxed: an expression of the system and one of the gold standard match when they overlap, one to one, and
are right when their values are equal. "all values" counts every expression, "calendar values" those whose
value, on either side, is a calendar date or time with nothing left open (1943, BC0480-SU, 1943-07,
1943-07-14TMO; not 1943-07-XX).

The engine's values follow TIMEX3; where TIMEX2 writes the same thing otherwise, the engine's value is
rewritten: a range of two dates is two expressions, and so is a clock time "on" a day; the daily, weekly and
yearly sets P1D, P1W, P1Y are XXXX-XX-XX, XXXX-WXX and XXXX; a winter whose year is not named ("that winter")
carries the year of its January, where EDTF writes that of its December. An expression the gold standard
gives no value (null) is right when the engine gives no calendar value.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path

from extractor.dates import find_timexes

_TAG = re.compile(r"<TIMEX3 [^>]*?value=\"([^\"]*)\"[^>]*>|</TIMEX3>|<[^>]+>")
_CONNECTOR = re.compile(r"\s*(?:[-–−—/]|\b(?:to|and|until|till|through|or)\b)\s*")
_CALENDAR = re.compile(r"(?:BC)?\d\d")
Item = tuple[int, int, str, str]


def read_tml(path: Path) -> tuple[str, str, list[Item]]:
    """The plain text, the day of writing and the annotated expressions (start, end, value, text) of a
    file."""
    source = path.read_text(encoding="utf-8")
    written = re.search(r"<DCT>.*?value=\"(\d{4}-\d\d-\d\d)", source, re.S)
    body = source[source.index("<TEXT>") + 6 : source.index("</TEXT>")]
    text, items, opened, at = "", [], [], 0
    for tag in _TAG.finditer(body):
        text += _plain(body[at : tag.start()])
        at = tag.end()
        if tag[1] is not None:
            opened.append((len(text), tag[1]))
        elif tag.group() == "</TIMEX3>":
            start, value = opened.pop()
            items.append((start, len(text), value, text[start:]))
    text += _plain(body[at:])
    return text, written[1] if written else "", sorted(items)


def _plain(markup: str) -> str:
    return markup.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def system(text: str, written: str, domain: str) -> list[Item]:
    """What the engine finds, with values by the TIMEX2 conventions."""
    items: list[Item] = []
    for timex in find_timexes(text, written or None, domain):
        value = timex.timex or "null"
        if "/" in value and timex.type == "DATE":
            first, second = value.split("/", 1)
            gap = _CONNECTOR.search(timex.text, 4) or _CONNECTOR.search(timex.text)
            middle = timex.start + (gap.start() if gap else len(timex.text) // 2)
            after = timex.start + (gap.end() if gap else len(timex.text) // 2)
            items.append((timex.start, middle, first, timex.text))
            items.append((after, timex.end, second, timex.text))
            continue
        if value.endswith("-WI") and not re.search(r"\d", timex.text) and "XX" not in value:
            ancient = value.startswith("BC")
            value = f"BC{int(value[2:6]) - 1:04d}-WI" if ancient else f"{int(value[:4]) + 1:04d}-WI"
        clock = re.match(r"(.*\d.*?)\s+on\s+(?=.*\d)", timex.text)
        if timex.type == "TIME" and clock and value[:4].isdigit():
            items.append((timex.start, timex.start + clock.end(1), value, timex.text))
            items.append((timex.start + clock.end(), timex.end, value[:10], timex.text))
            continue
        if timex.type == "SET" and not timex.text.lower().startswith("per"):
            value = {"P1D": "XXXX-XX-XX", "P1W": "XXXX-WXX", "P1Y": "XXXX", "P1M": "XXXX-XX"}.get(
                value, value
            )
        items.append((timex.start, timex.end, value, timex.text))
    return items


def is_calendar(value: str) -> bool:
    return bool(_CALENDAR.match(value)) and "X" not in value


def match(gold: list[Item], found: list[Item]) -> list[tuple[Item | None, Item | None]]:
    """Pair overlapping expressions one to one: equal values first, then the longest overlap."""
    pairs = []
    for i, g in enumerate(gold):
        for j, f in enumerate(found):
            overlap = min(g[1], f[1]) - max(g[0], f[0])
            if overlap > 0:
                pairs.append((not right(g[2], f[2]), -overlap, i, j))
    used_gold, used_found, out = set(), set(), []
    for _, _, i, j in sorted(pairs):
        if i not in used_gold and j not in used_found:
            used_gold.add(i)
            used_found.add(j)
            out.append((gold[i], found[j]))
    out += [(g, None) for i, g in enumerate(gold) if i not in used_gold]
    out += [(None, f) for j, f in enumerate(found) if j not in used_found]
    return out


def right(gold: str, found: str) -> bool:
    return gold == found or (gold in ("null", "") and not is_calendar(found))


def f1(tp: int, gold: int, found: int) -> str:
    p, r = (tp / found if found else 0.0), (tp / gold if gold else 0.0)
    both = 2 * p * r / (p + r) if p + r else 0.0
    return f"P {100 * p:5.1f}  R {100 * r:5.1f}  F1 {100 * both:5.1f}  ({tp}/{gold}/{found})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domain", default="auto", choices=["auto", "news", "narrative"])
    parser.add_argument("--errors", type=int, default=0)
    arguments = parser.parse_args()
    tally = {"extent": [0, 0, 0], "all values": [0, 0, 0], "calendar values": [0, 0, 0]}
    words, seconds = 0, 0.0
    errors: list[str] = []
    for path in sorted(arguments.folder.rglob("*.tml")):
        text, written, gold = read_tml(path)
        began = time.perf_counter()
        found = system(text, written, arguments.domain)
        seconds += time.perf_counter() - began
        words += len(text.split())
        for g, f in match(gold, found):
            ok = g is not None and f is not None and right(g[2], f[2])
            for key, has_gold, has_found, good in (
                ("extent", g is not None, f is not None, g is not None and f is not None),
                ("all values", g is not None, f is not None, ok),
                ("calendar values", g is not None and is_calendar(g[2]), f is not None and is_calendar(f[2]),
                 ok and g is not None and is_calendar(g[2])),
            ):  # fmt: skip
                tally[key][0] += good
                tally[key][1] += has_gold
                tally[key][2] += has_found
            if not ok:
                at = (g or f or (0, 0))[0]
                context = re.sub(r"\s+", " ", text[max(0, at - 50) : at + 50])
                errors.append(
                    f"{path.stem}\t{g and g[3]!r}={g and g[2]}\t{f and f[3]!r}={f and f[2]}\t{context}"
                )
    for key, counts in tally.items():
        print(f"{key:16}{f1(*counts)}")
    print(f"{words} words in {seconds:.2f} s: {words / seconds:,.0f} words a second")
    for line in errors[: arguments.errors]:
        print(line)


if __name__ == "__main__":
    main()
