"""A page's layout from its text alone: which stretch is a heading, a paragraph, a dateline, a citation line…

Offsets are code points into the text given; the text is never changed. Lines are first joined into units (a
hard-wrapped paragraph is one unit), then each unit is named, and datelines and citations are cut off the
paragraphs they belong to. Only whitespace lies between two blocks. The rules are in `patterns/layout.toml`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field

from extractor.errors import PatternError
from extractor.patterns import Rule, default_folder, read_rules
from extractor.schema import Block, BlockKind, Span

# A line longer than this was not wrapped by a typist, a mail program or a PDF column.
WIDEST_COLUMN = 110
NARROWEST_COLUMN = 45
TERMINAL = re.compile(r"[.!?…][\"”’'»)\]]*(?:\[\d+\])*\s*$")
CLOSED = re.compile(r"[.!?…:;][\"”’'»)\]]*(?:\[\d+\])*\s*$")
OPEN_END = re.compile(
    r"(?:[,–—-]|\b(?:the|a|an|of|and|or|in|on|at|to|for|by|with|from|that|which|who))\s*$", re.I
)
SPEAKER = re.compile(r"(?:[QA]|[A-Z][A-Z. ]{2,30}|[A-Z][a-z]+(?: [A-Z][a-z]+)?):\s")
WORD = re.compile(r"[^\W\d_][\w'’.-]*")
SMALL = """a an and as at but by de del des du el en for from in into la le nor of off on onto or over per s
    so than the to up upon v via vs with against after amid among before between during near under"""
SMALL_WORDS = frozenset(SMALL.split())
# A line with one of these is a sentence that lost its full stop rather than a sub-heading.
FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|said|says|will|would|did|does|can|could|be|been|he|she|they|we|it|I)\b"
)


class LayoutRule(Rule):
    """One rule of `patterns/layout.toml`; the file's head says what each key means."""

    kind: Literal["part", "dateline", "citation", "list_item", "furniture"]
    pattern: str = ""
    phrases: list[str] = Field(default_factory=list)
    takes: Literal["block", "links", "rest"] = "block"
    until: list[str] = Field(default_factory=list)
    examples: list[str] = Field(default_factory=list)
    near_misses: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class CompiledRule:
    """A layout rule ready to match: `regex` is None where the rule has phrases only."""

    rule: LayoutRule
    regex: re.Pattern[str] | None
    phrases: frozenset[str]
    until: frozenset[str]


@dataclass(frozen=True)
class Dateline:
    """The parts of a dateline, each with its span, None where it does not give them."""

    place: Span | None
    agency: Span | None
    date: Span | None


@dataclass
class _Unit:
    """Lines that belong together: `lines` are trimmed (start, end) pairs."""

    lines: list[tuple[int, int]]
    kind: BlockKind | None = None
    page: int | None = None

    @property
    def start(self) -> int:
        return self.lines[0][0]

    @property
    def end(self) -> int:
        return self.lines[-1][1]


def fold(text: str) -> str:
    """`text` in lower case, blanks collapsed, quotes straight: the form phrases are compared in."""
    return " ".join(text.replace("’", "'").replace("‘", "'").casefold().split())


@lru_cache(maxsize=8)
def layout_rules(folder: Path | None = None) -> dict[str, list[CompiledRule]]:
    """The compiled rules of `folder/layout.toml` by kind, in file order.

    Raises:
        PatternError: unknown part, broken regular expression, or a rule with nothing to match.
    """
    path = (folder or default_folder()) / "layout.toml"
    rules = read_rules([path], "layout", LayoutRule)
    parts: dict[str, str] = {}
    compiled: dict[str, list[CompiledRule]] = {}
    for rule in rules:
        pattern = _with_parts(path, rule, parts)
        if not pattern and not rule.phrases:
            raise PatternError(
                f"{path}: layout '{rule.id}': nothing to match.", "Give `pattern` or `phrases`."
            )
        try:
            regex = re.compile(pattern) if pattern else None
        except re.error as error:
            raise PatternError(
                f"{path}: layout '{rule.id}': pattern: {error}.", "Mend the regular expression."
            ) from None
        if rule.kind == "part":
            parts[rule.id] = f"(?:{pattern})"
            continue
        phrases = frozenset(map(fold, rule.phrases))
        compiled.setdefault(rule.kind, []).append(
            CompiledRule(rule, regex, phrases, frozenset(map(fold, rule.until)))
        )
    return compiled


