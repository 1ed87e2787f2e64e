"""Score a pipeline on the treebanks' test parts and on held-out names.

    python training/evaluate.py DATA_FOLDER MODEL

Prints tags, UAS and LAS with gold tokens and sentence boundaries given, LAS from raw text, names per type on
the held-out re3d documents (every fifth by sorted id), GUM test and UNER EWT test, and words per second.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import spacy
from convert import convert, read_conllu
from ner_data import LABELS, bio_docs, gum_docs, re3d_docs
from package import write_card
from parse_data import to_doc
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

PARSER_PARTS = ("forms", "tok2vec", "tagger", "parser")


def parse_scores(nlp: Language, path: Path) -> dict[str, float]:
    """Return tag accuracy, UAS and LAS (per cent, punctuation left out) on a treebank, boundaries given."""
    groups: list[list[Any]] = []
    for tree in read_conllu(path):
        if not groups or len(groups[-1]) >= 8:
            groups.append([])
        groups[-1].append(convert(tree))
    total = tags = heads = labels = punct_free = 0
    raw: list[Example] = []
    for group in groups:
        gold = to_doc(group, nlp.vocab)
        doc = Doc(
            nlp.vocab,
            words=[t.text for t in gold],
            spaces=[bool(t.whitespace_) for t in gold],
            sent_starts=[bool(t.is_sent_start) for t in gold],
        )
        doc = nlp(doc)
        for token, true in zip(doc, gold, strict=True):
            total += 1
            tags += token.tag_ == true.tag_
            if true.dep_ == "punct":
                continue
            punct_free += 1
            heads += token.head.i == true.head.i
            labels += token.head.i == true.head.i and token.dep_ == true.dep_
        raw.append(Example(nlp.make_doc(gold.text), gold))
    scores = nlp.evaluate(raw)
    return {
        "tags": round(100 * tags / total, 2),
        "uas": round(100 * heads / punct_free, 2),
        "las": round(100 * labels / punct_free, 2),
        "raw_tags": round(100 * scores["tag_acc"], 2),
        "raw_uas": round(100 * scores["dep_uas"], 2),
        "raw_las": round(100 * scores["dep_las"], 2),
        "raw_sents_f": round(100 * scores["sents_f"], 2),
    }


COARSE = {"GPE": "PLACE", "LOC": "PLACE", "FAC": "PLACE"}


def name_scores(nlp: Language, docs: list[Doc], coarse: bool = False) -> dict[str, Any]:
    """Return F1 over exact spans and labels, in all and per label; `coarse` counts GPE, LOC, FAC as one."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()

    def spans(doc: Doc) -> set[tuple[int, int, str]]:
        kept = [e for e in doc.ents if e.label_ in LABELS]
        return {(e.start, e.end, COARSE.get(e.label_, e.label_) if coarse else e.label_) for e in kept}

    for gold in docs:
        doc = nlp(Doc(nlp.vocab, words=[t.text for t in gold], spaces=[bool(t.whitespace_) for t in gold]))
        a, b = spans(doc), spans(gold)
        found.update(label for *_, label in a)
        wanted.update(label for *_, label in b)
        right.update(label for *_, label in a & b)

    def f1(hit: int, out: int, true: int) -> float:
        return round(200 * hit / (out + true), 1) if out + true else 0.0

    types = {
        label: [f1(right[label], found[label], wanted[label]), wanted[label]] for label in sorted(wanted)
    }
    return {"f1": f1(right.total(), found.total(), wanted.total()), "types": types}


def words_per_second(nlp: Language, path: Path, runs: int = 2) -> int:
    """Return the pipeline's speed on running text on this machine, in words a second."""
    texts: list[str] = []
    piece: list[str] = []
    for tree in read_conllu(path):
        piece.append("".join(n.form + (" " if n.space else "") for n in tree.nodes))
        if len(piece) == 20:
            texts.append(" ".join(piece))
            piece = []
    random.Random(0).shuffle(texts)
    best = 0.0
    for _ in range(runs):
        began = time.process_time()
        words = sum(len(doc) for doc in nlp.pipe(texts))
        best = max(best, words / (time.process_time() - began))
    return int(best)


def evaluate(data: Path, model: str) -> dict[str, Any]:
    """Return all scores of a model as a dictionary."""
    nlp = spacy.load(model)
    result: dict[str, Any] = {}
    with nlp.select_pipes(enable=[name for name in PARSER_PARTS if name in nlp.pipe_names]):
        for name in ("ewt", "gum"):
            result[f"{name}_test"] = parse_scores(nlp, data / "treebanks" / f"{name}-test.conllu")
    if "ner" in nlp.pipe_names:
        kinds = {"PER": "PERSON", "LOC": "PLACE", "ORG": "ORG"}
        sets = {
            "re3d_heldout": re3d_docs(data / "ner" / "re3d", nlp, held_out=True),
            "gum_test_names": gum_docs(data / "treebanks" / "gum-test.conllu", nlp),
            "uner_ewt_test": bio_docs(
                data / "ner" / "uner_ewt_test.iob2", nlp, column=2, text_column=1, kinds=kinds
            ),
        }
        names = [n for n in nlp.pipe_names if n in ("ner", "forms") or "tok2vec" in n]
        with nlp.select_pipes(enable=names):
            for name, docs in sets.items():
                scores = name_scores(nlp, docs)
                scores["f1_one_place_label"] = name_scores(nlp, docs, coarse=True)["f1"]
                result[name] = scores
    result["words_per_second"] = words_per_second(nlp, data / "treebanks" / "gum-test.conllu")
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with treebanks/ and ner/")
    parser.add_argument("model", help="path or name of a spaCy pipeline")
    parser.add_argument("--card", action="store_true", help="write the scores into the model's card")
    args = parser.parse_args()
    if not (args.data / "treebanks").is_dir():
        sys.exit(f"{args.data}: no folder treebanks/ in it; give the data folder as the first argument")
    measured = evaluate(args.data, args.model)
    for key, value in measured.items():
        print(key, json.dumps(value, ensure_ascii=False))
    if args.card:
        write_card(Path(args.model), measured)
