"""Training documents for tagger and parser from CoNLL-U treebanks."""

from __future__ import annotations

import random
from pathlib import Path

from convert import Tree, convert, read_conllu
from spacy.tokens import Doc
from spacy.vocab import Vocab


def tree_docs(paths: list[Path], vocab: Vocab, rng: random.Random, longest_group: int = 6) -> list[Doc]:
    """Return documents of one to `longest_group` consecutive sentences each, in the converted scheme."""
    docs: list[Doc] = []
    for path in paths:
        group: list[Tree] = []
        size = rng.randint(1, longest_group)
        for tree in read_conllu(path):
            starts = any(line.startswith("# newdoc") for line in tree.comments)
            if group and (starts or len(group) >= size):
                docs.append(to_doc(group, vocab))
                group, size = [], rng.randint(1, longest_group)
            group.append(convert(tree))
        if group:
            docs.append(to_doc(group, vocab))
    return docs


def to_doc(trees: list[Tree], vocab: Vocab) -> Doc:
    """Return one doc of converted trees, a space between them."""
    words: list[str] = []
    spaces: list[bool] = []
    tags: list[str] = []
    heads: list[int] = []
    deps: list[str] = []
    for tree in trees:
        base = len(words)
        for node in tree.nodes:
            words.append(node.form)
            spaces.append(node.space)
            tags.append(node.tag)
            heads.append(base + (node.head - 1 if node.head else node.id - 1))
            deps.append(node.rel)
        spaces[-1] = True
    return Doc(vocab, words=words, spaces=spaces, tags=tags, heads=heads, deps=deps)
