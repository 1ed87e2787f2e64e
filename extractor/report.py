"""A comparison of two runs for readers: terminal, Markdown and a page of HTML that needs nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from html import escape as html_escape
from typing import Literal

from rich.console import Console
from rich.text import Text

from extractor.diff import CHANGE_KINDS, Change, Diff, FieldChange, Side, Value

Grouping = Literal["document", "type"]
SIGNS = {"changed": "~", "moved": ">", "split": "<", "merged": "=", "added": "+", "removed": "-"}
STYLES = {"changed": "yellow", "moved": "blue", "split": "magenta", "merged": "magenta",
          "added": "green", "removed": "red"}  # fmt: skip
# Never marked in a sentence: the values stand for the whole event.
UNMARKED = frozenset({"rule", "confidence", "sentence", "subtype", "modality", "reviewed"})
# A piece of a sentence: its text and how it is marked.
Piece = tuple[str, Literal["", "trigger", "value"]]


def groups(diff: Diff, by: Grouping) -> dict[str, list[Change]]:
    """Changes by document or by type of event, sorted by name."""
    found: dict[str, list[Change]] = defaultdict(list)
    for change in diff.changes:
        found[change.document if by == "document" else change.types[-1]].append(change)
    return dict(sorted(found.items()))


def pieces(side: Side, values: Iterable[Value]) -> list[Piece]:
    """A side's sentence cut where its trigger and the changed values begin and end."""
    if side.sentence is None:
        return []
    base, text = side.sentence.start, side.sentence.text
    marks = [""] * len(text)
    spans = [(side.trigger, "trigger")] + [(v.span, "value") for v in values if v.span]
    for span, mark in spans:
        if base <= span.start and span.end <= side.sentence.end:
            marks[span.start - base : span.end - base] = [mark] * (span.end - span.start)
    found: list[Piece] = []
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or marks[i] != marks[start]:
            found.append((" ".join(f"|{text[start:i]}|".split())[1:-1], marks[start]))  # type: ignore[arg-type]
            start = i
    return found


def evidence(change: Change) -> list[tuple[Literal["-", "+", " "], Side, list[Piece]]]:
    """The sentences of a change: old ones as -, new ones as +, one that shows the same on both sides once."""
    shown = [f for f in change.fields if f.field not in UNMARKED]
    old = [(side, pieces(side, [v for f in shown for v in f.old])) for side in change.old]
    new = [(side, pieces(side, [v for f in shown for v in f.new])) for side in change.new]
    if len(old) == len(new) == 1 and old[0][1] == new[0][1]:
        return [(" ", *new[0])] if new[0][1] else []
    lines: list[tuple[Literal["-", "+", " "], Side, list[Piece]]] = []
    lines += [("-", side, cut) for side, cut in old if cut]
    lines += [("+", side, cut) for side, cut in new if cut]
    return lines


def values(found: list[Value]) -> str:
    """Values side by side; an em dash for none."""
    return "; ".join(v.value for v in found) or "—"


def because(change: Change | FieldChange) -> str:
    """The cause in words, with the others that are not ruled out."""
    cause = change.cause
    also = f" (not ruled out: {', '.join(cause.also)})" if cause.also else ""
    return f"{cause.kind}: {cause.detail}{also}"


def shift(change: Change) -> int:
    return change.new[0].trigger.start - change.old[0].trigger.start


def quiet(change: Change) -> bool:
    """Whether no fact of the event changed: it moved, or the extractor is a little more or less sure of it."""
    return change.kind == "moved" or (
        change.kind == "changed" and [f.field for f in change.fields] == ["confidence"]
    )


def asides(changes: list[Change]) -> list[str]:
    """Quiet changes in few lines: one for each document, distance or cause."""
    moved = Counter((c.document, shift(c), because(c)) for c in changes if c.kind == "moved")
    told = [f"{_events(n)} of {document} moved by {by:+d} characters; {cause}"
            for (document, by, cause), n in sorted(moved.items())]  # fmt: skip
    surer: dict[tuple[str, str], list[float]] = defaultdict(list)
    for c in changes:
        if c.kind != "moved" and quiet(c):
            surer[c.document, because(c)].append(abs(c.new[0].confidence - c.old[0].confidence))
    told += [f"{_events(len(by))} of {document}: only the confidence, by up to {max(by):.2g}; {cause}"
             for (document, cause), by in sorted(surer.items())]  # fmt: skip
    return told


def _events(n: int) -> str:
    return f"{n} {'event' if n == 1 else 'events'}"