def _with_parts(path: Path, rule: LayoutRule, parts: dict[str, str]) -> str:
    """The rule's pattern with each {part} put in."""

    def part(match: re.Match[str]) -> str:
        if match[1] not in parts:
            raise PatternError(
                f"{path}: layout '{rule.id}': no part named '{match[1]}' above it.",
                f"Known: {', '.join(parts) or 'none'}.",
            )
        return parts[match[1]]

    return re.sub(r"\{([a-z_]+)\}", part, rule.pattern)


def check_layout(folder: Path | None = None) -> list[str]:
    """Run every example and near miss of `layout.toml`; returns one line per failure."""
    failures = []
    for kind, rules in layout_rules(folder).items():
        for compiled in rules:
            for expected, texts in ((True, compiled.rule.examples), (False, compiled.rule.near_misses)):
                for text in texts:
                    if _rule_matches(compiled, kind, text) is not expected:
                        wanted = "should match" if expected else "should not match"
                        failures.append(f"layout '{compiled.rule.id}': {wanted}: {text}")
    return failures


def _rule_matches(compiled: CompiledRule, kind: str, text: str) -> bool:
    if kind == "furniture":
        return _is_furniture(compiled, text)
    assert compiled.regex is not None
    found = compiled.regex.search(text) if kind == "citation" else compiled.regex.match(text)
    return found is not None


def _is_furniture(compiled: CompiledRule, text: str) -> bool:
    if compiled.phrases and (fold(text) in compiled.phrases or fold(text).rstrip(" :»>") in compiled.phrases):
        return True
    return compiled.regex is not None and compiled.regex.fullmatch(" ".join(text.split())) is not None


def find_blocks(text: str, hints: Sequence[Block] = (), folder: Path | None = None) -> list[Block]:
    """Divide `text` into blocks.

    Args:
        text: the document as stored.
        hints: what the reader knows: a hint with a page gives the page of what starts in it; a hint of kind
            heading or list_item names the unit with the same extent.
        folder: patterns folder, the package's own by default.

    Returns:
        Blocks sorted by start, without overlap, with nothing but whitespace between them.
    """
    rules = layout_rules(folder)
    units = _join_lines(text, rules)
    for unit in units:
        unit.page = next((h.page for h in hints if h.page and h.start <= unit.start < h.end), None)
    given: dict[tuple[int, int], BlockKind] = {
        (h.start, h.end): h.kind for h in hints if h.kind in ("heading", "list_item")
    }
    units = [part for unit in units for part in _cut_at_hints(unit, given)]
    _name_running_heads(text, units)
    for unit in units:
        unit.kind = unit.kind or given.get((unit.start, unit.end))
    _name_furniture(text, units, rules.get("furniture", []))
    _name_items_and_headings(text, units, rules)
    units = _join_across_pages(text, units)
    return [block for unit in units for block in _cut_paragraph(text, unit, rules)]


def _cut_at_hints(unit: _Unit, given: dict[tuple[int, int], BlockKind]) -> list[_Unit]:
    """A heading that the reader knows of stands alone, whatever the lines around it look like."""
    parts: list[_Unit] = []
    alone = False
    for line in unit.lines:
        known = line in given
        if parts and not known and not alone:
            parts[-1].lines.append(line)
        else:
            parts.append(_Unit([line], page=unit.page))
        alone = known
    return parts


# ---------------------------------------------------------------- lines to units


def _lines(text: str) -> list[tuple[int, int]]:
    """(start, end) of each line, trimmed; blank lines have start == end."""
    lines = []
    for match in re.finditer(r"[^\n\f\v\u2028\u2029]*(?:[\n\f\v\u2028\u2029]|\Z)", text):
        raw = match.group()
        if not raw and match.start() == len(text):
            break
        left = len(raw) - len(raw.lstrip())
        stripped = raw.strip()
        lines.append((match.start() + left, match.start() + left + len(stripped)) if stripped else (-1, -1))
    return lines


def _join_lines(text: str, rules: dict[str, list[CompiledRule]]) -> list[_Unit]:
    chunks: list[list[tuple[int, int]]] = [[]]
    for line in _lines(text):
        if line[0] < 0:
            if chunks[-1]:
                chunks.append([])
        else:
            chunks[-1].append(line)
    chunks = [chunk for chunk in chunks if chunk]
    width = _column_width(chunks)
    units = []
    for chunk in chunks:
        column = width or _own_column(chunk)
        units.append(_Unit([chunk[0]]))
        for above, line in pairwise(chunk):
            if _continues(text, above, line, column, rules):
                units[-1].lines.append(line)
            else:
                units.append(_Unit([line]))
    return units


