"""Which event of one run is which of another: matched as facts, whatever their ids and offsets.

Inside one document, events that say the same of the same sentence are paired first; the rest by similarity,
within equal sentences before similar ones, one to one with the greatest sum of scores (Kuhn 1955; shortest
augmenting paths after Jonker and Volgenant 1987).
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

from extractor.schema import Span

# Two events below this are two events, not one that changed: a shared sentence and trigger alone reach it.
SAME_EVENT = 0.5
# Sentences less alike than this (indel similarity of 100) are not taken for versions of one sentence.
SAME_SENTENCE = 55
# Above this many events in one knot of candidates, the best pair is taken first instead of the best sum.
LARGEST_ASSIGNMENT = 40
# A stretch of text up to the end of a sentence or line, near enough.
PIECE = re.compile(r"(?:[^.!?\n]|[.!?](?!\s))*(?:[.!?]\s*|\n\s*|\Z)")
OFFSET = re.compile(rb'(?<=[td]": )(\d+)')  # of start and end; that it meets other numbers too does no harm
HANDLED = frozenset(
    {"id", "document", "incident", "type", "subtype", "trigger", "sentence", "date", "arguments",
     "quantities", "modality", "attribution", "sources", "rule", "confidence", "reviewed"}
)  # fmt: skip


class Item(NamedTuple):
    """One value of a field: `key` is what counts when two are compared, `shown` what a reader sees, `at` the
    object that holds its text, start and end."""

    key: tuple[Any, ...]
    shown: str
    at: dict[str, Any] | None

    @property
    def span(self) -> Span | None:
        """Where it stands; built only when asked for, since most values are never shown."""
        at = self.at
        return Span(text=at["text"], start=at["start"], end=at["end"]) if at else None


class Fact:
    """An event as a fact: its values apart from ids and absolute offsets.

    Args:
        raw: the event as read from events.jsonl.
        text: the text of its document, None where it is not known.
        line: its line in events.jsonl, where there is one.
    """

    def __init__(self, raw: dict[str, Any], text: str | None = None, line: bytes = b"") -> None:
        self.raw = raw
        self.line = line
        self.start, self.end = raw["sentence"]["start"], raw["sentence"]["end"]
        self.trigger = Span(**raw["trigger"])
        self.sentence = text[self.start : self.end] if text is not None else None
        self.where = (self.trigger.start - self.start, self.trigger.end - self.start)
        self.type: str = raw["type"]
        self.rule: str = raw["rule"]

    @cached_property
    def block(self) -> str:
        """What two events share that stand in the same sentence, as far as it can be known."""
        return self.sentence if self.sentence is not None else f"length {self.end - self.start}"

    @cached_property
    def context(self) -> str:
        """The sentence, or the event's own words where the text is not known."""
        if self.sentence is not None:
            return self.sentence
        spans = {
            (s["start"], s["end"]): s["text"] for found in self.fields.values() for i in found if (s := i.at)
        }
        return " ".join(text for _, text in sorted(spans.items()))

    def _within(self, value: dict[str, Any]) -> tuple[int, int] | None:
        if self.start <= value["start"] and value["end"] <= self.end:
            return value["start"] - self.start, value["end"] - self.start
        return None

    @cached_property
    def fields(self) -> dict[str, list[Item]]:
        """Every field with its values. Participants stand under their role, counts under their measure."""
        raw = self.raw
        found: dict[str, list[Item]] = {
            "type": [Item((self.type,), self.type, raw["trigger"])],
            "trigger": [Item((raw["trigger"]["text"],), raw["trigger"]["text"], raw["trigger"])],
            "modality": [Item((raw["modality"],), raw["modality"], raw["trigger"])],
            "rule": [Item((self.rule,), self.rule, raw["trigger"])],
            "confidence": [Item((raw["confidence"],), f"{raw['confidence']:.2f}", None)],
        }
        if raw["subtype"] is not None:
            found["subtype"] = [Item((raw["subtype"],), raw["subtype"], raw["trigger"])]
        if (when := raw["date"]) is not None:
            anchor = when["anchor"]["text"] if when["anchor"] else None
            shown = when["value"] if anchor is None else f"{when['value']} (from “{anchor}”)"
            stated = (when["value"], when["earliest"], when["latest"], when["basis"], anchor)
            found["date"] = [Item(stated, shown, when["span"])]
        for a in raw["arguments"]:
            who = (a["text"], a["entity"], a["kind"], a.get("refers_to"))
            stands = a["entity"] or a.get("refers_to")
            shown = f"{a['text']} [{stands}]" if stands else a["text"]
            found.setdefault(a["role"], []).append(Item(who, shown, a))
        for q in raw["quantities"]:
            bounds = (q["min"], q["max"], q["approximate"])
            found.setdefault(q["measure"], []).append(Item(bounds, _count(q), q["span"]))
        for a in raw["attribution"]:
            said = Item((a["text"], a.get("entity")), a["text"], a)
            found.setdefault("attribution", []).append(said)
        for s in raw["sources"]:
            found.setdefault("sources", []).append(Item((s["text"],), s["text"], s))
        if (mark := raw.get("reviewed")) is not None:
            shown = f"{mark['standing']} by {mark['by']}"
            found["reviewed"] = [Item((mark["standing"], mark["by"], mark["decision"]), shown, None)]
        for name in sorted(raw.keys() - HANDLED):
            if raw[name] is not None:
                shown = json.dumps(raw[name], ensure_ascii=False, sort_keys=True)
                found[name] = [Item((shown,), raw[name] if isinstance(raw[name], str) else shown, None)]
        return found

    @cached_property
    def unmoved(self) -> tuple[Any, ...] | None:
        """Equal for events that are equal but for ids, and for how far everything moved; quick to find. None where
        it cannot be told from the line."""
        start, incident = self.line.find(b'"type":'), self.line.rfind(b'"incident":')
        rule = self.line.find(b'"rule":', incident)
        if start < 0 or incident < start or rule < 0:
            return None
        told = self.line[start:incident] + self.line[rule:]
        words = OFFSET.split(told)
        return self.block, tuple(words[::2]), tuple(int(offset) - self.start for offset in words[1::2])

    @cached_property
    def signature(self) -> str:
        """Equal for events that say the same of the same sentence, wherever it stands in the text."""
        places = [self.where]
        for name in ("arguments", "attribution"):
            places += [p for a in self.raw[name] if (p := self._within(a))]
        places += [p for q in self.raw["quantities"] if (p := self._within(q["span"]))]
        keys = {name: [item.key for item in items] for name, items in self.fields.items()}
        return repr((self.block, self.end - self.start, places, sorted(keys.items())))

    @cached_property
    def fillers(self) -> dict[tuple[str, str], str]:
        """Who and where: ("filler", canonical id or words) -> role."""
        return {
            ("filler", a["entity"] or (a.get("refers_to") or a["text"]).casefold()): a["role"]
            for a in self.raw["arguments"]
        }

    @cached_property
    def counts(self) -> frozenset[tuple[Any, ...]]:
        return frozenset((q["measure"], q["min"], q["max"]) for q in self.raw["quantities"])

    @cached_property
    def content(self) -> frozenset[tuple[Any, ...]]:
        """What an event that is split hands on to its parts."""
        return frozenset(self.fillers) | self.counts | {("trigger", self.raw["trigger"]["text"].casefold())}


