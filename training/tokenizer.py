"""The tokenizer of the shipped pipeline: spaCy's English one, and more splits inside words."""

from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

INFIXES = [
    r"[—–]",
    r"--+",
    r"[()\[\]“”„\"]",
    r"(?<=[\.\)\]”\"])-(?=[A-Za-z])",
    r"(?<=[0-9])-(?=[A-Za-z])",
    r"[,.;](?=\[)",
    r"…|\.\.\.+",
    r"(?<=[A-Za-z])/(?=[A-Za-z])",
]


def set_tokenizer(nlp: Language) -> None:
    """Split dashes, brackets and quotes glued between words, e.g. "(IS)—the" and "U.S.-led"."""
    defaults: Any = nlp.Defaults
    tokenizer: Any = nlp.tokenizer
    tokenizer.infix_finditer = compile_infix_regex([*defaults.infixes, *INFIXES]).finditer
    tokenizer.prefix_search = compile_prefix_regex([*defaults.prefixes, r"[—–]", r"--+"]).search
    tokenizer.suffix_search = compile_suffix_regex([*defaults.suffixes, r"[—–]", r"--+"]).search
