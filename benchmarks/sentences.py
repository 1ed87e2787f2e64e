"""Sentence and token boundaries from raw text, against a treebank's own.

The raw text is rebuilt from a CoNLL-U file (SpaceAfter, newdoc, newpar); the boundaries of `extractor_layout`
and `extractor_sentences` on a blank English pipeline are compared with the treebank's.

Treebanks do not record line breaks inside a paragraph (headers of a message, items of a list). With --lines a
line break is put after each sentence that ends in no stop, since only that can have told its end.

usage: python benchmarks/sentences.py TREEBANK.conllu [--lines] [--genres news,weblog] [--errors N]
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from pathlib import Path

import spacy

import extractor.layout
import extractor.sentences
from extractor.sentences import configure_tokenizer


def read_documents(
    path: Path, lines_restored: bool = False
) -> list[tuple[str, str, list[tuple[int, int]], list[tuple[int, int]]]]:
    """(genre, raw text, sentence spans, token spans) of each document; a newpar gives a blank line."""
    documents = []
    name, text, sentences, tokens = "", "", [], []
    paragraph = False
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = block.split("\n")
        comments = [line for line in lines if line.startswith("#")]
        rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
        if not rows:
            continue
        for comment in comments:
            if comment.startswith("# newdoc"):
                if text:
                    documents.append((name, text, sentences, tokens))
                name, text, sentences, tokens = comment.split("=")[-1].strip(), "", [], []
            paragraph = paragraph or comment.startswith("# newpar")
        if text:
            text = text.rstrip() + "\n\n" if paragraph else text
        paragraph = False
        start, covered = len(text), 0
        for row in rows:
            if "." in row[0] or ("-" not in row[0] and int(row[0]) <= covered):
                continue
            parts = [row[1]]
            if "-" in row[0]:
                first, covered = map(int, row[0].split("-"))
                words = [
                    other[1] for other in rows if other[0].isdigit() and first <= int(other[0]) <= covered
                ]
                parts = words if "".join(words) == row[1] else parts
            position = len(text)
            for part in parts:
                tokens.append((position, position + len(part)))
                position += len(part)
            text += row[1] + ("" if "SpaceAfter=No" in row[9] else " ")
        sentences.append((start, len(text.rstrip())))
        if lines_restored and not re.search(r"[.!?…][\"'”’)\]]*$", text.rstrip()):
            text = text.rstrip() + "\n"
    documents.append((name, text, sentences, tokens))
    return documents


def genre_of(name: str) -> str:
    return name.split("_")[1] if name.startswith("GUM_") else re.split("[-_]", name)[0]


def score(gold: set, found: set) -> float:
    return 200 * len(gold & found) / (len(gold) + len(found)) if gold or found else 100.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("treebank", type=Path)
    parser.add_argument("--genres", default="", help="comma-separated; all by default")
    parser.add_argument(
        "--lines", action="store_true", help="restore line breaks where no mark ends a sentence"
    )
    parser.add_argument("--errors", type=int, default=0, help="show so many wrong boundaries")
    options = parser.parse_args()
    nlp = spacy.blank("en")
    configure_tokenizer(nlp)
    nlp.add_pipe(extractor.layout.__name__.replace(".", "_"))
    nlp.add_pipe(extractor.sentences.__name__.replace(".", "_"))
    totals = defaultdict(lambda: [set(), set(), set(), set()])
    wrong = []
    for number, (name, text, sentences, tokens) in enumerate(read_documents(options.treebank, options.lines)):
        genre = genre_of(name)
        if options.genres and genre not in options.genres.split(","):
            continue
        doc = nlp(text)
        found = set()
        for sent in doc.sents:
            inner = [token for token in sent if not token.is_space]
            if inner:
                found.add((inner[0].idx, inner[-1].idx + len(inner[-1])))
        words = {(t.idx, t.idx + len(t)) for t in doc if not t.is_space}
        for key in (genre, "all"):
            for store, spans in zip(totals[key], (set(sentences), found, set(tokens), words), strict=True):
                store.update((number, *span) for span in spans)
        gold_starts, found_starts = {s for s, _ in sentences}, {s for s, _ in found}
        wrong += [
            (genre, "missed", text[max(0, s - 60) : s] + " || " + text[s : s + 40])
            for s in gold_starts - found_starts
        ]
        wrong += [
            (genre, "extra", text[max(0, s - 60) : s] + " || " + text[s : s + 40])
            for s in found_starts - gold_starts
        ]
    for key, (gold, found, gold_tokens, words) in sorted(totals.items()):
        print(
            f"{key:12} sentences F1 {score(gold, found):6.2f} of {len(gold):5}   "
            f"tokens F1 {score(gold_tokens, words):6.2f} of {len(gold_tokens)}"
        )
    for genre, kind, context in sorted(wrong)[: options.errors]:
        print(f"{kind:7}{genre:10}{context!r}")


if __name__ == "__main__":
    main()
