"""The `extractor_sentences` component: sentence starts by rule, set before the parser runs.

Blocks of the page are hard boundaries; inside one, a stop ends a sentence unless it belongs to an
abbreviation, an initial, a number, an ellipsis or a bracket, or what follows goes on with the sentence. The
lists are in `patterns/sentences.toml`. Every token gets True or False, so that a parser can neither add nor
remove a start.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import spacy
from pydantic import Field
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

from extractor.blocks import find_blocks
from extractor.patterns import Rule, default_folder, read_rules
from extractor.schema import register_extensions

register_extensions()

STOPS = re.compile(r"[.!?。！？]+|…+|\.{2,}")
CLOSERS = frozenset("”’»)]}›")
OPENERS = frozenset("“‘«([{‹„")
STRAIGHT = frozenset("\"'")
ACRONYM = re.compile(r"(?:[^\W\d_]\.){2,}")
INITIAL = re.compile(r"[A-ZÀ-Þ]\.")
ARTICLE_PREFIX = frozenset({"al", "el", "an", "ad", "ar", "as", "ash", "at", "az"})
# Brackets wider than this hold sentences of their own.
WIDEST_BRACKET = 80
# Tokens of a sentence, in whose square the parser takes memory. No prose goes beyond it, but tables and lists do.
LONGEST = 500
CUTS = frozenset({",", ";", ":", "—", "–", "|", "•"})


class SentenceRule(Rule):
    """One list of `patterns/sentences.toml`; the file's head says what each key means."""

    kind: Literal["abbreviation", "numbered", "starters", "followers", "speech"]
    forms: list[str]
    ends: Literal["never", "number", "starter", "capital"] | None = None
    token: bool = False
    examples: list[str] = Field(default_factory=list)


class _Lists:
    """The lists of one patterns folder, keyed for look-up."""

    def __init__(self, rules: list[SentenceRule]) -> None:
        self.rules = rules
        self.ends = {form: r.ends for r in rules if r.kind == "abbreviation" for form in r.forms}
        self.tokens = [form for r in rules if r.token for form in r.forms]
        self.numbered = frozenset(f for r in rules if r.kind == "numbered" for f in r.forms)
        self.starters = frozenset(f for r in rules if r.kind == "starters" for f in r.forms)
        self.followers = frozenset(f for r in rules if r.kind == "followers" for f in r.forms)
        self.speech = frozenset(f for r in rules if r.kind == "speech" for f in r.forms)

    def policy(self, form: str) -> str | None:
        """How `form`, a word with its full stop, may end a sentence; None for a plain word."""
        for candidate in (form, form.title() if form.isupper() else form):
            if candidate in self.ends:
                return self.ends[candidate] or "never"
        if ACRONYM.fullmatch(form):
            return "starter"
        if INITIAL.fullmatch(form):
            return "initial"
        return None


@lru_cache(maxsize=8)
def sentence_lists(folder: Path | None = None) -> _Lists:
    """The lists of `folder/sentences.toml`.

    Raises:
        PatternError: the file does not hold together.
    """
    return _Lists(read_rules([(folder or default_folder()) / "sentences.toml"], "sentence", SentenceRule))


def check_sentences(folder: Path | None = None) -> list[str]:
    """Run every example of `sentences.toml`; returns one line per failure."""
    nlp = spacy.blank("en")
    configure_tokenizer(nlp, folder)
    component = Sentences(str(folder) if folder else None)
    failures = []
    for rule in sentence_lists(folder).rules:
        for example in rule.examples:
            text = re.sub(r"(\S)\|(?=\S)", r"\1 ", example)
            wanted = example.split("|")
            found = [sent.text.strip() for sent in component(nlp(text)).sents]
            if found != wanted:
                failures.append(f"sentence '{rule.id}': wanted {wanted}, got {found}")
    return failures


