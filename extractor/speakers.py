"""Speakers: whose *I* and *we* it is, in quotations, transcripts and statements.

A quotation belongs to the subject of the verb of saying beside it, else to whom the one before belonged. What
follows "X said:" or "X:" without quotation marks belongs to X. *We* is the body that the speaker speaks for:
named in his title or beside his name, else the one body that is the subject of what he says before.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Doc, Token

from extractor.mentions import Mention

SINGULAR = {"i", "me", "my", "myself"}
PLURAL = {"we", "us", "our", "ourselves"}
_SAYING = {
    "say", "add", "tell", "declare", "warn", "explain", "note", "state", "stress", "claim", "announce", "write",
    "continue", "insist", "comment", "remark", "argue", "reply", "respond", "observe", "tweet", "conclude",
    "admit", "recall", "vow", "confirm", "acknowledge",
}  # fmt: skip
_BODIES = {"organisation", "government", "intergovernmental", "state_force", "armed_group", "media"}
_SUBJECTS = {"nsubj", "nsubjpass"}
_TURN = re.compile(r"(?m)^(?P<who>(?:[A-Z][\w.'’-]*[ ]?){1,6}):[ \t]+(?=\S)")


@dataclass
class _Speech:
    """Something said: character bounds, and the mention or else the name of who says it."""

    start: int
    end: int
    speaker: Mention | None
    name: str = ""


def resolve_speakers(doc: Doc, mentions: Sequence[Mention], starts: Sequence[int]) -> None:
    """Set `refers_to`, entity and kind of first-person pronouns whose speaker is plain.

    Args:
        doc: parsed.
        mentions: every mention in reading order, other references resolved.
        starts: character offsets at which paragraphs begin.
    """
    pronouns = [m for m in mentions if m.form == "pronoun" and doc[m.head].lower_ in SINGULAR | PLURAL]
    if not pronouns:
        return
    said = _speeches(doc, mentions, starts)
    last: dict[int, Mention] = {}
    for pronoun in pronouns:
        at = doc[pronoun.head].idx
        speech = next((s for s in reversed(said) if s.start <= at < s.end), None)
        begin = speech.start if speech is not None else 0
        if doc[pronoun.head].lower_ in SINGULAR:
            if speech is not None:
                _point(doc, pronoun, speech)
            continue
        _resolve_we(doc, pronoun, speech, mentions)
        if pronoun.refers_to is None and begin in last:
            _copy(doc, pronoun, last[begin])
        if pronoun.refers_to is not None:
            last[begin] = pronoun


def _point(doc: Doc, pronoun: Mention, speech: _Speech) -> None:
    speaker = speech.speaker
    if speaker is None:
        pronoun.refers_to = speech.name or None
    elif speaker.form == "name" or speaker.refers_to:
        _copy(doc, pronoun, speaker)


def _copy(doc: Doc, pronoun: Mention, meant: Mention) -> None:
    pronoun.refers_to = meant.refers_to or meant.attributes.get("state") or meant.text(doc)
    pronoun.entity, pronoun.kind = meant.entity, meant.kind or pronoun.kind
    for name in ("country", "affiliation", "precision"):
        if name in meant.attributes:
            pronoun.attributes.setdefault(name, meant.attributes[name])


def _resolve_we(doc: Doc, pronoun: Mention, speech: _Speech | None, mentions: Sequence[Mention]) -> None:
    if speech is not None and speech.speaker is None and speech.name:
        pronoun.refers_to = speech.name
        return
    speaker = speech.speaker if speech is not None else None
    if speaker is not None and speaker.kind in _BODIES and (speaker.form == "name" or speaker.refers_to):
        _copy(doc, pronoun, speaker)
        return
    begin = speech.start if speech is not None else 0
    bodies = _bodies_before(doc, pronoun, begin, mentions)
    if len({m.entity for m in bodies}) == 1:
        _copy(doc, pronoun, bodies[-1])
    elif bodies:
        pronoun.refers_to = ", ".join(m.text(doc) for m in bodies[:-1]) + " and " + bodies[-1].text(doc)
        pronoun.attributes["entities"] = [m.entity for m in bodies]
    elif speaker is not None:
        body = _body_of(doc, speaker, mentions)
        if body is not None:
            _copy(doc, pronoun, body)


def _bodies_before(doc: Doc, pronoun: Mention, begin: int, mentions: Sequence[Mention]) -> list[Mention]:
    """The states and bodies that are subjects in the two sentences before, of one sentence, in one speech."""
    here = [s.start for s in doc.sents]
    number = bisect_right(here, pronoun.start)
    bodies = {
        m.head: m for m in mentions
        if begin <= doc[m.start].idx and m.end <= pronoun.start and number - bisect_right(here, m.start) <= 2
        and m.form == "name" and not m.attributes.get("adjective")
        and (m.kind in ("organisation", "government", "intergovernmental") or m.rule == "country/name")
    }  # fmt: skip
    for head in sorted(bodies, reverse=True):
        if doc[head].dep_ in _SUBJECTS and doc[head].head.dep_ == "ROOT":
            return [bodies[head], *(bodies[t.i] for t in doc[head].conjuncts if t.i in bodies)]
    return []


def _body_of(doc: Doc, speaker: Mention, mentions: Sequence[Mention]) -> Mention | None:
    """The body named in the speaker's title or in the apposition after his name."""
    after = [
        m for m in mentions
        if speaker.end < m.start <= speaker.end + 16 and m.form == "name" and m.kind in _BODIES
        and doc[m.start].sent == doc[speaker.start].sent
    ]  # fmt: skip
    if speaker.end < len(doc) and doc[speaker.end].text == ",":
        verb = next((t.i for t in doc[speaker.end : doc[speaker.start].sent.end] if says(t)), len(doc))
        for mention in after:
            if mention.start < verb and '"' not in doc[speaker.end : mention.start].text:
                return mention
    office = speaker.attributes.get("office")
    before = office["start"] if office else doc[speaker.start].idx
    for mention in reversed(mentions):
        gap = before - (doc[mention.end - 1].idx + len(doc[mention.end - 1]))
        if mention.form == "name" and mention.kind in _BODIES and 0 <= gap <= 1:
            return mention
    return None


