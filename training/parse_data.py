"""Documents from converted trees."""

from __future__ import annotations

from convert import Tree
from spacy.tokens import Doc
from spacy.vocab import Vocab


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