def _column_width(chunks: list[list[tuple[int, int]]]) -> int | None:
    """The width a hard-wrapped document is set to; None where lines are whole paragraphs."""
    widths = sorted(end - start for chunk in chunks for start, end in chunk)
    if not widths or widths[min(len(widths) - 1, int(len(widths) * 0.95))] > WIDEST_COLUMN:
        return None
    wrapped = [end - start for chunk in chunks if len(chunk) > 1 for start, end in chunk]
    widest = max((w for w in wrapped if w <= WIDEST_COLUMN), default=0)
    return widest if widest >= NARROWEST_COLUMN else None


def _own_column(chunk: list[tuple[int, int]]) -> int | None:
    """The width of one wrapped passage in a document that is not wrapped otherwise."""
    widths = [end - start for start, end in chunk]
    widest = max(widths)
    if len(chunk) < 3 or not 45 <= widest <= WIDEST_COLUMN:
        return None
    return widest if all(w > 0.75 * widest for w in widths[:-1]) else None


def _continues(
    text: str,
    above: tuple[int, int],
    line: tuple[int, int],
    column: int | None,
    rules: dict[str, list[CompiledRule]],
) -> bool:
    """Whether `line` goes on with the paragraph of the line above it."""
    upper, lower = text[above[0] : above[1]], text[line[0] : line[1]]
    if any(
        _is_furniture(r, upper) or _is_furniture(r, lower) for r in rules.get("furniture", []) if r.phrases
    ):
        return False
    if _is_item(lower, rules) and (CLOSED.search(upper) or _is_item(upper, rules) or lower[0] in "•▪●*"):
        return False
    if TERMINAL.search(upper) and (SPEAKER.match(lower) or (lower.isupper() and not upper.isupper())):
        return False
    gap = text[above[1] : line[0]]
    before, _, indent = gap.rpartition("\n")
    goes_on = lower[0].islower() and not TERMINAL.search(upper)
    if column is None:
        unclosed = upper.rfind("(") > upper.rfind(")")
        return bool(OPEN_END.search(upper)) or unclosed or (goes_on and bool(before or indent))
    if len(indent.expandtabs(4)) >= 2 and TERMINAL.search(upper) and not _indent_of(text, above[0]):
        return False
    if goes_on:
        return True
    filled = len(upper) + 1 + len(lower.split()[0]) > column
    if TERMINAL.search(upper):
        return filled or len(upper) > 0.85 * column
    return filled or len(upper) > 0.75 * column or bool(OPEN_END.search(upper))


def _indent_of(text: str, start: int) -> int:
    line_start = text.rfind("\n", 0, start) + 1
    return len(text[line_start:start].expandtabs(4))


# ---------------------------------------------------------------- naming units


def _body(text: str, unit: _Unit) -> str:
    return text[unit.start : unit.end]


def _name_running_heads(text: str, units: list[_Unit]) -> None:
    """Lines that open or close three pages or more, whatever their number, are running heads or feet."""
    pages = sorted({u.page for u in units if u.page})
    if len(pages) < 3:
        return
    edges: list[_Unit] = []
    for page in pages:
        on_page = [u for u in units if u.page == page]
        edges += {u.start: u for u in (*on_page[:2], *on_page[-2:])}.values()
    forms = Counter(re.sub(r"\d+", "0", fold(_body(text, u))) for u in edges)
    for unit in edges:
        form = re.sub(r"\d+", "0", fold(_body(text, unit)))
        if forms[form] >= 3 and len(form) <= WIDEST_COLUMN:
            unit.kind = "furniture"


def _name_furniture(text: str, units: list[_Unit], rules: list[CompiledRule]) -> None:
    index = 0
    while index < len(units):
        unit = units[index]
        body = _body(text, unit)
        rule = None
        if unit.kind not in ("furniture", "list_item") and len(body) <= 700:
            rule = next((r for r in rules if _is_furniture(r, body)), None)
        index += 1
        if rule is None:
            continue
        unit.kind = "furniture"
        if rule.rule.takes == "links":
            while index < len(units) and _is_link(_body(text, units[index])):
                units[index].kind = "furniture"
                index += 1
        elif rule.rule.takes == "rest":
            while index < len(units):
                units[index].kind = "furniture"
                index += 1
                if fold(_body(text, units[index - 1])) in rule.until:
                    break


