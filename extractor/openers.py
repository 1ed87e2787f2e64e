"""A common plural that opens a sentence is no name, though its capital says so: "*Clashes* erupted in Aden".

The `extractor_openers` component runs after the model: what it reads of the frames is no input of the parse, so
a new frame does not make a parsed document stale.
"""

from __future__ import annotations

from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Token

from extractor.patterns import default_folder, read_frames
from extractor.schema import register_extensions

# What derives part of speech and lemma from the tag, in this order; of spaCy, not of a model.
DERIVING = ("attribute_ruler", "lemmatizer")


class Openers:
    """Tags plurals of event nouns as common nouns where they open a sentence and are tagged as names.

    Args:
        nlp: the pipeline whose attribute ruler and lemmatizer follow the tag.
        folder: the patterns folder, for the nouns of its frames.
    """

    def __init__(self, nlp: Language, folder: Path | None = None) -> None:
        self.nlp = nlp
        nouns = {
            noun.split()[-1] for frame in read_frames(folder or default_folder()) for noun in frame.nouns
        }
        self.plurals = {plural for noun in nouns for plural in _plurals(noun)}
        self.nouns = _nouns(nlp)

    def __call__(self, doc: Doc) -> Doc:
        mended = [token for token in doc if self._is_mistagged(token)]
        for token in mended:
            token.tag_ = "NNS"
            token.pos = token.lemma = 0
        for name in DERIVING if mended else ():
            if name in self.nlp.pipe_names:
                doc = self.nlp.get_pipe(name)(doc)
        return doc

    def _is_mistagged(self, token: Token) -> bool:
        if token.tag_ not in ("NNP", "NNPS"):
            return False
        word = token.lower_
        if word not in self.plurals and not (
            token.tag_ == "NNPS" and word[-1] == "s" and word[:-1] in self.nouns
        ):
            return False
        # A comma ends what the parser reads apart: after "On Monday," it is shown a capital, too.
        if not (token.is_sent_start or (token.is_lower and token.nbor(-1).text == ",")):
            return False
        return token.i + 1 == len(token.doc) or not token.nbor().tag_.startswith("NNP")


def _nouns(nlp: Language) -> set[str]:
    """The nouns that the model's lemmatizer knows; none where it has no such list."""
    tables = (
        getattr(nlp.get_pipe("lemmatizer"), "lookups", None) if "lemmatizer" in nlp.component_names else None
    )
    if not tables or not tables.has_table("lemma_index"):
        return set()
    return set(tables.get_table("lemma_index").get("noun", ()))


def _plurals(noun: str) -> set[str]:
    """Ways to write an English noun's plural."""
    if noun.endswith("y"):
        return {noun[:-1] + "ies", noun + "s"}
    return {noun + "es", noun + "s"}


@Language.factory("extractor_openers", default_config={"patterns": None})
def create_openers(nlp: Language, name: str, patterns: str | None) -> Openers:
    """spaCy component: mends the tags of common nouns that open a sentence; see the module."""
    register_extensions()
    return Openers(nlp, Path(patterns) if patterns else None)
