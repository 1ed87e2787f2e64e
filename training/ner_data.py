"""Training documents for names, from four sources brought to one label set and one idea of a span.

A name is labelled without its determiner and without the title before it ("[President] Jane Doe").  Labels:
PERSON NORP ORG GPE LOC FAC EVENT, as OntoNotes defines them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from convert import Node, Tree, read_conllu
from gazetteer import (
    COUNTRY_FORMS,
    FAC_HEADS,
    GPE_HEADS,
    LOC_HEADS,
    LOC_NAMES,
    ORG_HEADS,
    country_names,
    demonyms,
    gpe_names,
    place_label,
)
from lists import words as listed
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

LABELS = ("PERSON", "NORP", "ORG", "GPE", "LOC", "FAC", "EVENT")
TITLES = frozenset(listed("titles"))
LINKS = frozenset(listed("links"))

RANKS = TITLES - frozenset(listed("ranks"))
POSTS = frozenset(listed("posts"))
EDGES = frozenset(listed("edges"))
GENERIC = (LOC_HEADS | FAC_HEADS | GPE_HEADS | ORG_HEADS | TITLES) - {"coalition"} | frozenset(
    listed("generic")
)


def _named(words: list[str]) -> bool:
    strong = [w for w in words if w[:1].isupper() or w[:1].isdigit()]
    return (
        bool(strong)
        and all(w in strong or w.lower() in LINKS for w in words)
        and words[-1].lower() not in LINKS
    )


def trim(words: list[str], label: str) -> tuple[int, int]:
    """Return the part of a mention that is the name, as offsets into `words`; (0, 0) when there is none."""
    start, end = 0, len(words)
    while start < end and words[start].lower() in (
        "the",
        "a",
        "an",
        "this",
        "that",
        "“",
        '"',
        "'",
        "‘",
        "this",
        "all",
    ):
        start += 1
    while end > start and words[end - 1] in ("’s", "'s", "’", "'", "”", '"', ",", "."):
        end -= 1
    if label == "PERSON":
        titles = [i for i in range(start, end - 1) if words[i].lower().rstrip(".") in RANKS]
        start = titles[-1] + 1 if titles else start
        while start < end and (words[start].lower().rstrip(".") in TITLES or words[start].lower() in TITLES):
            start += 1
        if {"of", "for", "and"} & {word.lower() for word in words[start:end]}:
            return 0, 0
    if label != "ORG" and "," in words[start:end]:
        end = words.index(",", start, end)
    while start < end and words[start].lower() in EDGES:
        start += 1
    if (
        start < end
        and _named(words[start:end])
        and not (end - start == 1 and words[start].lower() in GENERIC)
    ):
        return start, end
    return 0, 0


def relabel(words: list[str], label: str) -> str:
    """Return the final label of a name whose source says PERSON, ORG, place or people."""
    text = " ".join(words)
    if label in ("PLACE", "GPE", "LOC", "FAC"):
        return "NORP" if text in demonyms() and text.lower() not in gpe_names() else place_label(text)
    if label == "ORG":
        if text in demonyms():
            return "NORP"
        if text.lower() in COUNTRY_FORMS | LOC_NAMES or text in country_names():
            return place_label(text)
    if label == "NORP" and text.lower() in gpe_names() | COUNTRY_FORMS and text not in demonyms():
        return "GPE"
    if label == "PERSON" and words[-1] in demonyms():
        return "NORP"
    if label == "PERSON" and text in country_names():
        return "GPE"
    return label


def add_demonyms(doc: Doc) -> None:
    """Label as NORP every demonym outside other names."""
    taken = {t.i for ent in doc.ents for t in ent}
    words = demonyms()
    extra = []
    for token in doc:
        follows = doc[token.i + 1].text if token.i + 1 < len(doc) else ""
        if (
            token.i not in taken
            and token.text in words
            and not (token.text == "Georgian" and follows == "Bay")
        ):
            extra.append(Span(doc, token.i, token.i + 1, label="NORP"))
    doc.ents = filter_spans([*doc.ents, *extra])


def set_names(doc: Doc, mentions: list[tuple[int, int, str]]) -> None:
    """Set as entities the trimmed, relabelled, longest mentions (token offsets, label)."""
    spans = []
    for start, end, label in mentions:
        words = [t.text for t in doc[start:end]]
        left, right = trim(words, label)
        if left == right:
            continue
        final = relabel(words[left:right], label)
        if final in LABELS:
            spans.append(Span(doc, start + left, start + right, label=final))
    doc.ents = filter_spans(spans)
    add_demonyms(doc)


def bio_docs(path: Path, nlp: Language, *, column: int, text_column: int, kinds: dict[str, str]) -> list[Doc]:
    """Return one doc per sentence of a BIO or IO file."""
    docs: list[Doc] = []
    rows: list[tuple[str, str]] = []

    def close() -> None:
        if not rows:
            return
        doc = Doc(nlp.vocab, words=[w for w, _ in rows])
        mentions, start = [], -1
        for index in range(len(rows) + 1):
            tag = rows[index][1] if index < len(rows) else "O"
            previous = rows[index - 1][1] if index else "O"
            if start >= 0 and (tag[0] in "BO" or tag[2:] != previous[2:]):
                mentions.append((start, index, kinds.get(previous[2:], previous[2:])))
                start = -1
            if tag != "O" and start < 0:
                start = index
        set_names(doc, mentions)
        docs.append(doc)
        rows.clear()

    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and "\t" not in line:
            continue
        parts = line.split("\t") if "\t" in line else line.split(" ")
        if len(parts) <= column:
            close()
            continue
        rows.append((parts[text_column], parts[column]))
    close()
    return docs


GUM_KINDS = {"person": "PERSON", "organization": "ORG", "place": "PLACE", "event": "EVENT"}


def gum_mentions(tree: Tree, open_: list[tuple[str, str, int]]) -> list[tuple[int, int, str]]:
    """Return the named mentions of a GUM sentence (word offsets, source label), nested ones included."""
    found: list[tuple[int, int, str, str]] = []
    for index, node in enumerate(tree.nodes):
        value = node.misc.get("Entity", "")
        for piece in re.findall(r"\([^()]+\)?|[^()]+\)", value):
            body = piece.strip("()")
            fields = body.split("-")
            if piece.startswith("("):
                kind = fields[1] if len(fields) > 1 else ""
                identity = fields[7] if len(fields) > 7 else ""
                if piece.endswith(")"):
                    found.append((index, index + 1, kind, identity))
                else:
                    open_.append((fields[0], kind + " " + identity, index))
            else:
                for back in range(len(open_) - 1, -1, -1):
                    if open_[back][0] == fields[0]:
                        _, detail, start = open_.pop(back)
                        kind, _, identity = detail.partition(" ")
                        found.append((start, index + 1, kind, identity))
                        break
    open_.clear()
    result = []
    for start, end, kind, identity in found:
        label = GUM_KINDS.get(kind)
        if not label:
            continue
        inside = tree.nodes[start:end]
        ids = {node.id for node in inside}
        heads = [node for node in inside if node.head not in ids]
        if len(heads) != 1:
            continue
        if heads[0].pos != "PROPN":
            flats = [
                n for n in inside if n.head == heads[0].id and n.rel.startswith("flat") and n.pos == "PROPN"
            ]
            if flats:
                result.append((flats[0].id - 1, flats[-1].id, label))
            continue
        span = _name_span(tree, heads[0], inside, label, bool(identity))
        result.append((span[0], span[1], label))
    return result


def _name_span(tree: Tree, head: Node, inside: list[Node], label: str, known: bool) -> tuple[int, int]:
    members = {head.id}
    parts = ("flat", "compound", "amod", "nummod") + (("nmod:desc",) if label != "PERSON" else ())
    grown = True
    while grown:
        grown = False
        for node in inside:
            near = node.id + 1 in members or node.id - 1 in members
            if node.id in members or not near:
                continue
            parent = node.head in members
            capital = node.form[:1].isupper() and node.pos in ("ADJ", "NOUN", "VERB", "NUM")
            name_like = node.pos == "PROPN" or capital or node.tag == "HYPH"
            part = node.rel.startswith(parts) and parent and name_like
            if part or (node.rel == "punct" and node.tag == "HYPH" and parent):
                members.add(node.id)
                grown = True
        right = max(members)
        rest = [node for node in inside if node.id > right]
        if label != "PERSON" and len(rest) >= 2 and rest[0].low in ("of", "for") and known:
            tail = [n for n in rest if n.pos == "PROPN" or n.low in ("of", "the", "and", "for")]
            if [n.id for n in tail] == [n.id for n in rest] and rest[-1].pos == "PROPN":
                members |= {n.id for n in rest}
                grown = False
    return min(members) - 1, max(members)


def gum_docs(path: Path, nlp: Language) -> list[Doc]:
    """Return one doc per sentence of a GUM treebank."""
    docs = []
    open_: list[tuple[str, str, int]] = []
    for tree in read_conllu(path):
        mentions = gum_mentions(tree, open_)
        doc = Doc(nlp.vocab, words=[n.form for n in tree.nodes], spaces=[n.space for n in tree.nodes])
        set_names(doc, mentions)
        docs.append(doc)
    return docs


RE3D_KINDS = {"Organisation": "ORG", "Person": "PERSON", "Location": "PLACE", "Nationality": "NORP"}


def re3d_docs(folder: Path, nlp: Language, *, held_out: bool) -> list[Doc]:
    """Return the re3d documents cut at lines; every fifth by sorted id is held out (or returned)."""
    documents = {}
    entities: dict[str, list[dict[str, object]]] = defaultdict(list)
    for path in sorted(folder.glob("*/documents.json")):
        for line in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            documents[document["_id"]] = document["text"]
    for path in sorted(folder.glob("*/entities.json")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entity = json.loads(line)
            entities[entity["documentId"]].append(entity)
    docs = []
    for number, ident in enumerate(sorted(documents)):
        if (number % 5 == 4) != held_out:
            continue
        doc = nlp.make_doc(documents[ident])
        mentions = []
        for entity in entities[ident]:
            kind = RE3D_KINDS.get(str(entity["type"]))
            span = doc.char_span(entity["begin"], entity["end"], alignment_mode="expand") if kind else None
            if span is not None:
                mentions.append((span.start, span.end, kind))
        set_names(doc, mentions)
        docs.extend(pieces(doc))
    return docs


def pieces(doc: Doc) -> list[Doc]:
    """Cut a doc at line ends and full stops, never inside a name."""
    cuts = [0]
    for token in doc[:-1]:
        following = doc[token.i + 1]
        inside = following.ent_iob_ == "I"
        ended = token.is_space or (
            token.text in ".!?" and (following.text[:1].isupper() or following.is_space)
        )
        if ended and not inside and token.i + 1 - cuts[-1] > 3:
            cuts.append(token.i + 1)
    cuts.append(len(doc))
    return [doc[a:b].as_doc() for a, b in pairwise(cuts) if b > a]
