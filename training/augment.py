"""Surface variants of training sentences: capitals, typographic punctuation, missing accents."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

from gazetteer import (
    city_names,
    country_names,
    demonyms,
    event_name,
    facility_name,
    family_name,
    group_name,
    person_name,
    region_name,
    title,
)
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

APOSTROPHES = {"'": "’", "''": "”", "``": "“", "n't": "n’t", "'s": "’s"}
DASHES = ["–", "—", "--", "-"]


def typographic(words: list[str], rng: random.Random) -> list[str]:
    """Return the words with curly quotes and apostrophes and another dash."""
    dash = rng.choice(DASHES)
    opened = False
    result = []
    for word in words:
        if word == '"':
            opened = not opened
            word = "“" if opened else "”"
        elif word in ("-", "--", "–", "—") and word != "-":
            word = dash
        elif word in APOSTROPHES:
            word = APOSTROPHES[word]
        elif "'" in word:
            word = word.replace("'", "’")
        result.append(word)
    return result


def straight(words: list[str], rng: random.Random) -> list[str]:
    """Return the words with typewriter quotes and apostrophes."""
    return [w.translate({0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"'}) for w in words]


def unaccented(words: list[str], rng: random.Random) -> list[str]:
    """Return the words with accents taken off."""
    return [
        "".join(c for c in unicodedata.normalize("NFD", w) if not unicodedata.combining(c)) or w
        for w in words
    ]


def upper(words: list[str], rng: random.Random) -> list[str]:
    """Return the words in capitals, as in a wire's headline."""
    return [w.upper() for w in words]


def lower(words: list[str], rng: random.Random) -> list[str]:
    """Return the words in lower case."""
    return [w.lower() for w in words]


def titled(words: list[str], rng: random.Random) -> list[str]:
    """Return the words with initial capitals, as in a headline."""
    return [w[:1].upper() + w[1:] if len(w) > 3 else w for w in words]


Variant = Callable[[list[str], random.Random], list[str]]
VARIANTS: list[tuple[float, Variant]] = [
    (0.20, typographic),
    (0.06, straight),
    (0.04, unaccented),
    (0.04, upper),
    (0.015, lower),
    (0.02, titled),
]


def respell(doc: Doc, words: list[str]) -> Doc:
    """Return a copy of an annotated doc with other word forms."""
    ents = [f"{t.ent_iob_}-{t.ent_type_}" if t.ent_iob_ in "BI" and t.ent_type_ else "O" for t in doc]
    parsed = doc.has_annotation("DEP")
    return Doc(
        doc.vocab,
        words=words,
        spaces=[bool(t.whitespace_) for t in doc],
        tags=[t.tag_ for t in doc] if doc.has_annotation("TAG") else None,
        heads=[t.head.i for t in doc] if parsed else None,
        deps=[t.dep_ for t in doc] if parsed else None,
        ents=ents if doc.has_annotation("ENT_IOB") else None,
    )


def augmented(doc: Doc, rng: random.Random) -> Example:
    """Return a training example of the doc, at random in one of the variants."""
    draw = rng.random()
    for chance, variant in VARIANTS:
        if draw < chance:
            doc = respell(doc, variant([t.text for t in doc], rng))
            break
        draw -= chance
    empty = Doc(doc.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
    return Example(empty, doc)


def renamed(doc: Doc, rng: random.Random) -> Doc:
    """Return a copy of a doc with names (no parse) in which some names are replaced by made ones."""
    words: list[str] = []
    spaces: list[bool] = []
    ents: list[str] = []
    for token in doc:
        if token.ent_iob_ == "B" and token.ent_type_:
            span = next(ent for ent in doc.ents if ent.start == token.i)
            new = _new_name(span.label_, len(span), rng)
            if new:
                parts = new.replace("-", " - ").split()
                words.extend(parts)
                spaces.extend([True] * (len(parts) - 1) + [bool(span[-1].whitespace_)])
                ents.extend([f"B-{span.label_}"] + [f"I-{span.label_}"] * (len(parts) - 1))
            else:
                words.extend(t.text for t in span)
                spaces.extend(bool(t.whitespace_) for t in span)
                ents.extend([f"B-{span.label_}"] + [f"I-{span.label_}"] * (len(span) - 1))
        elif token.ent_iob_ != "I":
            words.append(token.text)
            spaces.append(bool(token.whitespace_))
            ents.append("O")
    return Doc(doc.vocab, words=words, spaces=spaces, ents=ents)


def _new_name(label: str, length: int, rng: random.Random) -> str:
    if rng.random() < 0.4:
        return ""
    if label == "PERSON":
        return person_name(rng) if length > 1 else family_name(rng)
    if label == "GPE" and length < 3:
        return rng.choice(country_names() if rng.random() < 0.3 else city_names())
    if label == "ORG" and rng.random() < 0.6:
        return group_name(rng)
    return ""


def augmented_names(doc: Doc, rng: random.Random) -> Example:
    """Return a training example of a doc with names, at random with other names or spelt in another way."""
    if doc.ents and rng.random() < 0.35:
        doc = renamed(doc, rng)
    return augmented(doc, rng)


@cache
def _templates() -> tuple[str, ...]:
    lines = (Path(__file__).parent / "templates.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def _demonym_list() -> tuple[str, ...]:
    return tuple(sorted(demonyms()))


def _filler(label: str, rng: random.Random) -> str:
    if label == "PERSON":
        return person_name(rng) if rng.random() < 0.8 else family_name(rng)
    if label == "GPE":
        return rng.choice(country_names() if rng.random() < 0.35 else city_names())
    if label == "NORP":
        word = rng.choice(_demonym_list())
        return word
    makers: dict[str, Callable[[random.Random], str]] = {
        "ORG": group_name,
        "FAC": facility_name,
        "EVENT": event_name,
        "LOC": region_name,
        "TITLE": title,
    }
    return makers[label](rng)


def template_doc(nlp: Language, rng: random.Random) -> Doc:
    """Return a sentence from a template with made names, labelled."""
    text = ""
    spans: list[tuple[int, int, str]] = []
    for piece in re.split(r"(\{[A-Z]+\})", rng.choice(_templates())):
        if not piece.startswith("{"):
            text += piece
            continue
        label = piece[1:-1]
        name = _filler(label, rng)
        if label != "TITLE":
            spans.append((len(text), len(text) + len(name), label))
        text += name
    doc = nlp.make_doc(text)
    ents = [doc.char_span(a, b, label=label) for a, b, label in spans]
    doc.ents = [ent for ent in ents if ent is not None]
    return doc