def _count(quantity: dict[str, Any]) -> str:
    low, high = quantity["min"], quantity["max"]
    if low == high:
        shown = str(low)
    elif high is None:
        shown = f"at least {low}"
    elif low is None:
        shown = f"at most {high}"
    else:
        shown = f"{low}–{high}"
    return f"about {shown}" if quantity["approximate"] else shown


def similarity(a: Fact, b: Fact, sentences: float) -> float:
    """How far two events of one document may be one: 0 to 1.

    Args:
        a: an event of the old run.
        b: an event of the new run.
        sentences: similarity of their sentences, 0 to 1.
    """
    got = 0.35 * _triggers(a, b) + 0.2 * (a.type == b.type) + 0.15 * sentences
    weight = 0.7
    if a.fillers or b.fillers:
        common = a.fillers.keys() & b.fillers.keys()
        shared = sum(1.0 if a.fillers[k] == b.fillers[k] else 0.7 for k in common)
        got += 0.25 * shared / len(a.fillers.keys() | b.fillers.keys())
        weight += 0.25
    if a.raw["date"] or b.raw["date"]:
        got += 0.08 * (_value(a) == _value(b))
        weight += 0.08
    if a.counts or b.counts:
        got += 0.07 * len(a.counts & b.counts) / len(a.counts | b.counts)
        weight += 0.07
    return got / weight


def _value(fact: Fact) -> str | None:
    return fact.raw["date"]["value"] if fact.raw["date"] else None


def _triggers(a: Fact, b: Fact) -> float:
    if a.block == b.block and a.where == b.where:
        return 1.0
    first, second = a.raw["trigger"]["text"].casefold(), b.raw["trigger"]["text"].casefold()
    if a.block == b.block:
        return 0.6 if a.where[0] < b.where[1] and b.where[0] < a.where[1] else 0.0
    return 1.0 if first == second else 0.5 * fuzz.ratio(first, second) / 100


