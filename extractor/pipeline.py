"""The order of the stages, stated once, and the two calls most users need: `load` and `extract`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from extractor.errors import ModelError
from extractor.schema import Event, register_extensions

BEFORE_MODEL = ("layout", "sentences", "dates", "simplify")
AFTER_MODEL = ("openers", "entities", "quantities", "clauses", "events")
OF_MODEL = ("network", "parser", "recogniser")  # modules of the shipped model's own components
STAGES = (*BEFORE_MODEL, "model", *AFTER_MODEL)
# The pattern files that each stage reads, as globs below the patterns folder. The model's own part reads none;
# what stands above it may change without a new parse.
_NAMES = ("groups/*.toml", "entities/countries.toml", "entities/peoples.toml", "entities/regions.toml")
READS: dict[str, tuple[str, ...]] = {
    "layout": ("layout.toml",),
    "sentences": ("sentences.toml",),
    "dates": ("dates/*.toml",),
    "simplify": _NAMES,
    "openers": ("events/*.toml",),
    "entities": (*_NAMES, "entities/*.toml"),
    "quantities": ("quantities.toml",),
    "clauses": ("clauses.toml", "events/*.toml"),
    "events": ("events/*.toml", "modality.toml", "quantities.toml"),
}
# What the stages read of a model, and the component that gives it in spaCy's own pipelines.
NEEDED = {"token.tag": "tagger", "token.dep": "parser", "doc.ents": "ner", "token.lemma": "lemmatizer"}
MAX_LENGTH = 20_000_000


def model_folder() -> Path:
    """Where the shipped English pipeline lies."""
    return Path(__file__).parent / "model"


def load(
    model: str | None = None,
    *,
    patterns: str | Path | None = None,
    domain: str = "auto",
    judge: bool | str = True,
) -> Language:
    """Build the whole pipeline.

    Args:
        model: name or path of any spaCy English pipeline with tagger, parser, ner and lemmatizer; None for the
            one that ships.
        patterns: a patterns folder to use instead of the shipped one.
        domain: how dates are anchored: "auto", "news" (publication date) or "narrative" (running text).
        judge: whether the trained judge reviews what the rules propose; a path for weights of your own.

    Returns:
        A spaCy Language; call it on a text or on a Doc whose `doc._.published` is set.

    Raises:
        ModelError: unknown model, or one that lacks a needed component.
        InputError: a weights file that is none.
        PatternError: a pattern file that does not hold together.
    """
    register_extensions()
    for module in (*BEFORE_MODEL, *OF_MODEL, *AFTER_MODEL):
        importlib.import_module(f"extractor.{module}")
    nlp = _load_model(model)
    nlp.max_length = MAX_LENGTH
    from extractor.sentences import configure_tokenizer

    folder = Path(patterns) if patterns else None
    configure_tokenizer(nlp, folder)
    for name in ("senter", "sentencizer"):
        if name in nlp.pipe_names:
            nlp.remove_pipe(name)
    first = nlp.pipe_names[0]
    for stage in (*BEFORE_MODEL, *AFTER_MODEL):
        config: dict[str, Any] = {"patterns": str(patterns)} if patterns else {}
        if stage == "dates":
            config["domain"] = domain
        if stage == "events":
            config["judge"] = judge
        nlp.add_pipe(f"extractor_{stage}", config=config, before=first if stage in BEFORE_MODEL else None)
    return nlp


def _load_model(model: str | None) -> Language:
    try:
        nlp = spacy.load(model if model else model_folder())
    except (OSError, ValueError) as error:
        name = model or str(model_folder())
        first = str(error).splitlines()[0]
        raise ModelError(
            f"Cannot load the language model '{name}': {first}",
            "Leave out --model to use the one that ships, or install the spaCy English pipeline you named.",
        ) from None
    given = {part for name in nlp.pipe_names for part in nlp.get_pipe_meta(name).assigns}
    missing = [component for part, component in NEEDED.items() if part not in given]
    if nlp.lang != "en" or missing:
        what = f"lacks {', '.join(missing)}" if missing else f"is for language '{nlp.lang}'"
        raise ModelError(
            f"The language model '{model}' {what}.",
            "Name an English pipeline with tagger, parser, ner and lemmatizer, or leave out --model.",
        )
    return nlp


def make_doc(nlp: Language, text: str, *, document: str = "text", published: str | None = None,
             title: str | None = None) -> Doc:  # fmt: skip
    """Tokenise a text and put what is known of the document on the Doc."""
    doc = nlp.make_doc(text)
    doc._.document = document
    doc._.published = published
    doc._.title = title
    return doc


def parse(nlp: Language, doc: Doc) -> Doc:
    """Run the stages up to the model and the model itself: what is kept between runs, see `extractor.parses`."""
    for _, stage in nlp.pipeline[: _above(nlp)]:
        doc = stage(doc)
    return doc


def read(nlp: Language, doc: Doc) -> Doc:
    """Run the stages above the model on a Doc that `parse` gave."""
    for _, stage in nlp.pipeline[_above(nlp) :]:
        doc = stage(doc)
    return doc


def _above(nlp: Language) -> int:
    """Where in the pipeline the stages above the model begin."""
    return [name for name, _ in nlp.pipeline].index(f"extractor_{AFTER_MODEL[0]}")


def extract(
    text: str, *, published: str | None = None, document: str = "text", nlp: Language | None = None
) -> list[Event]:
    """Events of one text.

    Args:
        text: the text; offsets in the result are code points into it.
        published: ISO day of publication, for "yesterday" and dates without a year.
        document: id to put on the events.
        nlp: a pipeline from `load`; one is built (once) when left out.

    Returns:
        Event records in reading order; `incident` is null, for incidents are joined over a whole run.
    """
    global _default
    if nlp is None:
        if _default is None:
            _default = load()
        nlp = _default
    doc = nlp(make_doc(nlp, text, document=document, published=published))
    return list(doc._.events or [])


_default: Language | None = None