def _is_link(body: str) -> bool:
    """A line below "Related content" that only points elsewhere: short, and no sentence."""
    return len(body) <= 150 and not TERMINAL.search(body) and not body.endswith(":")


def _is_item(body: str, rules: dict[str, list[CompiledRule]]) -> bool:
    return any(r.regex is not None and r.regex.match(body) for r in rules.get("list_item", []))


def _name_items_and_headings(text: str, units: list[_Unit], rules: dict[str, list[CompiledRule]]) -> None:
    told = [u for u in units if u.kind != "furniture"]
    long_ones = [_body(text, u) for u in told if len(_body(text, u)) > 60]
    stopped = sum(bool(CLOSED.search(re.sub(r"\s*\(Sources?:[^)]*\)?\s*$", "", b))) for b in long_ones)
    punctuated = bool(long_ones) and 2 * stopped >= len(long_ones)
    for position, unit in enumerate(told):
        if unit.kind is not None:
            continue
        body = _body(text, unit)
        below = _body(text, told[position + 1]) if position + 1 < len(told) else ""
        if _is_numbered_heading(body, below):
            unit.kind = "heading"
        elif _is_item(body, rules):
            unit.kind = "list_item"
        elif len(told) > 1 and _is_heading(text, unit, position == 0, below, punctuated, rules):
            unit.kind = "heading"
        else:
            unit.kind = "paragraph"


NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*|[A-Z]|[IVX]{1,5})\.\s+(?=[A-Z])")


def _is_numbered_heading(body: str, below: str) -> bool:
    """ "II. Findings": short, no stop, and above a longer text or another such line."""
    if not NUMBERED.match(body) or not below or len(body) > 80 or CLOSED.search(body):
        return False
    return len(below) > len(body) + 40 or (bool(re.match("[IVX]", body)) and not CLOSED.search(below))


def _is_heading(
    text: str, unit: _Unit, first: bool, below: str, punctuated: bool, rules: dict[str, list[CompiledRule]]
) -> bool:
    body = _body(text, unit)
    words = WORD.findall(body)
    if not words or len(words) > 22 or len(body) > 160 or len(unit.lines) > 3:
        return False
    if re.search(r"[.,;…][\"”’'»)\]]*$", body) and not re.search(r"\b(?:[A-Z]\.){2,}$", body):
        return False
    if body[0] in "\"“‘'«(" and body[-1] not in "\"”’'»":
        return False
    if any(r.regex is not None and r.regex.search(body) for r in rules.get("citation", [])):
        return False
    if OPEN_END.search(body) or below[:1].islower():
        return False
    if re.search(r"[a-z]{2}[.!?][\"”’'»)\]]*\s+[A-Z]", body) or re.match(r"[A-Z]{5,}:\s", body):
        return False
    if SPEAKER.match(body) and body[-1] in "?!":
        return False
    capitals = body.upper() == body and any(c.isalpha() for c in body)
    if body[-1] == ":":
        return len(words) <= 6 and (capitals or _is_title_case(words)) and not FINITE.search(body)
    if capitals:
        return True
    if re.search(r"[!?][\"”’'»)\]]*$", body):
        return len(words) <= 12 and bool(below) and (first or _is_title_case(words))
    if _is_title_case(words):
        return len(words) <= 16
    if (
        not punctuated
        or not below
        or (not body[0].isupper() and not body[0].isdigit() and body[0] not in "“‘\"'")
    ):
        return False
    if first:
        return True
    return len(words) <= 9 and len(below) > 80 and not FINITE.search(body)


def _is_title_case(words: list[str]) -> bool:
    content = [w for w in words if w.lower() not in SMALL_WORDS]
    risen = sum(w[0].isupper() or any(c.isupper() for c in w) for w in content)
    return bool(content) and words[0][0].isupper() and risen >= 0.85 * len(content)


def _join_across_pages(text: str, units: list[_Unit]) -> list[_Unit]:
    """A paragraph that runs over a page break is one block, where nothing but white space cuts it."""
    joined: list[_Unit] = []
    for unit in units:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.kind == unit.kind == "paragraph"
            and last.page != unit.page
            and not CLOSED.search(_body(text, last))
            and _body(text, unit)[0].islower()
        ):
            last.lines += unit.lines
        else:
            joined.append(unit)
    return joined


# ---------------------------------------------------------------- datelines and citations


