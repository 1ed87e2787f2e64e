"""B³ (Bagga and Baldwin 1998) and pairwise F1 of the incidents of a run against gold incidents.

    python benchmarks/incidents.py [--run output] [--gold benchmarks/gold]
    python benchmarks/incidents.py --run FOLDER --table TABLE.jsonl

Scored are the gold events that the run found, over all documents; a gold event that no incident of
GOLD/incidents.json names is an incident alone. Printed for all of them, and for those alone that the gold joins with
another, where nothing is won by leaving everything apart.

A table needs no gold events: each line is one mention, {"doc", "spans": [[start, end], …], "incident"}, found where
a trigger overlaps one of its spans, tried in order; an incident of "?" is not scored.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from extractor.evaluate import match_events
from extractor.jsonl import read_jsonl

ROOT = Path(__file__).parents[1]


def b_cubed(gold: Mapping[Any, Hashable], found: Mapping[Any, Hashable]) -> tuple[float, float, float]:
    """Precision, recall and F1 of one clustering against another, over the mentions both know.

    Args:
        gold: the true cluster of each mention.
        found: the proposed cluster of each mention.
    """
    both = [m for m in gold if m in found]
    ours, theirs = defaultdict(set), defaultdict(set)
    for m in both:
        ours[gold[m]].add(m)
        theirs[found[m]].add(m)
    if not both:
        return 0.0, 0.0, 0.0
    shared = {m: len(ours[gold[m]] & theirs[found[m]]) for m in both}
    precision = sum(shared[m] / len(theirs[found[m]]) for m in both) / len(both)
    recall = sum(shared[m] / len(ours[gold[m]]) for m in both) / len(both)
    return precision, recall, 2 * precision * recall / (precision + recall)


def pairwise(gold: Mapping[Any, Hashable], found: Mapping[Any, Hashable]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of mentions in one cluster."""
    pairs = [frozenset(p) for p in combinations([m for m in gold if m in found], 2)]
    true = {p for p in pairs if len({gold[m] for m in p}) == 1}
    proposed = {p for p in pairs if len({found[m] for m in p}) == 1}
    right = len(true & proposed)
    precision = right / len(proposed) if proposed else 0.0
    recall = right / len(true) if true else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def clusters_of_table(run: Path, table: Path) -> tuple[dict[Any, Hashable], dict[Any, Hashable], set[Any]]:
    """As `clusters`, for a table of mentions."""
    events: dict[str, list[Any]] = defaultdict(list)
    for event in read_jsonl(run / "events.jsonl"):
        events[event["document"]].append(event)
    true: dict[Any, Hashable] = {}
    found: dict[Any, Hashable] = {}
    for mention in read_jsonl(table):
        if mention["incident"] == "?":
            continue
        hits = (
            event for start, end in mention["spans"] for event in events[mention["doc"]]
            if event["id"] not in true and event["trigger"]["start"] < end and start < event["trigger"]["end"]
        )  # fmt: skip
        event = next(hits, None)
        if event is not None:
            true[event["id"]] = mention["incident"]
            found[event["id"]] = event["incident"]
    sizes = Counter(true.values())
    return true, found, {m for m, incident in true.items() if sizes[incident] > 1}


def clusters(run: Path, gold: Path) -> tuple[dict[Any, Hashable], dict[Any, Hashable], set[Any]]:
    """True and proposed cluster of each gold event that the run found, by (document, start of its trigger), and the
    events that the gold joins with another."""
    events: dict[str, list[Any]] = defaultdict(list)
    for event in read_jsonl(run / "events.jsonl"):
        events[event["document"]].append(event)
    truth: dict[str, list[Any]] = defaultdict(list)
    for event in read_jsonl(gold / "corpus.jsonl"):
        truth[event["doc"]].append(event)
    joined = {
        (document, start): number
        for number, incident in enumerate(json.loads((gold / "incidents.json").read_text(encoding="utf-8")))
        for document, start in incident
    }
    true: dict[Any, Hashable] = {}
    found: dict[Any, Hashable] = {}
    for document, mentions in truth.items():
        for i, j in match_events(mentions, events[document]):
            key = (document, mentions[i]["trigger"]["start"])
            true[key] = joined.get(key, key)
            found[key] = events[document][j]["incident"]
    return true, found, set(joined)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=ROOT / "output")
    parser.add_argument("--gold", type=Path, default=ROOT / "benchmarks" / "gold")
    parser.add_argument("--table", type=Path)
    args = parser.parse_args()
    if args.table:
        true, found, joined = clusters_of_table(args.run, args.table)
    else:
        true, found, joined = clusters(args.run, args.gold)
    for name, kept in (("all events found", set(true)), ("joined in gold", joined)):
        gold = {m: c for m, c in true.items() if m in kept}
        for measure, score in (("B³", b_cubed), ("pairs", pairwise)):
            precision, recall, f1 = (100 * value for value in score(gold, found))
            print(f"{name:18} {len(gold):4}  {measure:5}  P {precision:5.1f}  R {recall:5.1f}  F1 {f1:5.1f}")


if __name__ == "__main__":
    main()
