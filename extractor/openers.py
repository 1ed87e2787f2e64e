"""What a sentence opens with and a parser trips over.

A common plural that opens a sentence is no name, though its capital says so: "*Clashes* erupted in Aden".  A date
does not modify the subject that follows it without a comma: "On the night of 4 May rebels attacked the post".
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
        _free_subjects(doc)
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


def _free_subjects(doc: Doc) -> None:
    """Gives a verb the subject that was read into the date before it, "the night of" and the like."""
    for timex in doc._.timexes or []:
        span = doc.char_span(timex.start, timex.end, alignment_mode="expand")
        of = next((t for t in reversed(span or ()) if t.lower_ == "of"), None)
        if of is None or span is None or not doc.has_annotation("DEP"):
            continue
        last = doc[span.end - 1]
        date = next((t for t in last.sent if of.i < t.i < span.end and t.head.i >= span.end), None)
        noun = date.head if date is not None else None
        if (
            noun is None
            or date is None
            or noun.dep_ not in ("pobj", "nsubj")
            or not noun.tag_.startswith("NN")
        ):
            continue
        verb = noun.head
        if noun.dep_ == "pobj":
            after = (t for t in doc[noun.i + 1 : last.sent.end] if t.pos_ != "ADV")
            found = next(after, None)
            if found is None or found.tag_ not in ("VBD", "VBZ", "VBP") or _has_subject(found):
                continue
            verb = found
        for token in list(noun.lefts):
            if token.i < span.end and token != date:
                token.head = date
        noun.head, noun.dep_ = verb, "nsubj"
        date.head, date.dep_ = of, "pobj"


def _has_subject(verb: Token) -> bool:
    return any(child.dep_ in ("nsubj", "nsubjpass") for child in verb.lefts)


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
