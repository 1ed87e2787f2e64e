"""How often pronouns and bare nouns are resolved as the gold has it.

python benchmarks/references.py                    gold of corpus/
python benchmarks/references.py GOLD ARTICLES      a gold file, and the folder of its articles
    --errors                                       also list what disagrees

Of the gold arguments with `refers_to`: *agree* stand on a mention that refers to the same name or entity,
*wrong* refer to another, *null* are left open, *missed* have no mention. *extra* are mentions that stand on
a pronoun or bare noun for which the gold gives no name, and have one: not all are wrong, for the gold leaves
out what does not help its reader.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from spacy.tokens import Doc, Span

from extractor.articles import read_articles
from extractor.evaluate import head_word
from extractor.pipeline import load, make_doc
from extractor.schema import Article

ROOT = Path(__file__).parent.parent


def read_docs(articles: Path, wanted: set[str]) -> Iterator[Doc]:
    """The articles of a folder that the gold speaks of, read up to their entities."""
    nlp = load(judge=False)
    for name in ("extractor_quantities", "extractor_clauses", "extractor_events"):
        nlp.remove_pipe(name)
    for article in read_articles([str(articles)]):
        if isinstance(article, Article) and article.id in wanted:
            doc = make_doc(nlp, article.text, document=article.id, published=article.published)
            doc._.blocks = article.blocks or None
            yield nlp(doc)


def judge(doc: Doc, argument: dict[str, str | int | None]) -> tuple[str, str]:
    """(agree, wrong, null, missed, extra or "", the name it was given) for one gold argument."""
    start, end, name = argument["start"], argument["end"], argument["refers_to"]
    head = head_word(str(argument["text"]))
    found = [
        span
        for span in doc.spans["entities"]
        if span.start_char < int(str(end)) and span.end_char > int(str(start))
        and head in span.text.lower() and head_word(span.text) in str(argument["text"]).lower()
    ]  # fmt: skip
    given = next((span for span in found if span._.refers_to), None)
    if name is None:
        return ("extra" if given is not None else ""), given._.refers_to if given is not None else ""
    if not found:
        return "missed", ""
    if given is None:
        return "null", ""
    return ("agree" if _same(doc, str(name), given) else "wrong"), given._.refers_to


def _same(doc: Doc, name: str, span: Span) -> bool:
    """Whether the name in the gold and the one given share their head, or are names of one entity."""
    given = span._.refers_to
    name, given = (re.sub(r"(?<=\d),(?=\d)", "", text).replace("’", "'") for text in (name, given))
    if head_word(name) in given.lower() and head_word(given) in name.lower():
        return True
    collective = re.fullmatch(r"(?:\w+ )*(?:group|party|band|members) of (.+)", name)
    if given in re.findall(r"\(([^)]+)\)", name) or (collective and collective.group(1) == given):
        return True
    parts = [part for part in re.split(r", | and ", given) if part]
    if len(parts) > 1:
        words = {word.strip(",.'").lower() for word in name.split()}
        return all(part.split()[-1].lower() in words for part in parts)
    named = [s for s in doc.spans["entities"] if s.text.lower() == name.lower()]
    if any(s._.refers_to == span._.refers_to for s in named):
        return True
    return bool(span.kb_id_) and span.kb_id_ in {s.kb_id_ for s in named}


def main(docs: Iterable[Doc] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", nargs="?", type=Path, default=ROOT / "benchmarks" / "gold" / "corpus.jsonl")
    parser.add_argument("articles", nargs="?", type=Path, default=ROOT / "corpus")
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    gold = [json.loads(line) for line in args.gold.read_text(encoding="utf-8").splitlines()]
    documents = {event.get("doc") or event["document"] for event in gold}
    counts: Counter[str] = Counter()
    for doc in docs or read_docs(args.articles, documents):
        seen = set()
        for event in gold:
            if (event.get("doc") or event["document"]) != doc._.document:
                continue
            for argument in event["arguments"]:
                key = (argument["start"], argument["end"], argument["refers_to"])
                if key in seen:
                    continue
                seen.add(key)
                verdict, given = judge(doc, argument)
                counts[verdict] += 1
                if args.errors and verdict not in ("", "agree"):
                    place = f"{doc._.document}:{argument['start']}"
                    print(
                        f"{verdict:7}{place:28}{argument['text']!r} is {argument['refers_to']!r}: {given!r}"
                    )
    total = sum(counts[v] for v in ("agree", "wrong", "null", "missed"))
    share = 100 * counts["agree"] / total if total else 0.0
    print(f"{counts['agree']} of {total} agree ({share:.0f} %);", end=" ")
    print(", ".join(f"{counts[v]} {v}" for v in ("wrong", "null", "missed", "extra")))


if __name__ == "__main__":
    main()