class Sentences:
    """Sets `is_sent_start` of every token to True or False.

    Needs nothing from the pipeline; where `doc._.blocks` is unset the blocks are found from the text.

    Args:
        patterns: folder of patterns, the package's own by default.
    """

    def __init__(self, patterns: str | None = None) -> None:
        self.folder = Path(patterns) if patterns else None
        self.lists = sentence_lists(self.folder)

    def __call__(self, doc: Doc) -> Doc:
        blocks = doc._.blocks if doc._.blocks is not None else find_blocks(doc.text, folder=self.folder)
        words = [token for token in doc if not token.is_space]
        starts: set[int] = set()
        position = 0
        edges = [block.start for block in blocks] + [len(doc.text) + 1]
        for edge, next_edge in pairwise(edges):
            while position < len(words) and words[position].idx < edge:
                position += 1
            first = position
            while position < len(words) and words[position].idx < next_edge:
                position += 1
            if first < position:
                starts.add(words[first].i)
                starts.update(self._starts_inside(doc, words[first:position]))
        starts |= _cuts(doc, sorted(starts))
        leading = [token.i for token in doc if token.is_space and token.i == 0]
        if leading and words:
            starts.discard(words[0].i)
        # Setting Token.is_sent_start one by one takes time in the square of the length.
        values = [[1 if i in starts or i == 0 else -1] for i in range(len(doc))]
        if values:
            array: Any = np.array(values, dtype="int64").astype("uint64")
            doc.from_array([SENT_START], array)
        return doc

    def _starts_inside(self, doc: Doc, words: list[Token]) -> list[int]:
        """Indices of tokens that start a sentence inside one block, its first one apart."""
        bracketed = _inside_brackets(words)
        starts = []
        index = 0
        while index < len(words) - 1:
            if not _has_stop(words, index):
                index += 1
                continue
            after = _skip_closers(words, index + 1)
            if after >= len(words):
                break
            if not bracketed[after] and self._ends(words, index, after):
                starts.append(words[after].i)
            index = max(after, index + 1)
        return starts

    def _ends(self, words: list[Token], stop: int, after: int) -> bool:
        """Whether the stop at `stop` ends a sentence that `after` would follow."""
        core = after
        while core < len(words) - 1 and (words[core].text in OPENERS or words[core].text in STRAIGHT):
            core += 1
        word = words[core].text
        capital = word[0].isalpha() and not word[0].islower()
        spaced = _spaced(words[after - 1], words[after])
        before = words[stop - 1].text if stop else ""
        form = _form(words, stop)
        if before in ("[", "(") and form in ("...", "…"):
            return word in self.lists.starters
        if not spaced:
            return capital and len(before) > 1 and before.islower() and after == core
        if form.endswith(".") and form.strip(".") and _opens_list(words, stop):
            return False
        policy = self.lists.policy(form) if after == stop + 1 or words[stop + 1].text != "." else None
        if policy == "never":
            return False
        if policy == "number" and (word[0].isdigit() or word[0] == "#"):
            return False
        if policy == "initial":
            glued = words[stop].text == "."
            if (
                form in ("I.", "V.", "X.")
                and stop > glued
                and words[stop - 1 - glued].text in self.lists.numbered
            ):
                return capital
            named = stop > 0 and (before[0].isupper() or words[stop].i == words[0].i)
            return word in self.lists.starters and not (named and word in ("A", "I"))
        if policy == "starter":
            return word in self.lists.starters
        if policy == "capital":
            return capital and word.rstrip(".") not in self.lists.followers
        if words[stop].text[-1] in "!?" and self._speech_follows(words, stop, after):
            return False
        if capital or word[0] in "$€£¥#@":
            return True
        if word[0].isdigit():
            return words[stop].text[-1] in ".!?"
        if words[after].text in ("(", "[") and words[stop].text in (".", "!", "?"):
            return True
        if words[after].text.strip("-–—*•~<>") == "" and after + 1 < len(words):
            return words[after + 1].text[0].isupper() or words[after + 1].like_url
        if words[after].like_url or _is_article_name(words, core):
            return True
        # Carelessly typed: a plain word, a stop, and the next sentence in lower case.
        plain = words[stop].text == "." and after == stop + 1 and before.islower() and len(before) > 3
        return plain and before.isalpha() and word.isalpha()

    def _speech_follows(self, words: list[Token], stop: int, after: int) -> bool:
        """“Stop!” Diallo said: a name and a verb of speech go on after the quotation."""
        if after == stop + 1 or words[after].text in self.lists.starters:
            return False
        for token in words[after : after + 6]:
            if token.text in self.lists.speech:
                return True
            if not token.text[0].isalpha() and token.text != "-":
                return False
        return False


def _has_stop(words: list[Token], index: int) -> bool:
    text = words[index].text
    if STOPS.fullmatch(text):
        return True
    return len(text) > 1 and text[-1] in ".!?…" and any(c.isalnum() for c in text)


def _form(words: list[Token], stop: int) -> str:
    """The word that carries the stop, with it: the tokenizer may have cut it off."""
    text = words[stop].text
    if text in (".", "!") and stop > 0 and not _spaced(words[stop - 1], words[stop]):
        return words[stop - 1].text + text
    return text


def _spaced(left: Token, right: Token) -> bool:
    return right.idx > left.idx + len(left.text)


def _skip_closers(words: list[Token], index: int) -> int:
    """The first token after closing quotes and brackets, further stops and note marks like [4] or [3-5]."""
    while index < len(words):
        text = words[index].text
        glued = not _spaced(words[index - 1], words[index])
        spaced = index + 1 == len(words) or _spaced(words[index], words[index + 1])
        turned = glued and (text in STRAIGHT or (text in OPENERS and spaced and text not in "([{"))
        if text in CLOSERS or STOPS.fullmatch(text) or turned:
            index += 1
        elif text == "[" and (after := _after_note(words, index)):
            index = after
        else:
            return index
    return index


