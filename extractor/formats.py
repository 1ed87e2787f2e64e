"""Bytes to text: encodings, HTML and PDF, and what a text itself says of its language, title and day."""

from __future__ import annotations

import calendar
import codecs
import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from charset_normalizer import from_bytes
from lxml import etree

from extractor.blocks import parse_dateline
from extractor.errors import InputError
from extractor.schema import Block, BlockKind


@dataclass
class Page:
    """A document as decoded, with what its format tells: `hints` are blocks whose kind or page is known."""

    text: str
    hints: list[Block] = field(default_factory=list)
    title: str | None = None
    published: str | None = None
    publisher: str | None = None


# ---------------------------------------------------------------- encodings

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FETCH_AGAIN = "Fetch the file again."


def decode(raw: bytes) -> str:
    """The text in `raw`: UTF-8, UTF-16 or UTF-32 by mark or by form, else Windows-1252 or what it looks like.

    Raises:
        InputError: binary, truncated within a character, or in no encoding that fits.
    """
    for mark, name in BOMS:
        if raw.startswith(mark):
            return _tidy(_strict(raw, name))
    if b"\0" in raw[:4096]:
        even, odd = raw[0:4096:2].count(0), raw[1:4096:2].count(0)
        half = max(len(raw[:4096]) // 2, 1)
        if odd > 0.6 * half and even < 0.1 * half:
            return _tidy(_strict(raw, "utf-16-le"))
        if even > 0.6 * half and odd < 0.1 * half:
            return _tidy(_strict(raw, "utf-16-be"))
    control = sum(byte < 32 and byte not in b"\t\n\r\f\v\x1b" for byte in raw[:8192])
    if b"\0" in raw or control > 0.02 * len(raw[:8192]):
        raise InputError("binary", "the file is binary, not text.", "Convert it to text, HTML or PDF.")
    try:
        return _tidy(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > 0:
            raise InputError("truncated", "the file breaks off inside a character.", FETCH_AGAIN) from None
    return _tidy(_eight_bit(raw))


def _strict(raw: bytes, name: str) -> str:
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        if error.reason in ("truncated data", "unexpected end of data"):
            raise InputError("truncated", "the file breaks off inside a character.", FETCH_AGAIN) from None
        raise InputError("encoding", f"the file is not {name} as it claims.", "Save it as UTF-8.") from None


def _eight_bit(raw: bytes) -> str:
    """Bytes that are not UTF-8: UTF-8 with stray Windows-1252 bytes, Windows-1252, or a detector's guess."""
    strays = 0

    def as_windows(error: UnicodeError) -> tuple[str, int]:
        nonlocal strays
        assert isinstance(error, UnicodeDecodeError)
        strays += error.end - error.start
        return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end

    codecs.register_error("extractor_windows", as_windows)
    mixed = raw.decode("utf-8", errors="extractor_windows")
    if sum(ord(char) > 127 for char in mixed) > 2 * strays:
        return mixed
    # Text in Windows-1252 is mostly ASCII; where it is not, the bytes are of another script.
    high = sum(byte > 127 for byte in raw) / len(raw)
    try:
        if high < 0.25:
            return raw.decode("cp1252")
    except UnicodeDecodeError:
        pass
    best = from_bytes(raw).best()
    if best is None:
        raise InputError("encoding", "the encoding cannot be told.", "Save the file as UTF-8.")
    return str(best)


def _tidy(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


# ---------------------------------------------------------------- HTML

HTML_KINDS: dict[str, BlockKind] = {"head": "heading", "item": "list_item"}
LEAVES = ("head", "p", "item", "quote", "row", "code")


def read_html(raw: bytes) -> Page:
    """Main text, title, day of publication and publisher of a web page, by trafilatura.

    Raises:
        InputError: binary, or no main text in it.
    """
    import trafilatura  # slow to load, and most inputs are plain text

    source = _decode_html(raw)
    # No date later than this is believed; a fixed day keeps the result independent of the day of the run.
    dates = {"extensive_search": False, "original_date": True, "max_date": "2100-01-01"}
    try:
        found = trafilatura.bare_extraction(
            source,
            with_metadata=True,
            include_comments=False,
            include_tables=True,
            date_extraction_params=dates,
        )
    except Exception as error:  # a parser fault on a broken page must not end the run
        raise InputError(
            "corrupt", f"the HTML cannot be parsed ({type(error).__name__}).", FETCH_AGAIN
        ) from None
    body = getattr(found, "body", None)  # None also where nothing was found
    page = Page("") if body is None else _flatten(body)
    if found is None or not page.text.strip():
        raise InputError("no_text", "no main text found in the HTML.", "Save the article's text as .txt.")
    about: Any = found
    page.title = about.title or None
    page.published = published_day(about.date) if about.date else None
    page.publisher = about.sitename or about.hostname or None
    return page


def _decode_html(raw: bytes) -> str:
    declared = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,20})", raw[:4096], re.I)
    if declared and not any(raw.startswith(mark) for mark, _ in BOMS):
        try:
            return _tidy(raw.decode(declared.group(1).decode("ascii")))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(raw)


def _flatten(body: Any) -> Page:
    """The text of trafilatura's body, blocks apart by a blank line, headings and list items known."""
    page = Page("")
    for element in body.iter(*LEAVES):
        if any(parent.tag in LEAVES for parent in element.iterancestors()):
            continue
        for line_break in element.iter("lb"):
            line_break.tail = "\n" + (line_break.tail or "")
        for cell in element.iter("cell"):
            cell.tail = " " + (cell.tail or "")
        text = "".join(element.itertext())
        lines = [" ".join(line.split()) for line in text.split("\n")]
        text = "\n".join(line for line in lines if line)
        if not text:
            continue
        if page.text:
            page.text += "\n\n"
        start = len(page.text)
        page.text += text
        kind = HTML_KINDS.get(element.tag)
        if kind is not None:
            page.hints.append(Block(kind=kind, start=start, end=len(page.text)))
    if not page.text:
        page.text = " ".join(
            " ".join(etree.tostring(body, method="text", encoding="unicode").split()).split()
        )
    return page


# ---------------------------------------------------------------- PDF


def read_pdf(raw: bytes) -> Page:
    """The text of a PDF, pages apart by a blank line, each page's extent kept as a hint with its number.

    Raises:
        InputError: encrypted, truncated, corrupt, or without a text layer.
    """
    import pypdf  # slow to load, and most inputs are plain text

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    if not raw.lstrip().startswith(b"%PDF-"):
        raise InputError("corrupt", "the file is no PDF.", FETCH_AGAIN)
    complete = b"%%EOF" in raw[-2048:]
    page = Page("")
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError("encrypted", "the PDF is protected by a password.", "Save a copy without one.")
        for number, sheet in enumerate(reader.pages, start=1):
            text = _tidy(sheet.extract_text() or "").strip("\n")
            if not text.strip():
                continue
            if page.text:
                page.text += "\n\n"
            start = len(page.text)
            page.text += text
            page.hints.append(Block(kind="paragraph", start=start, end=len(page.text), page=number))
        title = str((reader.metadata and reader.metadata.title) or "").strip()
    except InputError:
        raise
    except pypdf.errors.DependencyError:
        raise InputError("encrypted", "the PDF is encrypted.", "Save a copy without encryption.") from None
    except Exception as error:  # pypdf raises many kinds on damaged files
        code, what = ("corrupt", "damaged") if complete else ("truncated", "cut off")
        raise InputError(code, f"the PDF is {what} ({type(error).__name__}).", FETCH_AGAIN) from None
    if not complete:
        raise InputError("truncated", "the PDF is cut off: it has no end mark.", FETCH_AGAIN)
    if not page.text.strip():
        raise InputError(
            "no_text", "the PDF holds images only, no text.", "Run character recognition on it first."
        )
    page.text = page.text.encode("utf-8", errors="replace").decode("utf-8")
    if title and not re.match(r"(?i)untitled|microsoft word|.*\.(?:docx?|pdf|indd|rtf)$", title):
        page.title = title
    return page


# ---------------------------------------------------------------- language

ENGLISH = """the and of to for that by with from it were has have been which who they their this but not after
    at had said than into when would there its his about between during against where while also"""
# Function words of languages that share the alphabet; words that English has too are left out.
OTHERS = {
    "French": "le la les des et une dans du est qui que pour sur pas au aux avec ont cette par il elle sont",
    "Spanish": "el los las y en una del que por con para se su al lo como fue sus este más pero",
    "Portuguese": "o os e em um uma do da dos das não que para com por ao na se mais foi são",
    "German": "der die das und ist von den mit dem des ein eine nicht zu auf im für auch sich wurde",
    "Italian": "il lo gli di e che una del della nel per con sono più non dei alla anche dal è",
    "Dutch": "de het een en van dat niet zijn voor met te op aan ook werd bij uit naar door ze",
    "Turkish": "ve bir bu için ile olarak olan daha çok da de sonra kadar gibi ancak",
    "Indonesian": "yang dan di dengan untuk dari ini itu dalam tidak pada akan oleh juga telah",
    "Swahili": "ya na wa kwa ni katika za la kuwa cha hiyo huo watu baada",
    "Hausa": "da na ta ya ne ce cikin su suka wani daga kuma sun wata",
    "Somali": "oo ka ku iyo ee u in uu ay waa soo waxaa ayaa lagu",
}
ENGLISH_WORDS = frozenset(ENGLISH.split())
OTHER_WORDS = {language: frozenset(words.split()) for language, words in OTHERS.items()}
# Below this many words the words do not tell; only another script does.
FEWEST_WORDS = 20


def is_english(text: str) -> bool:
    """Whether `text` may be English: False only where another script or language plainly prevails.

    The share of common function words decides (running English has some 35 %; the words counted here make up
    some 20 %). Short notes and lists of names pass.
    """
    sample = text[:20000]
    letters = [char for char in sample if char.isalpha()]
    if not letters:
        return True
    foreign_script = sum(ord(char) > 0x24F and not 0x1E00 <= ord(char) <= 0x1EFF for char in letters)
    if foreign_script > 0.5 * len(letters):
        return False
    words = Counter(re.findall(r"[^\W\d_]+", sample.lower()))
    total = sum(words.values())
    if total < FEWEST_WORDS:
        return True
    english = sum(words[word] for word in ENGLISH_WORDS) / total
    other = max(sum(words[word] for word in others) for others in OTHER_WORDS.values()) / total
    if english >= 0.1:
        return english >= 0.5 * other
    return not (other > 0.08 and other > 2 * english) and not (english < 0.02 and total >= 150)


# ---------------------------------------------------------------- title and day

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
DAY_FORMS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?"),
    re.compile(
        r"(?:[A-Za-z]+,?\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?P<m>[A-Za-z]{3,9})\.?,?\s+(?P<y>\d{4}|'?\d\d)(?:\s+\d\d?:.*)?"
    ),
    re.compile(
        r"(?:[A-Za-z]+,\s+)?(?P<m>[A-Za-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})(?:\s+.*)?"
    ),
)