def summary(diff: Diff) -> list[tuple[str, str]]:
    """The comparison in lines of two columns."""
    kinds = Counter(c.kind for c in diff.changes)
    rows = [("old", f"{diff.old} ({diff.events_old} events)"),
            ("new", f"{diff.new} ({diff.events_new} events)"),
            ("same", str(diff.same))]  # fmt: skip
    rows += [(kind, str(kinds[kind])) for kind in CHANGE_KINDS if kinds[kind]]

    told: list[tuple[str, Counter[str]]] = [
            ("by cause", Counter(c.cause.kind for c in diff.changes)),
            ("by field", Counter(f.field for c in diff.changes for f in c.fields)),
            ("by type", Counter(c.types[-1] for c in diff.changes))]  # fmt: skip
    for name, count in told:
        if count:
            ordered = sorted(count.items(), key=lambda kv: (-kv[1], kv[0]))
            rows.append((name, ", ".join(f"{k} {n}" for k, n in ordered)))
    rows += [("runs", cause.detail) for cause in diff.causes]
    return rows


# ---- terminal ----------------------------------------------------------------------------------------------


def print_report(diff: Diff, console: Console, by: Grouping = "document", only_summary: bool = False) -> None:
    """Print a comparison.

    Args:
        diff: the comparison, filtered or not.
        console: where to print.
        by: how changes are grouped.
        only_summary: whether to leave out the changes themselves.
    """
    if not only_summary:
        for name, changes in groups(diff, by).items():
            console.print(Text(f"{name}", style="bold underline"))
            for change in changes:
                if not quiet(change):
                    for line in _terminal(change):
                        console.print(line, soft_wrap=True)
            for told in asides(changes):
                console.print(Text(f"> {told}", style=STYLES["moved"]), soft_wrap=True)
            console.print()
    for key, told in summary(diff):
        console.print(Text(f"{key:<9}", style="bold") + Text(told), soft_wrap=True)


def _terminal(change: Change) -> Iterable[Text]:
    ids = " → ".join(" ".join(s.event for s in sides) for sides in (change.old, change.new) if sides)
    head = Text(f"{SIGNS[change.kind]} {change.kind} ", style=f"bold {STYLES[change.kind]}")
    yield head + Text(" → ".join(change.types), style="bold") + Text(f"  {ids}", style="dim")
    for f in change.fields:
        if f.field == "sentence":
            yield Text(f"    sentence: edited  ({because(f)})", style="dim")
            continue
        yield (
            Text(f"    {f.field}: ", style="bold")
            + Text(values(f.old), style="red") + Text(" → ") + Text(values(f.new), style="green")
            + Text(f"  ({because(f)})", style="dim")
        )  # fmt: skip
    if not change.fields:
        yield Text(f"    {because(change)}", style="dim")
    for sign, _, cut in evidence(change):
        line = Text(f"    {sign} ", style={"-": "red", "+": "green", " ": ""}[sign])
        for text, mark in cut:
            # Brackets as well as colour: a pipe or a log has no colour.
            bracketed = {"": text, "trigger": f"«{text}»", "value": f"[{text}]"}[mark]
            line.append(bracketed, style={"": "", "trigger": "bold", "value": "reverse"}[mark])
        yield line


# ---- Markdown ----------------------------------------------------------------------------------------------