def _after_note(words: list[Token], index: int) -> int | None:
    """The index behind a note, [4] or [citation needed], that opens at `index`; None where there is none."""
    for after in range(index + 1, min(index + 8, len(words))):
        text = words[after].text
        if text == "]":
            return after + 1 if after > index + 1 else None
        if not text.isdigit() and not text.islower() and text not in (",", "-", "–"):
            return None
    return None


def _opens_list(words: list[Token], stop: int) -> bool:
    """The stop of "1." or "b." at the start of a block or of a line belongs to the mark."""
    mark = words[stop].text.rstrip(".") or (words[stop - 1].text if stop else "")
    first = stop if len(words[stop].text) > 1 else stop - 1
    at_start = first == 0 or (first == 1 and words[0].text == "(")
    return at_start and re.fullmatch(r"\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5}|\d+(?:\.\d+)+", mark) is not None


def _is_article_name(words: list[Token], index: int) -> bool:
    """ "al-Shabaab" opens a sentence in lower case."""
    text = words[index].text
    head, dash, tail = text.partition("-")
    if dash and head in ARTICLE_PREFIX and tail[:1].isupper():
        return True
    return (
        text in ARTICLE_PREFIX
        and index + 2 < len(words)
        and words[index + 1].text == "-"
        and words[index + 2].text[0].isupper()
    )


def _cuts(doc: Doc, starts: list[int]) -> set[int]:
    """Where sentences too long to be any are cut: after the last comma or the like that keeps a part short enough."""
    cuts = set()
    for start, end in pairwise([*starts, len(doc)]):
        while end - start > LONGEST:
            last = start + LONGEST
            marks = (
                i
                for i in range(last - 1, start + LONGEST // 2, -1)
                if doc[i].text in CUTS or "\n" in doc[i].text
            )
            start = next(marks, last - 1) + 1
            while start < end - 1 and doc[start].is_space:
                start += 1
            cuts.add(start)
    return cuts


def _inside_brackets(words: list[Token]) -> list[bool]:
    """For each token, whether a bracket that closes near enough is open before it."""
    inside = [False] * len(words)
    stack: list[int] = []
    for index, token in enumerate(words):
        if token.text in ("(", "["):
            stack.append(index)
        elif token.text in (")", "]") and stack:
            opened = stack.pop()
            if index - opened <= WIDEST_BRACKET:
                inside[opened + 1 : index + 1] = [True] * (index - opened)
    return inside


@Language.factory("extractor_sentences", default_config={"patterns": None}, assigns=["token.is_sent_start"])
def create_sentences(nlp: Language, name: str, patterns: str | None) -> Sentences:
    return Sentences(patterns)


# Dashes, brackets and quotes glued to what is left or right of them; "U.S.-led"; a note mark after a stop.
INFIXES = (
    r"[—―]",
    r"(?<=[^\s\d])–(?=\S)",
    r"(?<=\S)–(?=[^\s\d])",
    r"(?<=\d)–(?=\d)",
    r"--+",
    r"[“”„«»]",
    r"(?<=\w)[(\[](?=\w)",
    r"[)\]](?=[\w(\[“—–―-])",
    r"(?<=\w)\"(?=[\w—–―-])",
    r"(?<=[^\W\d_]\.)-(?=[^\W\d_])",
    r"(?<=[^\W_])[.!?,;:](?=[(\[])",
    r"(?<=[”\")\]])[.!?,;:](?=[(\[])",
    r"(?<=[.!?,;:\]])[(\[](?=\w)",
)
PREFIXES = (r"--+", r"―")
SUFFIXES = (r"--+", r"―")


def configure_tokenizer(nlp: Language, folder: Path | None = None) -> None:
    """Make an English pipeline's tokenizer split glued dashes, brackets and quotes, and keep ranks whole.

    The rules are added to those of the language; call it on any pipeline, once or more, before it is trained
    or run. They are saved with the pipeline.

    Args:
        nlp: a pipeline whose tokenizer is spaCy's own.
        folder: patterns folder, the package's own by default.
    """
    tokenizer: Any = nlp.tokenizer
    defaults = nlp.Defaults
    tokenizer.infix_finditer = compile_infix_regex([*INFIXES, *(defaults.infixes or [])]).finditer
    tokenizer.prefix_search = compile_prefix_regex([*PREFIXES, *(defaults.prefixes or [])]).search
    tokenizer.suffix_search = compile_suffix_regex([*SUFFIXES, *(defaults.suffixes or [])]).search
    for form in sentence_lists(folder).tokens:
        tokenizer.add_special_case(form, [{"ORTH": form}])
