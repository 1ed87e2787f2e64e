"""Training sentences for the parser: converted trees, as they stand and as the simplified copy the parser sees."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from augment import VARIANTS
from convert import Tree, convert, read_conllu
from grammar import Grammar
from spacy.language import Language
from spacy.tokens import Doc

from extractor import simplify


@dataclass(frozen=True)
class Sentence:
    """A sentence with its tree: `heads` are indices into it, a root's its own."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    heads: tuple[int, ...]
    deps: tuple[str, ...]


def of_tree(tree: Tree) -> Sentence:
    """Return the sentence of a converted tree."""
    return Sentence(
        tuple(n.form for n in tree.nodes),
        tuple(n.tag for n in tree.nodes),
        tuple(n.head - 1 if n.head else n.id - 1 for n in tree.nodes),
        tuple(n.rel for n in tree.nodes),
    )


def trees(path: Path) -> list[Tree]:
    """Return a treebank's converted trees."""
    return [convert(tree) for tree in read_conllu(path)]


def made(number: int, rng: random.Random) -> list[Tree]:
    """Return sentences of the small grammar."""
    grammar = Grammar(rng)
    return [grammar.sentence() for _ in range(number)]


def simplified(nlp: Language, tree: Tree) -> list[Sentence]:
    """Return the pieces that the pipeline would show its parser for this sentence, with their trees.

    `nlp` is the extractor's pipeline.  Groups, brackets and cuts that the tree does not bear out (whose words hang on more
    than one word outside) are left as they stand.
    """
    gold = of_tree(tree)
    size = len(gold.words)
    doc = Doc(nlp.vocab, words=list(gold.words), spaces=[n.space for n in tree.nodes],
              sent_starts=[i == 0 for i in range(size)])  # fmt: skip
    nlp.get_pipe("extractor_dates")(doc)
    stage = nlp.get_pipe("extractor_simplify")
    groups, lifted = stage._groups(doc)  # type: ignore[attr-defined]

    def outward(start: int, end: int) -> list[int]:
        return [i for i in range(start, end) if not start <= gold.heads[i] < end or gold.heads[i] == i]

    def entered(start: int, end: int) -> bool:
        return any(start <= gold.heads[i] < end for i in range(size) if not start <= i < end)

    groups = [g for g in groups if len(outward(g.start, g.end)) == 1]
    lifted = [(s, e) for s, e in lifted if not entered(s, e)]
    cuts = simplify._cuts(doc, groups, lifted)
    small, origin = simplify._simplified(doc, groups, lifted, cuts)
    stands_for = list(range(size))
    tags = list(gold.tags)
    top = {i: i for i in range(size)}
    for g in groups:
        (outer,) = outward(g.start, g.end)
        for i in range(g.start, g.end):
            stands_for[i] = g.head
        top[g.head] = outer
        tags[g.head] = ("CD" if g.word.isdigit() else "NNP") if g.kind == "date" else gold.tags[outer]
    place = {i: k for k, i in enumerate(origin)}
    pieces: list[Sentence] = []
    starts = [t.i for t in small if t.i == 0 or t.is_sent_start]
    for start, end in zip(starts, [*starts[1:], len(small)], strict=True):
        heads, deps, roots = [], [], 0
        for k in range(start, end):
            outer = top[origin[k]]
            head = place.get(stands_for[gold.heads[outer]])
            if head is None:
                return []
            if gold.heads[outer] == outer or not start <= head < end or head == k:
                roots += 1
                heads.append(k - start)
                deps.append("ROOT")
            else:
                heads.append(head - start)
                deps.append(gold.deps[outer])
        if roots != 1:
            return []
        words = tuple(t.text for t in small[start:end])
        pieces.append(Sentence(words, tuple(tags[i] for i in origin[start:end]), tuple(heads), tuple(deps)))
    return pieces


def varied(words: tuple[str, ...], rng: random.Random) -> list[str]:
    """Return the words, at random in one of the variants of spelling."""
    draw = rng.random()
    for chance, variant in VARIANTS:
        if draw < chance:
            return variant(list(words), rng)
        draw -= chance
    return list(words)