@dataclass
class Matching:
    """What became of the events of one document."""

    equal: list[tuple[Fact, Fact]] = field(default_factory=list)
    changed: list[tuple[Fact, Fact]] = field(default_factory=list)
    split: list[tuple[Fact, list[Fact]]] = field(default_factory=list)
    merged: list[tuple[list[Fact], Fact]] = field(default_factory=list)
    removed: list[Fact] = field(default_factory=list)
    added: list[Fact] = field(default_factory=list)


class Alignment:
    """Where a place of the old text may lie in the new one, from the sentences that both have.

    Args:
        old: the old text.
        new: the new text.
    """

    def __init__(self, old: str, new: str) -> None:
        first, second = PIECE.findall(old), PIECE.findall(new)
        before = [0, *accumulate(map(len, first))]
        after = [0, *accumulate(map(len, second))]
        edits = SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
        self.starts = [before[i] for _, i, _, _, _ in edits]
        self.regions = [(after[j], after[k]) for _, _, _, j, k in edits]

    def may_be(self, old: Fact, new: Fact) -> bool:
        """Whether the new event stands where the old one's surroundings stand now."""
        n = bisect_right(self.starts, old.start) - 1
        return n < 0 or (self.regions[n][0] <= new.start <= self.regions[n][1])


def match(old: list[Fact], new: list[Fact], texts: tuple[str, str] | None = None) -> Matching:
    """Pair the events of one document in two runs.

    Args:
        old: the events of the old run, in any order.
        new: those of the new run.
        texts: the document's old and new text, where known: events of edited sentences are then only
            paired where what surrounds them agrees.

    Returns:
        Pairs that say the same (`equal`), pairs that differ, splits, merges, and what has no partner.
    """
    order = lambda f: (f.trigger.start, f.trigger.end, f.type)  # noqa: E731
    old, new = sorted(old, key=order), sorted(new, key=order)
    result = Matching()
    old, new = _pair_equal(old, new, result, lambda fact: fact.unmoved)
    old, new = _pair_equal(old, new, result, lambda fact: fact.signature)
    by_sentence: dict[str, list[Fact]] = defaultdict(list)
    for fact in new:
        by_sentence[fact.block].append(fact)
    candidates = [(a, b, 1.0) for a in old for b in by_sentence.get(a.block, ())]
    old, new = _pair_similar(old, new, candidates, result)
    candidates = _alike(old, new)
    if candidates and texts is not None and texts[0] != texts[1]:
        alignment = Alignment(*texts)
        candidates = [c for c in candidates if alignment.may_be(c[0], c[1])]
    old, new = _pair_similar(old, new, candidates, result)
    _divide(old, new, result)
    return result


def _pair_equal(
    old: list[Fact], new: list[Fact], result: Matching, key: Callable[[Fact], object]
) -> tuple[list[Fact], list[Fact]]:
    waiting: dict[object, list[Fact]] = defaultdict(list)
    for fact in reversed(new):
        waiting[key(fact)].append(fact)
    waiting.pop(None, None)
    rest, taken = [], set()
    for fact in old:
        twins = waiting.get(key(fact))
        if twins:
            twin = twins.pop()
            taken.add(id(twin))
            result.equal.append((fact, twin))
        else:
            rest.append(fact)
    return rest, [f for f in new if id(f) not in taken]


def _alike(old: list[Fact], new: list[Fact]) -> list[tuple[Fact, Fact, float]]:
    """Candidates from sentences that look like versions of each other."""
    by_context: dict[str, list[Fact]] = defaultdict(list)
    for fact in new:
        by_context[fact.context].append(fact)
    choices = list(by_context)
    found = []
    nearest: dict[str, list[tuple[str, float, int]]] = {}
    for fact in old:
        if fact.context not in nearest:
            nearest[fact.context] = process.extract(
                fact.context, choices, scorer=fuzz.ratio, score_cutoff=SAME_SENTENCE, limit=5
            )
        for choice, ratio, _ in nearest[fact.context]:
            found += [(fact, other, ratio / 100) for other in by_context[choice]]
    return found


def _pair_similar(
    old: list[Fact], new: list[Fact], candidates: list[tuple[Fact, Fact, float]], result: Matching
) -> tuple[list[Fact], list[Fact]]:
    rows, columns = {id(f): i for i, f in enumerate(old)}, {id(f): i for i, f in enumerate(new)}
    scores = {}
    for a, b, sentences in candidates:
        score = similarity(a, b, sentences)
        if score >= SAME_EVENT:
            i, j = rows[id(a)], columns[id(b)]
            # Of twins in repeated sentences, those keep together that come in the same order.
            scores[i, j] = score - 1e-4 * min(abs(i - j), 100)
    pairs = assign(scores)
    result.changed += [(old[i], new[j]) for i, j in pairs]
    done_old, done_new = {i for i, _ in pairs}, {j for _, j in pairs}
    return (
        [f for i, f in enumerate(old) if i not in done_old],
        [f for j, f in enumerate(new) if j not in done_new],
    )


