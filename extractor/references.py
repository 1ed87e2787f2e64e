"""References: what pronouns and bare definite nouns stand for."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Doc

from extractor.mentions import Mention


def find_references(doc: Doc, mentions: Sequence[Mention]) -> list[Mention]:
    return list(mentions)
