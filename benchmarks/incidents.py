"""B³ of the incidents of a run against gold incidents (Bagga and Baldwin 1998).

    python benchmarks/incidents.py [--run output] [--gold benchmarks/gold]

Scored are the gold events that the run found, over all documents; a gold event that no incident of
GOLD/incidents.json names is an incident alone. Printed for all of them, and for those alone that the gold joins with
another, where nothing is won by leaving everything apart.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Hashable, Mapping
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
    args = parser.parse_args()
    true, found, joined = clusters(args.run, args.gold)
    for name, kept in (("all events found", set(true)), ("joined in gold", joined)):
        gold = {m: c for m, c in true.items() if m in kept}
        precision, recall, f1 = b_cubed(gold, found)
        print(f"{name:18} {len(gold):4}  P {100 * precision:5.1f}  R {100 * recall:5.1f}  F1 {100 * f1:5.1f}")


if __name__ == "__main__":
    main()
