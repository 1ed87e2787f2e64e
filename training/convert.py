"""Conversion of Universal Dependencies trees to the labels of spaCy's English pipelines.

spaCy's English models use the ClearNLP labels, in which function words may head a phrase: a preposition
heads its noun (``prep`` + ``pobj``) and a copula its clause (``attr`` / ``acomp``).  Universal
Dependencies make the content word the head, so most of the work is moving heads.  Every rule below is one
function from a tree to the same tree, changed in place; `convert` runs them in the order in which they
depend on each other.  Tags are the Penn tags of the treebanks' XPOS column, unchanged.

Source of the target scheme: Choi & Palmer (2012), "Guidelines for the CLEAR Style Constituent to Dependency
Conversion"; of the input: Universal Dependencies 2.15, English guidelines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from lists import words

SAY_VERBS = frozenset(words("say_verbs"))
GIVE_VERBS = frozenset(words("give_verbs"))
LINKING_VERBS = frozenset(words("linking_verbs"))
MONTHS = frozenset(words("months"))
# Adverbs that stand between copula and predicate but modify the clause.
CLAUSE_ADVERBS = frozenset(words("clause_adverbs"))
# Markers that introduce a clause even before a participle ("while fighting").
CLAUSE_MARKS = frozenset(words("clause_marks"))


@dataclass
class Node:
    """One word of a tree.

    Attributes: `id` counts from 1; `head` is the id of the governor, 0 for the root; `rel` the relation
    label; `tag` the Penn tag; `space` whether a space follows the word in the text.
    """

    id: int
    form: str
    lemma: str
    pos: str
    tag: str
    head: int
    rel: str
    space: bool = True
    misc: dict[str, str] = field(default_factory=dict)

    @property
    def low(self) -> str:
        return self.form.lower().replace("’", "'")


class Tree:
    """A sentence as a tree of nodes; `comments` keeps the CoNLL-U comment lines."""

    def __init__(self, nodes: list[Node], comments: list[str] | None = None) -> None:
        self.nodes = nodes
        self.comments = comments or []

    def __getitem__(self, index: int) -> Node:
        return self.nodes[index - 1]

    def children(self, node: Node) -> list[Node]:
        return [other for other in self.nodes if other.head == node.id]

    def subtree(self, node: Node) -> list[Node]:
        found, todo = [], [node]
        while todo:
            current = todo.pop()
            found.append(current)
            todo.extend(self.children(current))
        return sorted(found, key=lambda item: item.id)

    def swap(self, new: Node, old: Node, rel: str) -> None:
        """Put `new`, a dependent of `old`, in the place of `old`, which becomes its dependent by `rel`."""
        new.head, new.rel = old.head, old.rel
        old.head, old.rel = new.id, rel

    def is_tree(self) -> bool:
        """True when exactly one root exists and every node reaches it."""
        if sum(node.head == 0 for node in self.nodes) != 1:
            return False
        for node in self.nodes:
            seen, current = set(), node
            while current.head:
                if current.id in seen:
                    return False
                seen.add(current.id)
                current = self[current.head]
        return True

    def crossings(self) -> int:
        """Number of arcs that cross another arc."""
        arcs = [(min(n.id, n.head), max(n.id, n.head)) for n in self.nodes if n.head]
        return sum(any(a < c < b < d or c < a < d < b for c, d in arcs) for a, b in arcs)


def read_conllu(path: Path) -> Iterator[Tree]:
    """Yield the trees of a CoNLL-U file, words of multiword tokens apart, empty nodes left out.

    Raises ValueError naming file and line when a line has not ten columns.
    """
    nodes: list[Node] = []
    comments: list[str] = []
    glued_until = 0
    glued_space = True
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if not line:
                if nodes:
                    yield Tree(nodes, comments)
                nodes, comments, glued_until = [], [], 0
                continue
            if line.startswith("#"):
                comments.append(line)
                continue
            columns = line.split("\t")
            if len(columns) != 10:
                raise ValueError(f"{path}, line {number}: {len(columns)} columns, a CoNLL-U word has 10")
            ident, form, lemma, pos, tag, _, head, rel, _, misc_text = columns
            space = "SpaceAfter=No" not in misc_text
            if "-" in ident:
                glued_until, glued_space = int(ident.split("-")[1]), space
                continue
            if "." in ident:
                continue
            if int(ident) < glued_until:
                space = False
            elif int(ident) == glued_until:
                space = glued_space
            misc = dict(part.split("=", 1) for part in misc_text.split("|") if "=" in part)
            nodes.append(Node(int(ident), form, lemma, pos, tag, int(head), rel, space, misc))
    if nodes:
        yield Tree(nodes, comments)


def dates(tree: Tree) -> None:
    """The month heads its day and year: "May 3" is May -nummod-> 3."""
    for node in tree.nodes:
        head = tree[node.head] if node.head else None
        if not head or node.low.rstrip(".") not in MONTHS or node.rel not in ("nmod:unmarked", "compound"):
            continue
        if (head.pos == "NUM" or re.fullmatch(r"\d+(st|nd|rd|th)", head.low)) and node.id < head.id:
            for child in tree.children(head):
                if child is not node:
                    child.head = node.id
            tree.swap(node, head, "nummod")
    for node in tree.nodes:
        bare = not any(child.rel == "case" for child in tree.children(node))
        if bare and node.pos == "NUM" and node.rel in ("nmod:unmarked", "nmod", "nummod"):
            node.rel = "nummod"


def money(tree: Tree) -> None:
    """The number heads its currency sign: "$ 5 million" is million -quantmod-> $."""
    for node in tree.nodes:
        if node.tag != "$":
            continue
        numbers = [child for child in tree.children(node) if child.rel == "nummod" and child.id > node.id]
        if numbers:
            number = numbers[0]
            for child in tree.children(node):
                if child is not number and (child.id < node.id or child.id > number.id):
                    child.head = number.id
            tree.swap(number, node, "quantmod")


def flat_names(tree: Tree) -> None:
    """The last word of a flat name heads it, the others are its `compound`."""
    for node in tree.nodes:
        parts = [child for child in tree.children(node) if child.rel.startswith("flat")]
        if not parts:
            continue
        last = parts[-1]
        for child in tree.children(node):
            child.head = last.id
        tree.swap(last, node, "compound")
        for part in parts[:-1]:
            part.head, part.rel = last.id, "compound"


def fixed_expressions(tree: Tree) -> None:
    """Give the parts of fixed expressions ("because of", "as well as", "at least") heads of their own."""
    for node in tree.nodes:
        parts = [child for child in tree.children(node) if child.rel == "fixed"]
        if not parts:
            continue
        words = [node, *parts]
        text = " ".join(word.low for word in words)
        last = parts[-1]
        if text in ("because of", "due to", "b/c of"):
            last.rel = "pcomp"
        elif node.rel == "case" and text != "such as" and all(part.tag in ("IN", "TO") for part in parts):
            for part in parts:
                part.head, part.rel = node.head, "case"
        elif text in ("as well as", "rather than", "such as", "as opposed to") or node.rel in ("cc", "mark"):
            if text == "in order":
                last.head, last.rel = node.head, "mark"
                continue
            for part in parts[:-1]:
                part.head, part.rel = last.id, "advmod"
            tree.swap(last, node, "amod" if text == "such as" else "advmod")
        elif text in ("more than", "less than", "up to", "as many"):
            for part in parts:
                part.head, part.rel = node.head, "quantmod"
            node.rel = "quantmod" if text == "up to" else "amod"
        elif text in ("at least", "at most"):
            tree.swap(last, node, "advmod")
        elif text in ("each other", "one another"):
            tree.swap(last, node, "det")
        elif node.tag == "IN":
            for part in parts:
                part.rel = "pobj" if part.pos in ("NOUN", "ADV", "DET", "PRON", "ADJ") else "pcomp"
            if node.rel == "case":
                node.rel = "advmod"
        else:
            for part in parts:
                part.rel = "prep" if part.tag == "IN" else "dep"


def said(tree: Tree) -> None:
    """A reporting clause that closes a sentence heads it: "X, the army said" is said -ccomp-> X."""
    for node in tree.nodes:
        if node.rel != "parataxis" or node.lemma not in SAY_VERBS or not node.head:
            continue
        head = tree[node.head]
        own = {child.rel for child in tree.children(node)}
        if "nsubj" not in own or own & {"ccomp", "obj", "xcomp"}:
            continue
        inside = {item.id for item in tree.subtree(node)}
        rest = [item for item in tree.subtree(head) if item.id not in inside and item.pos != "PUNCT"]
        if rest and max(item.id for item in rest) < min(inside):
            for child in tree.children(head):
                if child.rel == "punct" and child.id > max(inside):
                    child.head = node.id
            tree.swap(node, head, "ccomp")


def copulas(tree: Tree) -> None:
    """A copula heads its clause; the predicate becomes `attr`, `acomp` or a phrase under it."""
    for copula in tree.nodes:
        if copula.rel != "cop":
            continue
        predicate = tree[copula.head]
        children = tree.children(predicate)
        if predicate.pos in ("VERB", "AUX"):
            rel = (
                "xcomp"
                if any(c.rel == "mark" and c.tag == "TO" and c.id > copula.id for c in children)
                else "ccomp"
            )
        elif any(child.rel == "case" and child.tag != "POS" for child in children):
            rel = "obl"
        elif predicate.pos == "ADJ":
            rel = "acomp"
        elif predicate.pos == "ADV":
            rel = "advmod"
        else:
            rel = "attr"
        outer = any(child.rel.endswith(":outer") for child in children)
        first = min(item.id for item in tree.subtree(predicate) if item.id > copula.id) if outer else 0
        for child in children:
            if child is copula or (outer and child.id > copula.id and child.rel != "punct"):
                continue
            if _belongs_to_copula(tree, child, copula, predicate, first):
                child.head = copula.id
        tree.swap(copula, predicate, rel)


def _belongs_to_copula(tree: Tree, child: Node, copula: Node, predicate: Node, first: int) -> bool:
    base = child.rel.split(":")[0]
    if child.rel.endswith(":relcl"):
        return False
    if base in ("nsubj", "csubj", "expl", "aux", "mark", "cc", "vocative", "discourse", "parataxis", "cop"):
        return base != "cc" or child.id < copula.id
    if base == "punct":
        outside = child.id < min(copula.id, predicate.id) or child.id > predicate.id
        paired = child.tag in ("-LRB-", "-RRB-", "HYPH")
        return outside and not paired
    if base == "advmod":
        if child.id < copula.id:
            return child.id < predicate.id
        if child.id > predicate.id:
            return predicate.pos not in ("ADJ", "ADV")
        return child.low in CLAUSE_ADVERBS
    if base == "advcl":
        return predicate.pos not in ("ADJ", "ADV") or child.id < copula.id or _has_mark(tree, child)
    if base == "conj":
        own = {other.rel for other in tree.children(child)}
        return "cop" in own or child.pos in ("VERB", "AUX") or bool(own & {"nsubj", "aux", "nsubj:pass"})
    if base == "obl":
        return child.id < copula.id or predicate.pos not in ("ADJ", "ADV") or child.rel.endswith("unmarked")
    return base in ("xcomp", "ccomp", "dislocated") and predicate.pos not in ("ADJ", "NOUN", "ADV")


def _has_mark(tree: Tree, node: Node) -> bool:
    return any(child.rel == "mark" and child.low in CLAUSE_MARKS for child in tree.children(node))


def existentials(tree: Tree) -> None:
    """What *there is* introduces is its `attr`."""
    for node in tree.nodes:
        if node.rel == "expl" and node.tag == "EX" and node.head:
            for child in tree.children(tree[node.head]):
                if child.rel == "nsubj" and child.id > node.id and tree[node.head].lemma == "be":
                    child.rel = "attr"


def prepositions(tree: Tree) -> None:
    """A case marker heads its noun: `prep` (or `agent`, `dative`) + `pobj`."""
    for node in tree.nodes:
        for dash in tree.children(node):
            if dash.rel == "case" and dash.tag in ("HYPH", "SYM", ":", "NFP"):
                dash.rel = "punct"
        cases = [
            c for c in tree.children(node) if c.rel == "case" and c.tag != "POS" and c.low not in ("'s", "'")
        ]
        if not cases:
            continue
        if node.rel == "compound" or cases[0].id > node.id:
            for case in cases:
                case.rel = "prep" if case.id > node.id else "dep"
            continue
        complement = "pcomp" if node.pos in ("ADV", "VERB", "AUX", "SCONJ") else "pobj"
        _raise_marker(tree, node, cases, complement, "prep")


def gerunds(tree: Tree) -> None:
    """A preposition before a gerund or a question clause heads it: `prep` + `pcomp`."""
    for node in tree.nodes:
        children = tree.children(node)
        marks = [child for child in children if child.rel == "mark" and child.tag == "IN"]
        if not marks or marks[0].id > node.id:
            continue
        mark = marks[0]
        verbs = [node, *(c for c in children if c.rel.split(":")[0] in ("aux", "cop"))]
        first = min(verbs, key=lambda item: item.id)
        subject = any(child.rel.split(":")[0] in ("nsubj", "csubj", "expl") for child in children)
        asks = any(
            child.tag in ("WRB", "WP", "WDT") or child.low == "whether"
            for child in children
            if child is not mark
        )
        gerund = first.tag == "VBG" and not subject
        if mark.low in CLAUSE_MARKS or not (gerund or (asks and mark.low != "for")):
            continue
        if any(child.tag == "TO" and child.rel in ("mark", "aux") for child in children):
            continue
        _raise_marker(tree, node, [mark], "pcomp", "prep")


def _raise_marker(tree: Tree, node: Node, markers: list[Node], complement: str, rel: str) -> None:
    """Put a chain of markers in the place of `node`, which becomes the complement of the last one."""
    top, last = markers[0], markers[-1]
    place, place_rel = node.head, node.rel
    left, right = node.id, node.id
    for item in tree.subtree(node):
        left, right = min(left, item.id), max(right, item.id)
    for child in tree.children(node):
        if child in markers:
            continue
        base = child.rel.split(":")[0]
        edge_mark = child.rel == "punct" and (child.id < top.id or _closes(tree, child, top, right))
        own_case = any(other.rel == "case" and other.tag != "POS" for other in tree.children(child))
        if child.id < top.id or edge_mark or (base == "conj" and own_case and complement == "pobj"):
            child.head = top.id
        elif base == "advmod" and child.id < last.id:
            child.head = last.id
    for upper, lower in pairwise(markers):
        lower.head, lower.rel = upper.id, "prep"
    top.head = place
    if (
        place_rel == "conj"
        or place == 0
        or place_rel in ("parataxis", "appos", "list", "reparandum", "ccomp")
    ):
        top.rel = "prep" if place_rel in ("appos", "ccomp") else place_rel
    elif place_rel == "obl:agent" and top.low == "by":
        top.rel = "agent"
    else:
        top.rel = rel
    node.head, node.rel = last.id, complement


def _closes(tree: Tree, child: Node, top: Node, right: int) -> bool:
    opened = any(c.rel == "punct" and c.id < top.id for c in tree.nodes if c.head in (child.head, top.id))
    return opened and child.id >= right - 1 and child.id > top.id


def datives(tree: Tree) -> None:
    """The receiver after *to* of a giving verb is its `dative`."""
    for node in tree.nodes:
        if node.rel == "prep" and node.low == "to" and node.head and tree[node.head].lemma in GIVE_VERBS:
            rels = {child.rel for child in tree.children(tree[node.head])}
            if rels & {"obj", "nsubj:pass"}:
                node.rel = "dative"


def coordination(tree: Tree) -> None:
    """Each conjunct hangs on the one before it, with the conjunction and comma between them."""
    for node in tree.nodes:
        chain = [child for child in tree.children(node) if child.rel == "conj" and child.id > node.id]
        previous = node
        for conjunct in chain:
            conjunct.head = previous.id
            for child in tree.children(conjunct):
                between = previous.id < child.id < conjunct.id
                bracket = any(item.tag == "-LRB-" for item in tree.nodes[previous.id : child.id])
                if (
                    between
                    and not bracket
                    and child.rel in ("cc", "punct")
                    and child.tag not in ("-LRB-", "``")
                ):
                    opener = child.rel == "punct" and child.low in ('"', "'", "“", "-")
                    if not opener:
                        child.head = previous.id
            previous = conjunct


def punctuation(tree: Tree) -> None:
    """Hang punctuation whose arc crosses others on the nearest word above it that avoids the crossing."""
    arcs = [(min(n.id, n.head), max(n.id, n.head)) for n in tree.nodes if n.head and n.rel != "punct"]

    def crosses(left: int, right: int) -> bool:
        return any(left < a < right < b or a < left < b < right for a, b in arcs)

    for node in tree.nodes:
        if node.rel != "punct" or not crosses(min(node.id, node.head), max(node.id, node.head)):
            continue
        inside = {item.id for item in tree.subtree(node)}
        for start in (node.id - 1, node.id + 1):
            current = start if 1 <= start <= len(tree.nodes) and start not in inside else 0
            while current and (crosses(min(node.id, current), max(node.id, current))):
                current = tree[current].head
                if current in inside:
                    current = 0
            if current:
                node.head = current
                break


def complements(tree: Tree) -> None:
    """Label nominal and adjectival complements: `attr`, `acomp`, `oprd`."""
    for node in tree.nodes:
        if node.rel != "xcomp" or not node.head or node.pos in ("VERB", "AUX"):
            continue
        head = tree[node.head]
        rels = {child.rel for child in tree.children(head)}
        if rels & {"obj", "nsubj:pass"}:
            node.rel = "oprd"
        elif node.pos in ("ADJ", "ADV"):
            node.rel = "acomp" if node.pos == "ADJ" else "advmod"
        elif node.pos in ("NOUN", "PROPN", "PRON", "NUM"):
            node.rel = "attr" if head.lemma in LINKING_VERBS else "oprd"


RENAMED = {
    "root": "ROOT",
    "nsubj:pass": "nsubjpass",
    "nsubj:outer": "nsubj",
    "csubj:pass": "csubjpass",
    "csubj:outer": "csubj",
    "aux:pass": "auxpass",
    "obj": "dobj",
    "iobj": "dative",
    "acl:relcl": "relcl",
    "advcl:relcl": "advcl",
    "nmod:poss": "poss",
    "nmod:desc": "compound",
    "nmod:unmarked": "npadvmod",
    "nmod:tmod": "npadvmod",
    "nmod:npmod": "npadvmod",
    "obl:unmarked": "npadvmod",
    "obl:tmod": "npadvmod",
    "obl:npmod": "npadvmod",
    "obl:agent": "npadvmod",
    "obl": "npadvmod",
    "compound:prt": "prt",
    "cc:preconj": "preconj",
    "det:predet": "predet",
    "discourse": "intj",
    "vocative": "npadvmod",
    "dislocated": "dep",
    "goeswith": "dep",
    "orphan": "dep",
    "reparandum": "dep",
    "list": "dep",
    "fixed": "dep",
    "flat": "compound",
    "cop": "aux",
}


def labels(tree: Tree) -> None:
    """Rename the relations that kept their place; negation is `neg`, infinitival *to* is `aux`."""
    for node in tree.nodes:
        head = tree[node.head] if node.head else None
        if node.rel == "advmod" and node.low in ("not", "n't", "never", "nt", "n’t"):
            node.rel = "neg"
        elif node.rel == "mark" and node.tag == "TO":
            node.rel = "aux"
        elif (
            node.rel == "advmod"
            and head
            and head.tag == "CD"
            and node.id < head.id
            and node.tag in ("IN", "RB", "RBR")
        ):
            node.rel = "quantmod"
        elif node.rel == "nummod" and head and head.tag == "CD":
            node.rel = "compound"
        elif node.rel == "nmod" and node.tag == "PRP$":
            node.rel = "poss"
        elif node.rel in ("obl", "nmod") and node.tag in ("IN", "TO", "RP"):
            node.rel = "prep"
        elif node.rel == "amod" and head and node.id < head.id and node.tag in ("NN", "NNS", "NNP", "NNPS"):
            node.rel = "compound"
        elif node.rel == "compound" and head and node.id < head.id and node.tag in ("JJ", "JJR", "JJS"):
            node.rel = "amod"
        elif node.rel == "nmod" and head and node.id < head.id and node.tag in ("NNP", "NNPS"):
            node.rel = "compound"
        node.rel = RENAMED.get(node.rel, node.rel)
        if ":" in node.rel:
            node.rel = node.rel.split(":")[0]
        if node.rel == "case" and node.tag != "POS":
            node.rel = "prep" if node.low not in ("'s", "'") else "case"


RULES: list[Callable[[Tree], None]] = [
    dates,
    money,
    flat_names,
    fixed_expressions,
    said,
    copulas,
    existentials,
    prepositions,
    gerunds,
    datives,
    coordination,
    complements,
    labels,
    punctuation,
]

LABELS = frozenset(words("labels"))


def convert(tree: Tree) -> Tree:
    """Convert a UD tree in place to spaCy's English scheme and return it.

    Raises ValueError naming the sentence when a rule broke the tree or left an unknown label.
    """
    for rule in RULES:
        rule(tree)
    name = next((line for line in tree.comments if line.startswith("# sent_id")), "sentence")
    if not tree.is_tree():
        raise ValueError(f"{name}: the conversion left no tree")
    unknown = sorted({re.sub(r"\s", " ", node.rel) for node in tree.nodes} - LABELS)
    if unknown:
        raise ValueError(f"{name}: labels outside spaCy's English set: {', '.join(unknown)}")
    return tree