def markdown(diff: Diff, by: Grouping = "document", only_summary: bool = False) -> str:
    """A comparison for a pull request: a table of counts, then the changes in folds."""
    lines = ["## What changed in the facts", "", "| | |", "|---|---|"]
    lines += [f"| {key} | {_md(told)} |" for key, told in summary(diff)]
    shown = {} if only_summary else groups(diff, by)
    for name, changes in shown.items():
        kinds = Counter(c.kind for c in changes)
        told = ", ".join(f"{kinds[k]} {k}" for k in CHANGE_KINDS if kinds[k])
        lines += ["", f"<details><summary>{html_escape(name)}: {told}</summary>", ""]
        for change in changes:
            if quiet(change):
                continue
            lines.append(f"- **{change.kind}** {_md(' → '.join(change.types))}")
            for f in change.fields:
                if f.field == "sentence":
                    lines.append(f"  - sentence: edited ({_md(because(f))})")
                    continue
                old, new = _md(values(f.old)), _md(values(f.new))
                lines.append(f"  - {f.field}: {old} → {new} ({_md(because(f))})")
            if not change.fields:
                lines.append(f"  - {_md(because(change))}")
            for sign, _, cut in evidence(change):
                marked = "".join(f"**{_md(text)}**" if mark else _md(text) for text, mark in cut)
                lines.append(f"  - {dict(zip('-+ ', ('old', 'new', 'both'), strict=True))[sign]}: {marked}")
        lines += [f"- {_md(told)}" for told in asides(changes)]
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _md(text: str) -> str:
    """Text that Markdown shows as it stands."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, "\\" + sign)
    return text


# ---- HTML --------------------------------------------------------------------------------------------------

STYLE = """
:root { color-scheme: light dark; --bg:#fbfbfa; --card:#fff; --ink:#1d2126; --soft:#59626d; --line:#d9dde2;
  --old:#a3231f; --oldbg:#fdecea; --new:#14663a; --newbg:#e6f5ec; --mark:#ffe08a; --accent:#1f5fa8; }
@media (prefers-color-scheme: dark) { :root { --bg:#15181c; --card:#1d2126; --ink:#e6e9ec; --soft:#a3adb8;
  --line:#343b44; --old:#ff9d96; --oldbg:#3a2120; --new:#83d8a5; --newbg:#18321f; --mark:#6b5310;
  --accent:#8abaf0; } }
* { box-sizing: border-box }
body { margin:0; background:var(--bg); color:var(--ink); font:16px/1.55 system-ui,sans-serif }
header, main { max-width: 64rem; margin: 0 auto; padding: 1.2rem 1rem }
h1 { font-size:1.5rem; margin:.2rem 0 1rem }
h2 { font-size:1.1rem; margin:2rem 0 .6rem; overflow-wrap:anywhere }
h3 { font-size:1rem; margin:0 0 .4rem; display:flex; flex-wrap:wrap; gap:.6rem; align-items:baseline }
dl.sum { display:grid; grid-template-columns:max-content 1fr; gap:.15rem 1.2rem; margin:0 }
dl.sum dt { color:var(--soft) } dl.sum dd { margin:0; overflow-wrap:anywhere }
form { display:flex; flex-wrap:wrap; gap:.8rem; margin-top:1.2rem; align-items:end }
label { display:grid; font-size:.85rem; color:var(--soft) }
select, input { font:inherit; color:var(--ink); background:var(--card); border:1px solid var(--soft);
  border-radius:.35rem; padding:.35rem .5rem; max-width:100% }
:focus-visible { outline:3px solid var(--accent); outline-offset:2px }
article { background:var(--card); border:1px solid var(--line); border-radius:.6rem; padding:.8rem 1rem;
  margin:.7rem 0 }
.kind { font-size:.8rem; font-weight:700; padding:.05rem .5rem; border-radius:1rem;
  border:1px solid currentColor }
.added .kind { color:var(--new) } .removed .kind { color:var(--old) } .kind { color:var(--accent) }
.id { color:var(--soft); font:.8rem ui-monospace,monospace; font-weight:400; overflow-wrap:anywhere }
table { border-collapse:collapse; width:100%; font-size:.92rem } .scroll { overflow-x:auto }
th, td { text-align:left; vertical-align:top; padding:.25rem .8rem .25rem 0; border-top:1px solid var(--line);
  overflow-wrap:anywhere; min-width:4.5rem }
thead th { border:0; color:var(--soft); font-weight:500; font-size:.8rem }
summary { cursor:pointer; color:var(--accent) }
del { color:var(--old); text-decoration:none } ins { color:var(--new); text-decoration:none }
.cause { color:var(--soft) }
p.s { margin:.5rem 0 0; padding:.4rem .7rem; border-left:4px solid var(--line); border-radius:.25rem }
p.s.old { background:var(--oldbg); border-color:var(--old) }
p.s.new { background:var(--newbg); border-color:var(--new) }
mark { background:var(--mark); color:inherit; padding:0 .12em; border-radius:.2em }
u { text-decoration-thickness:2px; text-underline-offset:.2em }
.side { font-size:.75rem; font-weight:700; color:var(--soft); margin-right:.5rem }
.vh { position:absolute; clip-path:inset(50%); width:1px; height:1px; overflow:hidden; white-space:nowrap }
[hidden] { display:none !important }
"""
SCRIPT = """
const form = document.querySelector('form'), told = document.getElementById('shown');
const cards = [...document.querySelectorAll('article')], parts = [...document.querySelectorAll('section')];
function apply() {
  const want = Object.fromEntries(new FormData(form)), word = want.words.toLowerCase();
  let shown = 0;
  for (const card of cards) {
    card.hidden = ['kind', 'type', 'cause', 'field'].some(
      k => want[k] && !(' ' + card.dataset[k] + ' ').includes(' ' + want[k] + ' ')) ||
      (word && !card.textContent.toLowerCase().includes(word));
    if (!card.hidden) shown++;
  }
  for (const fold of document.querySelectorAll('details')) {
    fold.hidden = !fold.querySelector('article:not([hidden])');
    if (want.kind === 'moved' || word) fold.open = true;
  }
  for (const part of parts) part.hidden = !part.querySelector('article:not([hidden])');
  told.textContent = shown + ' of ' + cards.length + ' shown';
}
form.addEventListener('input', apply);
form.addEventListener('submit', event => event.preventDefault());
form.hidden = false; apply();
"""


def html(diff: Diff, by: Grouping = "document", only_summary: bool = False) -> str:
    """A page of its own: styles and script inside, nothing fetched, readable without the script."""
    rows = "".join(f"<dt>{html_escape(k)}</dt><dd>{html_escape(v)}</dd>" for k, v in summary(diff))
    body, form, script = [], "", ""
    if diff.changes and not only_summary:
        for name, changes in groups(diff, by).items():
            cards = "".join(_card(c) for c in changes if not quiet(c))
            if any(map(quiet, changes)):
                told = "<br>".join(html_escape(line) for line in asides(changes))
                folded = "".join(_card(c) for c in changes if quiet(c))
                cards += f"<details><summary>{told}</summary>{folded}</details>"
            body.append(f"<section><h2>{html_escape(name)}</h2>{cards}</section>")
        form, script = _form(diff), f"<script>{SCRIPT}</script>"
    elif not diff.changes:
        body.append("<p>No differences.</p>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What changed in the facts</title><style>{STYLE}</style></head><body>"
        f'<header><h1>What changed in the facts</h1><dl class="sum">{rows}</dl>{form}</header>'
        f"<main>{''.join(body)}</main>{script}</body></html>\n"
    )


def _form(diff: Diff) -> str:
    options: dict[str, list[str]] = {
        "kind": [k for k in CHANGE_KINDS if any(c.kind == k for c in diff.changes)],
        "type": sorted({t for c in diff.changes for t in c.types}),
        "field": sorted({f.field for c in diff.changes for f in c.fields}),
        "cause": sorted({c.cause.kind for c in diff.changes}),
    }
    lists = "".join(
        f'<label>{name.capitalize()}<select name="{name}"><option value="">all</option>'
        + "".join(f"<option>{html_escape(value)}</option>" for value in found)
        + "</select></label>"
        for name, found in options.items()
    )
    return (
        f'<form hidden>{lists}<label>Words<input name="words" type="search"></label>'
        '<output id="shown" role="status"></output></form>'
    )


def _card(change: Change) -> str:
    causes = {change.cause.kind, *(f.cause.kind for f in change.fields)}
    data = {"kind": change.kind, "type": " ".join(change.types), "cause": " ".join(sorted(causes)),
            "field": " ".join(f.field for f in change.fields)}  # fmt: skip
    attributes = "".join(f' data-{k}="{html_escape(v)}"' for k, v in data.items())
    ids = " → ".join(" ".join(s.event for s in sides) for sides in (change.old, change.new) if sides)
    head = (
        f'<h3><span class="kind">{change.kind}</span> {html_escape(" → ".join(change.types))} '
        f'<span class="id">{html_escape(ids)}</span></h3>'
    )
    if change.fields:
        rows = "".join(
            f'<tr><th scope="row">{html_escape(f.field)}</th><td><del>{html_escape(values(f.old))}</del></td>'
            f"<td><ins>{html_escape(values(f.new))}</ins></td>"
            f'<td class="cause">{html_escape(because(f))}</td></tr>'
            for f in change.fields
            if f.field != "sentence"
        )
        sentence = next((f for f in change.fields if f.field == "sentence"), None)
        if sentence is not None:
            rows += (
                '<tr><th scope="row">sentence</th><td colspan="2">see below</td>'
                f'<td class="cause">{html_escape(because(sentence))}</td></tr>'
            )
        table = (
            '<div class="scroll"><table><thead><tr><th scope="col">field</th><th scope="col">old</th>'
            f'<th scope="col">new</th><th scope="col">cause</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
    else:
        table = f'<p class="cause">{html_escape(because(change))}</p>'
    return f'<article class="{change.kind}"{attributes}>{head}{table}{_sentences(change)}</article>'


def _sentences(change: Change) -> str:
    names = {"-": "old", "+": "new", " ": "both"}
    lines = []
    for sign, _, cut in evidence(change):
        marked = "".join(
            {"": text, "trigger": f"<u>{text}</u>", "value": f"<mark>{text}</mark>"}[mark]
            for text, mark in ((html_escape(t), m) for t, m in cut)
        )
        lines.append(f'<p class="s {names[sign]}"><span class="side">{names[sign]}</span>{marked}</p>')
    return "".join(lines)