def published_day(value: str) -> str | None:
    """The ISO day that `value` states, as ISO 8601, "5 May 2021", "May 5, 2021" or an e-mail date; else None.

    A year of two digits, as in old wire datelines, is taken as 1950 to 2049.
    """
    for form in DAY_FORMS:
        match = form.fullmatch(" ".join(value.split()))
        if match is None:
            continue
        month = match["m"].lower()
        year = match["y"].lstrip("'")
        number = int(month) if month.isdigit() else MONTHS.get(month, 0)
        full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 50 else 2000)
        try:
            return date(full, number, int(match["d"])).isoformat()
        except ValueError:
            return None
    return None


# "Week of 13–19 November 2023", "Reporting period: March 4 - 10, 2024", "Week ending 19 November 2023".
PERIOD = re.compile(
    r"(?i)\b(?:week|period|round-?up|update)\b[^\d\n]{0,20}"
    r"(?:(?P<d>\d{1,2})(?:\s+[a-z]{3,9})?\s*(?:–|—|-|to)\s*(?P<dl>\d{1,2}\s+[a-z]{3,9}\s+\d{4})"
    r"|(?P<single>\d{1,2}\s+[a-z]{3,9}\s+\d{4})|\b(?P<m>[a-z]{3,9})\s+\d{1,2}\s*(?:–|—|-|to)\s*(?P<ml>\d{1,2}),?\s+(?P<y>\d{4}))"
)


