"""Share of gold arguments that the predication of the trigger reaches, by role; misses by construction.

    python benchmarks/reach.py gold.jsonl texts/ [--model FOLDER] [--misses N] [--roles actor,target,party]

`texts/` holds one `<doc>.txt` per document (looked for in subfolders too). An argument counts as reached when
a filler of the trigger's predication (subject, object, indirect, complement, prep, poss, compound, amod) has
its head inside the argument's span. Construction: the dependency path from the argument's root up (^) to the
common ancestor and down (v) to the trigger.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import spacy
from spacy.tokens import Doc, Token

import extractor.clauses
import extractor.layout
import extractor.sentences

ROOT = Path(__file__).parent.parent
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


def analyse(gold: Path, texts: Path, model: str, roles: set[str], shown: int) -> None:
    """Print the table and the misses."""
    nlp = spacy.load(model, exclude=["ner"])
    extractor.sentences.configure_tokenizer(nlp)
    for stage in ("extractor_sentences", "extractor_layout"):
        nlp.add_pipe(stage, first=True)
    nlp.add_pipe("extractor_clauses")
    docs: dict[str, Doc] = {}
    files = {path.stem: path for path in sorted(texts.rglob("*.txt"))}
    total: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    strong: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    fillers = triggers = 0
    misses: dict[str, list[str]] = defaultdict(list)
    for line in gold.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        name = event["doc"]
        if name not in docs:
            docs[name] = nlp(files[name].read_text(encoding="utf-8"))
        doc = docs[name]
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
            total[role] += 1
            plain[role] += tuple(path_between(span.root, trigger.root).split()) in PLAIN
            hits = [a for a in args if span.start <= a.head < span.end]
            if hits:
                reached[role] += 1
                strong[role] += any(a.function in STRONG for a in hits)
            else:
                root = trigger.root
                key = path_between(span.root, root) if found else f"no predication for {root.tag_}"
                sentence = doc.text[span.root.sent.start_char : span.root.sent.end_char].replace("\n", " ")
                misses[key].append(f"{role}: [{span.text}] <- [{trigger.text}] | {sentence}")
    print(f"{gold.name}: {triggers} events, {fillers / triggers:.1f} fillers per trigger")
    for role in [*sorted(total), "all"]:
        n = total[role] if role != "all" else sum(total.values())
        r = reached[role] if role != "all" else sum(reached.values())
        s = strong[role] if role != "all" else sum(strong.values())
        p = plain[role] if role != "all" else sum(plain.values())
        shares = f"without preps {100 * s / n:5.1f} %   by a plain path of the parse {100 * p / n:5.1f} %"
        print(f"  {role:12} {r:4}/{n:<4} {100 * r / n:5.1f} %   {shares}")
    for key, lines in sorted(misses.items(), key=lambda item: -len(item[1]))[:shown]:
        print(f"\n{len(lines)} x {key}")
        for text in lines[:6]:
            print("   ", text[:600])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--model", default=str(ROOT / "extractor" / "model"))
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--roles", default="actor,target,party")
    options = parser.parse_args()
    analyse(options.gold, options.texts, options.model, set(options.roles.split(",")), options.misses)