def says(token: Token) -> bool:
    """Whether the token is a verb of saying."""
    return token.lemma_.lower() in _SAYING and token.tag_.startswith("VB")


def _speeches(doc: Doc, mentions: Sequence[Mention], starts: Sequence[int]) -> list[_Speech]:
    heads = {m.head: m for m in mentions}
    found = _statements(doc, mentions, heads)
    before: _Speech | None = None
    for start, end in _quotations(doc.text, starts):
        speaker = _speaker_of(doc, start, end, heads)
        near = before is not None and bisect_right(starts, start) - bisect_right(starts, before.end) <= 1
        if speaker is None and near and before is not None:
            speaker = before.speaker
        if speaker is None:
            continue
        before = _Speech(start, end, speaker)
        found.append(before)
    return sorted(found, key=lambda s: (s.start, -s.end))


def _statements(doc: Doc, mentions: Sequence[Mention], heads: dict[int, Mention]) -> list[_Speech]:
    """What follows "X said:" with no quotation mark, and the turns of a transcript."""
    text = doc.text
    found = []
    for turn in _TURN.finditer(text):
        name = turn.group("who").strip()
        if name.isupper():
            found.append(_Speech(turn.end(), len(text), None, name))
    for token in doc:
        if token.text != ":" or token.i + 1 >= len(doc):
            continue
        following = text[token.idx + 1 :].lstrip()[:1]
        if following in ('"', "“", "‘", "'", "") or following.islower():
            continue
        verb = next((t for t in reversed(doc[token.sent.start : token.i]) if says(t)), None)
        subject = _subject(verb, heads) if verb is not None and token.i - verb.i <= 4 else None
        if subject is not None:
            found.append(_Speech(token.idx + 1, len(text), subject))
    found.sort(key=lambda s: s.start)
    for one, other in itertools.pairwise(found):
        one.end = other.start
    return found


@lru_cache(maxsize=1)  # by document: its text is slow to build
def _quotation_bounds(doc: Doc) -> list[tuple[int, int]]:
    text = doc.text
    return _quotations(text, (0, *(m.end() for m in re.finditer(r"\n\s*", text))))


def quoted(doc: Doc, at: int) -> bool:
    """Whether the character offset lies in a quotation."""
    bounds = _quotation_bounds(doc)
    n = bisect_right(bounds, at, key=lambda span: span[0]) - 1
    return n >= 0 and bounds[n][0] <= at < bounds[n][1]


def _quotations(text: str, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Character bounds of what stands in double quotation marks; one left open ends with its paragraph."""
    bounds = [*starts, len(text)]
    found = []
    for begin, stop in itertools.pairwise(bounds):
        opened: int | None = None
        for i in range(begin, stop):
            mark = text[i]
            if mark == "“" or (mark == '"' and opened is None):
                opened = i
            elif mark in '”"' and opened is not None:
                found.append((opened, i + 1))
                opened = None
        if opened is not None:
            found.append((opened, stop))
    return [(start, end) for start, end in found if end - start > 12]


def _speaker_of(doc: Doc, start: int, end: int, heads: dict[int, Mention]) -> Mention | None:
    span = doc.char_span(start, end, alignment_mode="expand")
    if span is None:
        return None
    low = max(doc[span.start].sent.start, span.start - 40)
    high = min(doc[span.end - 1].sent.end + 12, span.end + 14, len(doc))
    after = [t for t in doc[span.end : high] if says(t)]
    before = [t for t in reversed(doc[low : span.start]) if says(t)]
    for verb in [*after[:1], *before[:1]]:
        speaker = _subject(verb, heads)
        if speaker is not None:
            return speaker
    return None


def _subject(verb: Token | None, heads: dict[int, Mention]) -> Mention | None:
    """The mention that is subject of a verb of saying; where the parse gives none, the one next to it."""
    if verb is None:
        return None
    for child in verb.children:
        if child.dep_ in _SUBJECTS and child.i in heads:
            return heads[child.i]
    doc = verb.doc
    for i in [*range(verb.i + 1, min(len(doc), verb.i + 9)), *range(verb.i - 1, max(-1, verb.i - 4), -1)]:
        if i in heads and heads[i].kind in (_BODIES | {"person"}) and doc[i].dep_ not in ("dobj", "pobj"):
            return heads[i]
    return None
