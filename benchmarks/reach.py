"""Share of gold arguments that the predication of the trigger reaches, by role; misses by construction.

    python benchmarks/reach.py GOLD.jsonl TEXTS [--model MODEL] [--misses N] [--roles actor,target,party]

TEXTS is what `extractor run` reads: a file or a folder. The whole pipeline runs, without events. An argument
counts as reached when a filler of the trigger's predication (subject, object, indirect, complement, prep,
poss, compound, amod) has its head inside the argument's span, or is a pronoun or a noun that stands for the
same; the last column leaves those out. Construction: the dependency path from the argument's root up (^) to the
common ancestor and down (v) to the trigger.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

from spacy.tokens import Doc, Span, Token

import extractor
from extractor.articles import read_articles
from extractor.pipeline import make_doc
from extractor.schema import Article

PLAIN = {("^nsubj",), ("^nsubjpass",), ("^dobj",), ("^pobj", "^agent"), ("^pobj", "^prep")}
STRONG = ("subject", "object", "indirect", "poss", "compound", "amod")


def path_between(source: Token, goal: Token) -> str:
    """Labels from the argument up to the common ancestor and down to the trigger."""
    above = [goal, *goal.ancestors]
    up: list[str] = []
    token = source
    while token not in above:
        up.append(f"^{token.dep_}")
        if token.head == token:
            return "other sentence"
        token = token.head
    down = [f"v{t.dep_}" for t in reversed(above[: above.index(token)])]
    return " ".join(up + down)


def who(span: Span) -> set[str]:
    """What a mention is known by: its id, its text, what it refers to."""
    names = {span.kb_id_, span.text.casefold(), (span._.refers_to or "").casefold()}
    return names - {""}


def analyse(gold: Path, texts: str, model: str | None, roles: set[str], shown: int) -> None:
    """Print the table and the misses."""
    nlp = extractor.load(model, judge=False)
    nlp.remove_pipe("extractor_events")
    articles = {article.id: article for article in read_articles([texts]) if isinstance(article, Article)}
    docs: dict[str, Doc] = {}
    mentions: dict[str, dict[int, Span]] = {}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    fillers = triggers = 0
    misses: dict[str, list[str]] = defaultdict(list)
    for line in gold.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        name = event["doc"]
        if name not in docs:
            article = articles[name]
            docs[name] = nlp(make_doc(nlp, article.text, document=name, published=article.published))
            mentions[name] = {s._.attributes["head"]: s for s in docs[name].spans["entities"]}
        doc, by_head = docs[name], mentions[name]
        by_token = {p.predicate: p for p in doc._.predications}
        trigger = doc.char_span(event["trigger"]["start"], event["trigger"]["end"], alignment_mode="expand")
        found = [by_token[t.i] for t in trigger if t.i in by_token]
        args = [a for p in found for a in p.arguments]
        fillers += len({a.head for a in args})
        triggers += 1
        for argument in event["arguments"]:
            role = argument["role"]
            if role not in roles:
                continue
            span = doc.char_span(argument["start"], argument["end"], alignment_mode="expand")
            names = {span.text.casefold()}.union(*(who(by_head[t.i]) for t in span if t.i in by_head))
            hits = [a for a in args if span.start <= a.head < span.end]
            stands = [
                a
                for a in args
                if a.head in by_head and (names & who(by_head[a.head]) or by_head[a.head].end == span.end)
            ]
            path = path_between(span.root, trigger.root)
            for key in (role, "all"):
                counts[key]["total"] += 1
                counts[key]["reached"] += bool(hits or stands)
                counts[key]["itself"] += bool(hits)
                counts[key]["strong"] += any(a.function in STRONG for a in hits + stands)
                counts[key]["plain"] += tuple(path.split()) in PLAIN
            if not hits and not stands:
                key = path if found else f"no predication for {trigger.root.tag_}"
                sentence = doc.text[span.root.sent.start_char : span.root.sent.end_char].replace("\n", " ")
                if path == "other sentence":
                    sentence += " ... " + trigger.root.sent.text.replace("\n", " ")
                misses[key].append(f"{role}: [{span.text}] <- [{trigger.text}] | {sentence}")
    print(f"{gold.name}: {triggers} events, {fillers / triggers:.1f} fillers per trigger")
    for role in sorted(counts, key=lambda r: (r == "all", r)):
        n = counts[role]
        share = {key: f"{100 * n[key] / n['total']:5.1f} %" for key in n}
        print(
            f"  {role:8} {n['reached']:4}/{n['total']:<4} {share['reached']}   without preps {share['strong']}"
            f"   by a plain path {share['plain']}   not through a reference {share['itself']}"
        )
    for key, lines in sorted(misses.items(), key=lambda item: -len(item[1]))[:shown]:
        print(f"\n{len(lines)} x {key}")
        for text in lines[:12]:
            print("   ", text[:700])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path)
    parser.add_argument("texts")
    parser.add_argument("--model")
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--roles", default="actor,target,party")
    options = parser.parse_args()
    analyse(options.gold, options.texts, options.model, set(options.roles.split(",")), options.misses)