def assign(scores: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """One-to-one pairs with the greatest sum of scores, knot by knot.

    Args:
        scores: positive score of each (row, column) that may be paired.

    Returns:
        The pairs, sorted. Knots of more than `LARGEST_ASSIGNMENT` rows or columns are paired best first.
    """
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for i, j in scores:
        parent[root(("row", i))] = root(("column", j))
    knots: dict[tuple[str, int], dict[tuple[int, int], float]] = defaultdict(dict)
    for (i, j), score in scores.items():
        knots[root(("row", i))][i, j] = score
    pairs: list[tuple[int, int]] = []
    for knot in knots.values():
        rows, columns = sorted({i for i, _ in knot}), sorted({j for _, j in knot})
        if max(len(rows), len(columns)) > LARGEST_ASSIGNMENT:
            pairs += _greedy(knot)
        else:
            pairs += _best_sum(knot, rows, columns)
    return sorted(pairs)


def _greedy(scores: dict[tuple[int, int], float]) -> Iterable[tuple[int, int]]:
    rows, columns = set(), set()
    for (i, j), _ in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        if i not in rows and j not in columns:
            rows.add(i)
            columns.add(j)
            yield i, j


def _best_sum(
    scores: dict[tuple[int, int], float], rows: list[int], columns: list[int]
) -> Iterable[tuple[int, int]]:
    """Shortest augmenting paths over a square cost matrix; a pair without a score costs 0 and is dropped."""
    size = max(len(rows), len(columns))
    cost = [[0.0] * size for _ in range(size)]
    for r, i in enumerate(rows):
        for c, j in enumerate(columns):
            cost[r][c] = -scores.get((i, j), 0.0)
    of_row, of_column, owner = [0.0] * (size + 1), [0.0] * (size + 1), [0] * (size + 1)
    for row in range(1, size + 1):
        owner[0], column = row, 0
        least, came, used = [float("inf")] * (size + 1), [0] * (size + 1), [False] * (size + 1)
        while True:
            used[column] = True
            r, step, following = owner[column], float("inf"), 0
            for c in range(1, size + 1):
                if not used[c]:
                    reduced = cost[r - 1][c - 1] - of_row[r] - of_column[c]
                    if reduced < least[c]:
                        least[c], came[c] = reduced, column
                    if least[c] < step:
                        step, following = least[c], c
            for c in range(size + 1):
                if used[c]:
                    of_row[owner[c]] += step
                    of_column[c] -= step
                else:
                    least[c] -= step
            column = following
            if owner[column] == 0:
                break
        while column:
            owner[column], column = owner[came[column]], came[column]
    for c in range(1, size + 1):
        r = owner[c] - 1
        if r < len(rows) and c - 1 < len(columns) and (rows[r], columns[c - 1]) in scores:
            yield rows[r], columns[c - 1]


def _divide(old: list[Fact], new: list[Fact], result: Matching) -> None:
    """Tell splits and merges from additions and removals: a part holds what its whole has lost."""
    parts: dict[int, list[Fact]] = defaultdict(list)
    for fact in new:
        whole = _whole(fact, [(a, b) for a, b in result.changed])
        if whole is None:
            result.added.append(fact)
        else:
            parts[whole].append(fact)
    wholes: dict[int, list[Fact]] = defaultdict(list)
    for fact in old:
        whole = _whole(fact, [(b, a) for a, b in result.changed])
        if whole is None or whole in parts:
            result.removed.append(fact)
        else:
            wholes[whole].append(fact)
    pairs, result.changed = result.changed, []
    for n, (a, b) in enumerate(pairs):
        if n in parts:
            result.split.append((a, [b, *parts[n]]))
        elif n in wholes:
            result.merged.append(([a, *wholes[n]], b))
        else:
            result.changed.append((a, b))


def _whole(part: Fact, pairs: list[tuple[Fact, Fact]]) -> int | None:
    """The pair whose first event holds at least half of `part`, and something of it that its second lost."""
    best, found = 0.0, None
    for n, (whole, other) in enumerate(pairs):
        handed = (whole.content - other.content) & part.content
        if not handed or not _near(other, part):
            continue
        share = len(whole.content & part.content) / len(part.content)
        if share >= 0.5 and share > best:
            best, found = share, n
    return found


def _near(a: Fact, b: Fact) -> bool:
    """Whether two events of one side stand in one sentence, or in two that follow each other."""
    return max(a.start, b.start) - min(a.end, b.end) <= 2