def period_end(value: str) -> str | None:
    """The last day of the period a round-up says it covers, as an ISO day; else None."""
    match = PERIOD.search(" ".join(value.split()))
    if match is None:
        return None
    return published_day(match["dl"] or match["single"] or f"{match['m']} {match['ml']}, {match['y']}")


def top_of_text(text: str, blocks: Sequence[Block]) -> tuple[str | None, str | None]:
    """Title and ISO day of publication where the top of the text states them, else None.

    The title is a heading that opens the text. The day is that of a dateline, or of a line of its own, with
    its year, among the first blocks; of a round-up it is the last day of the week it covers.
    """
    title = None
    if blocks and blocks[0].kind == "heading":
        title = " ".join(text[blocks[0].start : blocks[0].end].split())
    for block in blocks[:6]:
        body = text[block.start : block.end]
        if block.kind == "dateline":
            stated = parse_dateline(text, block).date
            day = published_day(stated.text.replace("’", "'")) if stated else None
        elif len(body) <= 60 and block.kind in ("heading", "furniture", "paragraph"):
            day = published_day(re.sub(r"(?i)^(?:published|posted|issued|date)(?:\s+on|\s*:)?\s*", "", body))
            day = day or period_end(body)
        else:
            day = None
        if day:
            return title, day
    return title, None