def _cut_paragraph(text: str, unit: _Unit, rules: dict[str, list[CompiledRule]]) -> list[Block]:
    start, end = unit.start, unit.end
    kind: BlockKind = unit.kind or "paragraph"
    if kind not in ("paragraph", "list_item"):
        return [Block(kind=kind, start=start, end=end, page=unit.page)]
    cuts: list[tuple[BlockKind, int, int]] = []
    dateline = _match_dateline(text, start, rules) if kind == "paragraph" else None
    if dateline is not None and dateline.end() < end:
        cuts.append(("dateline", start, dateline.end()))
        start = dateline.end()
    for left, right in _citations(text[start:end], rules):
        cuts.append((kind, cuts[-1][2] if cuts else start, start + left))
        cuts.append(("citation", start + left, start + right))
    cuts.append((kind, cuts[-1][2] if cuts else start, end))
    blocks = []
    for name, left, right in cuts:
        body = text[left:right]
        left += len(body) - len(body.lstrip())
        right -= len(body) - len(body.rstrip())
        if left < right:
            blocks.append(Block(kind=name, start=left, end=right, page=unit.page))
    return blocks


def _citations(body: str, rules: dict[str, list[CompiledRule]]) -> list[tuple[int, int]]:
    """(start, end) of each citation in `body`, in order; where two rules overlap the earlier rule wins."""
    found: list[tuple[int, int]] = []
    for rule in rules.get("citation", []):
        assert rule.regex is not None
        for match in rule.regex.finditer(body):
            if all(match.end() <= a or match.start() >= b for a, b in found):
                found.append(match.span())
    return sorted(found)


def _match_dateline(text: str, start: int, rules: dict[str, list[CompiledRule]]) -> re.Match[str] | None:
    for rule in rules.get("dateline", []):
        assert rule.regex is not None
        match = rule.regex.match(text, start)
        if match is not None:
            return match
    return None


def _group_span(text: str, match: re.Match[str], name: str) -> Span | None:
    if name not in match.re.groupindex or match.group(name) is None:
        return None
    start, end = match.span(name)
    while end > start and text[end - 1] in " ,\n":
        end -= 1
    # "MOSCOW. March 3": the stop is no part of the name; that of "N.Y." is.
    if re.search(r"[^\W\d_]{4}\.$", text[start:end]):
        end -= 1
    return Span(text=text[start:end], start=start, end=end)


def parse_dateline(text: str, block: Block, folder: Path | None = None) -> Dateline:
    """Place, agency and date of a dateline block; all None where no rule reads it.

    Args:
        text: the document text the block lies in.
        block: a block of kind dateline.
        folder: patterns folder, the package's own by default.
    """
    match = _match_dateline(text, block.start, layout_rules(folder))
    if match is None:
        return Dateline(None, None, None)
    return Dateline(*(_group_span(text, match, name) for name in ("place", "agency", "date")))


def citation_outlets(text: str, block: Block, folder: Path | None = None) -> list[Span]:
    """The outlets a citation block names, in order, each with its span; one named twice is given twice."""
    body = text[block.start : block.end]
    for rule in layout_rules(folder).get("citation", []):
        assert rule.regex is not None
        match = rule.regex.search(body)
        if match is not None:
            start, end = (block.start + offset for offset in match.span("outlets"))
            return [Span(text=text[a:b], start=a, end=b) for a, b in _split_outlets(text, start, end)]
    return []


# "Acme News, Inc." is one outlet, and so is a name with its date or page after it.
OUTLET_TAIL = re.compile(r"\s*(?:Inc|Ltd|LLC|Co|Corp|PLC|S\.A|p|pp|\d)\b[^,;]*")


def _split_outlets(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    depth, left = 0, start
    for position in range(start, end + 1):
        char = text[position] if position < end else ";"
        depth += (char in "([") - (char in ")]")
        if position < end and (char not in ",;" or depth > 0):
            continue
        if pieces and OUTLET_TAIL.fullmatch(text, left, position):
            pieces[-1] = (pieces[-1][0], position)
        else:
            pieces.append((left, position))
        left = position + 1
    outlets = []
    for left, right in pieces:
        body = text[left:right]
        lead = re.match(r"\s*(?:and\s+|&\s+)?", body)
        left += lead.end() if lead else 0
        right -= len(body) - len(body.rstrip())
        if re.search(r"[^\W\d_]{4}\.$", text[left:right]):
            right -= 1
        if left < right:
            outlets.append((left, right))
    return outlets
