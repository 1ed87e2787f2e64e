"""Reading articles: what comes of good input, and what every bad input is told."""

import gzip
import hashlib
import io
import json
import os
import sys

import pypdf
import pytest

from extractor.articles import read_articles, slug
from extractor.formats import decode, is_english, published_day
from extractor.schema import Article, Rejection

NEWS = (
    "Gunmen attacked a convoy near the town of Beledweyne on Tuesday and killed at least six soldiers, "
    "the regional governor said. The army sent troops to the area after the raid."
)
FRENCH = (
    "Des hommes armés ont attaqué un convoi près de la ville de Gao mardi et ont tué six soldats, selon le "
    "gouverneur de la région. Les forces de sécurité sont arrivées sur les lieux dans la soirée et une "
    "enquête "
    "est ouverte par le parquet du tribunal de la ville."
)
HAUSA = (
    "Wasu 'yan bindiga sun kai hari a wani kauye da ke cikin jihar Zamfara, inda suka kashe mutane da dama "
    "kuma "
    "suka sace wasu. Gwamnan jihar ya ce an tura sojoji daga babban birni domin su kwato mutanen da aka sace."
)
RUSSIAN = "Вооружённые люди напали на колонну недалеко от города и убили шесть солдат, сообщил губернатор."


def make_pdf(pages: list[list[str]], title: str = "") -> bytes:
    """A PDF with one Helvetica line for each string."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for lines in pages:
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        stream = f"BT /F1 11 Tf 72 720 Td {shown} ET" if lines else ""
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(f"<< /Title ({title}) >>")
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    return out + f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()


def encrypted_pdf() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(make_pdf([["Secret words."]])))
    writer.encrypt("open sesame", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def read(*sources) -> list[Article | Rejection]:
    return list(read_articles([str(source) for source in sources]))


def read_one(path) -> Article:
    (item,) = read(path)
    assert isinstance(item, Article), item
    return item


# ---------------------------------------------------------------- plain text


@pytest.mark.parametrize(
    "raw",
    [
        NEWS.encode(),
        b"\xef\xbb\xbf" + NEWS.encode(),
        NEWS.encode("utf-16"),
        NEWS.encode("utf-16-le"),
        NEWS.encode("utf-16-be"),
        b"\xfe\xff" + NEWS.encode("utf-16-be"),
        NEWS.encode("utf-32"),
        NEWS.encode("cp1252"),
    ],
    ids=[
        "utf-8",
        "utf-8 mark",
        "utf-16 mark",
        "utf-16-le",
        "utf-16-be",
        "utf-16-be mark",
        "utf-32",
        "cp1252",
    ],
)
def test_encodings_give_the_same_text(tmp_path, raw):
    path = tmp_path / "note.txt"
    path.write_bytes(raw)
    assert read_one(path).text == NEWS


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("“Ménaka” – the town’s fall".encode("cp1252"), "“Ménaka” – the town’s fall"),
        (
            "“Ménaka” fell, Kidal’s mayor said ".encode() + b"\x97 again",
            "“Ménaka” fell, Kidal’s mayor said — again",
        ),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("non\u00a0breaking  and\ttab".encode(), "non\u00a0breaking  and\ttab"),
    ],
    ids=["windows quotes", "stray byte in utf-8", "line ends", "white space kept"],
)
def test_decode_keeps_characters(raw, text):
    assert decode(raw) == text


def test_article_records_where_and_what_it_was_read_from(tmp_path):
    path = tmp_path / "Côte d'Ivoire_2.txt"
    path.write_text(NEWS, encoding="utf-8")
    article = read_one(path)
    assert article.id == "cote-d-ivoire-2"
    assert article.source == str(path)
    assert article.sha256 == hashlib.sha256(NEWS.encode()).hexdigest()
    assert (article.title, article.published, article.publisher, article.language) == (None, None, None, "en")
    assert [(b.kind, b.start, b.end) for b in article.blocks] == [("paragraph", 0, len(NEWS))]


@pytest.mark.parametrize(
    ("text", "title", "published"),
    [
        (f"Six Soldiers Killed in Convoy Raid\n\n{NEWS}", "Six Soldiers Killed in Convoy Raid", None),
        (f"MOGADISHU, Somalia, Oct. 3, 2017 — {NEWS}", None, "2017-10-03"),
        (f"Lima, 20 Aug 88 (EFE) -- [Text] {NEWS}", None, "1988-08-20"),
        (f"NAIROBI, Kenya, Jan 3 (Reuters) - {NEWS}", None, None),
        (f"Raid in Hiran\n\n5 May 2021\n\n{NEWS}", "Raid in Hiran", "2021-05-05"),
        (f"Raid in Hiran\n\nPublished: May 5, 2021\n\n{NEWS}", "Raid in Hiran", "2021-05-05"),
        (f"Border Round-Up\n\nWeek of 13–19 November 2023\n\n{NEWS}", "Border Round-Up", "2023-11-19"),
        (
            f"Border Bulletin\n\nReporting period: March 4 - 10, 2024\n\n{NEWS}",
            "Border Bulletin",
            "2024-03-10",
        ),
        (f"Border Bulletin\n\nThe week saw 13 attacks in May 2023\n\n{NEWS}", "Border Bulletin", None),
        (f"{NEWS} It happened on 4 March 2019.", None, None),
        (NEWS, None, None),
    ],
)
def test_title_and_day_only_where_the_top_states_them(tmp_path, text, title, published):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    article = read_one(path)
    assert (article.title, article.published) == (title, published)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2021-05-04", "2021-05-04"),
        ("2021-05-04T10:00:00Z", "2021-05-04"),
        ("Tue, 04 May 2021 10:00:00 GMT", "2021-05-04"),
        ("4 May 2021", "2021-05-04"),
        ("May 4th, 2021", "2021-05-04"),
        ("Sept. 9, 2001", "2001-09-09"),
        ("20 Aug 88", "1988-08-20"),
        ("2021-02-30", None),
        ("yesterday", None),
        ("2021", None),
        ("May 2021", None),
    ],
)
def test_published_day(value, day):
    assert published_day(value) == day


# ---------------------------------------------------------------- folders and ids


def test_folder_is_read_below_in_order_and_without_hidden_files(tmp_path):
    for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden.txt", ".git/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{NEWS} {name}", encoding="utf-8")
    assert [item.id for item in read(tmp_path)] == ["a", "b", "c"]


def test_clashing_names_take_their_folder_and_then_their_content(tmp_path):
    for name in ("mali.txt", "x/mali.txt", "x/MALI.txt", "y/x/mali.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(f"{NEWS} {name}", encoding="utf-8")
    ids = [item.id for item in read(tmp_path)]
    assert ids[:2] == ["mali", "x-mali"]
    assert len(set(ids)) == 4 and ids[2].startswith("x-mali-") and ids[3].startswith("x-mali-")
    assert ids == [item.id for item in read(tmp_path)]


def test_file_named_twice_is_read_once(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(NEWS, encoding="utf-8")
    assert [item.id for item in read(path, tmp_path, path)] == ["a"]


def test_file_name_without_ascii_letters_gets_an_id_from_its_content(tmp_path):
    path = tmp_path / "مالي.txt"
    path.write_text(NEWS, encoding="utf-8")
    assert read_one(path).id.startswith("doc-")
    assert slug("مالي") == ""


# ---------------------------------------------------------------- JSONL


def jsonl(path, *records):
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def test_jsonl_fields_are_kept(tmp_path):
    record = {
        "id": "hiran-7", "text": f"\ufeff{NEWS}\r\nMore.", "title": "Raid",
        "published": "2021-05-04T10:00:00Z",
        "url": "https://example.org/7", "publisher": "Daily Lantern", "section": "world",
    }  # fmt: skip
    article = read_one(jsonl(tmp_path / "a.jsonl", record))
    assert (article.id, article.title, article.published) == ("hiran-7", "Raid", "2021-05-04")
    assert (article.source, article.publisher) == ("https://example.org/7", "Daily Lantern")
    assert article.text == f"{NEWS}\nMore."


def test_jsonl_without_id_gets_one_from_its_text_and_names_its_line(tmp_path):
    path = jsonl(
        tmp_path / "a.jsonl", {"text": NEWS}, {"text": f"{NEWS} Twice."}, {"id": 7, "text": f"{NEWS} 7"}
    )
    first, second, third = read(path)
    assert first.id.startswith("doc-") and first.id != second.id and third.id == "7"
    assert (first.source, second.source) == (f"{path}:1", f"{path}:2")


def test_same_id_with_other_text_is_kept_and_with_the_same_text_reported(tmp_path):
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "x", "text": NEWS},
        {"id": "x", "text": f"{NEWS} New."},
        {"id": "x", "text": NEWS},
    )
    first, second, third = read(path)
    assert first.id == "x" and second.id.startswith("x-") and second.text != first.text
    assert (third.source, third.reason) == (f"{path}:3", "duplicate")


@pytest.mark.parametrize(
    ("line", "reason", "word"),
    [
        (b"{not json", "bad_json", "JSON"),
        (b'["text"]', "bad_json", "object"),
        (b"[" * 100_000, "bad_json", "JSON"),
        (b'{"title": "x"}', "no_text", "text"),
        (b'{"text": "  "}', "no_text", "text"),
        (b'{"text": 5}', "bad_field", "'text'"),
        (b'{"text": "Rebels left.", "title": []}', "bad_field", "'title'"),
        (b'{"text": "Rebels left.", "published": "soon"}', "bad_field", "YYYY-MM-DD"),
        (b'{"text": "caf\xe9"}', "encoding", "UTF-8"),
        (json.dumps({"text": FRENCH}).encode(), "not_english", "English"),
    ],
)
def test_bad_jsonl_line_is_reported_with_its_number_and_the_rest_read(tmp_path, line, reason, word):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "Rebels left the town."}\n\n' + line + b'\n{"text": "They came back."}\n')
    good, bad, last = read(path)
    assert isinstance(good, Article) and isinstance(last, Article)
    assert (bad.source, bad.reason) == (f"{path}:3", reason)
    assert "line 3" in bad.detail and word in bad.detail


def test_jsonl_in_utf_16_is_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes((json.dumps({"id": "a", "text": NEWS}) + "\r\n").encode("utf-16"))
    assert read_one(path).text == NEWS


def test_files_with_a_byte_order_mark_may_be_put_together(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [b"\xef\xbb\xbf" + json.dumps({"id": i, "text": NEWS}).encode() + b"\n" for i in "ab"]
    path.write_bytes(b"".join(lines))
    assert [article.id for article in read(path)] == ["a", "b"]


def test_line_separator_inside_a_string_does_not_break_the_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "One.\u2028Two."}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert read_one(path).text == "One.\u2028Two."


def test_gzip_is_read_and_a_cut_one_reported_after_what_was_whole(tmp_path):
    lines = "".join(
        json.dumps({"id": str(i), "text": f"{NEWS} {int.from_bytes(os.urandom(400))}"}) + "\n"
        for i in range(200)
    )
    whole = gzip.compress(lines.encode())
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole)
    assert len(read(path)) == 200
    path.write_bytes(whole[: len(whole) // 2])
    *articles, last = read(path)
    assert 10 < len(articles) < 190
    assert all(isinstance(a, Article) for a in articles)
    assert last.reason == "truncated" and f"line {len(articles)}" in last.detail


def test_file_that_is_no_gzip_is_reported(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b'{"text": "Rebels left."}\n')
    (item,) = read(path)
    assert item.reason == "truncated" and item.source.startswith(str(path))


def test_standard_input_is_read_as_jsonl(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(b'{"id": "a", "text": "Rebels left."}\n{oops\n'))
    monkeypatch.setattr(sys, "stdin", stream)
    article, bad = read("-")
    assert (article.id, article.source) == ("a", "<stdin>:1")
    assert (bad.source, bad.reason) == ("<stdin>:2", "bad_json")


# ---------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("name", "raw", "reason", "remedy"),
    [
        ("a.txt", b"", "empty", "Remove it"),
        ("a.txt", b" \n\t\n", "empty", "Remove it"),
        ("a.txt", b"\xef\xbb\xbf", "empty", "Remove it"),
        ("a.txt", bytes(range(256)) * 8, "binary", "Convert it"),
        ("a.txt", b"PK\x03\x04\x14\x00\x06\x00" + os.urandom(2000), "binary", "Convert it"),
        ("a.txt", "Soldiers left Ménaka’".encode()[:-1], "truncated", "Fetch the file again"),
        ("a.txt", NEWS.encode("utf-16")[:-1], "truncated", "Fetch the file again"),
        ("a.txt", FRENCH.encode(), "not_english", "English"),
        ("a.txt", HAUSA.encode(), "not_english", "English"),
        ("a.txt", RUSSIAN.encode(), "not_english", "English"),
        ("a.txt", RUSSIAN.encode("cp1251"), "not_english", "English"),
        ("a.docx", b"PK\x03\x04", "unsupported", "Convert it"),
        ("README", b"text", "unsupported", "Convert it"),
        ("a.html", b"<html><body></body></html>", "no_text", "as .txt"),
        ("a.html", b"\x00\x01\x02" * 500, "binary", "Convert it"),
        ("a.pdf", b"just text", "corrupt", "Fetch the file again"),
        ("a.pdf", make_pdf([[NEWS]])[:300], "truncated", "Fetch the file again"),
        ("a.pdf", b"%PDF-1.4\n" + b"garbage " * 100 + b"\n%%EOF\n", "corrupt", "Fetch the file again"),
        ("a.pdf", make_pdf([[], []]), "no_text", "character recognition"),
        ("a.pdf", encrypted_pdf(), "encrypted", "without"),
        ("a.jsonl", b"", "empty", "one JSON object a line"),
    ],
)
def test_bad_file_gives_a_reason_and_a_remedy_and_the_rest_is_read(tmp_path, name, raw, reason, remedy):
    (tmp_path / name).write_bytes(raw)
    (tmp_path / "z.txt").write_text(NEWS, encoding="utf-8")
    bad, good = read(tmp_path)
    assert isinstance(bad, Rejection) and (bad.source, bad.reason) == (str(tmp_path / name), reason)
    assert remedy in bad.detail and "\n" not in bad.detail
    assert isinstance(good, Article) and good.id == "z"


def test_missing_path_is_reported():
    (item,) = read("no/such/file.txt")
    assert (item.source, item.reason) == ("no/such/file.txt", "missing")


def test_pipe_in_a_folder_is_reported_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    (item,) = read(tmp_path)
    assert (item.source, item.reason) == (str(tmp_path / "a.txt"), "unreadable")


def test_linked_folder_is_read_and_a_circle_of_links_ends(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.txt").write_text(NEWS, encoding="utf-8")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "far")
    (tmp_path / "far" / "back").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    assert [getattr(item, "id", None) or item.reason for item in read(tmp_path / "in")] == ["missing", "a"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_reported(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(NEWS, encoding="utf-8")
    path.chmod(0)
    (tmp_path / "shut").mkdir(mode=0)
    assert [(item.source, item.reason) for item in read(path, tmp_path / "shut")] == [
        (str(path), "unreadable"),
        (str(tmp_path / "shut"), "unreadable"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Gao retaken.",
        "Coup d'état in Niamey; Bazoum held.",
        "Four dead in Ansongo.",
        "Abdoulaye Diop. Assimi Goïta. Choguel Kokalla Maïga. Sadio Camara. Ismaël Wagué. Malick Diaw. " * 4,
        "12 March: 4 killed. 14 March: 9 killed. 15 March: 3 killed, 7 hurt. 16 March: none.",
        f"« Nous partons », a dit le général. {NEWS}",
        "Airstrikes hit Sirte, Derna, Benghazi, Tripoli, Misrata, Zawiya, Sabha, Ubari, Ghat, Brak, Hun.",
        "",
    ],
)
def test_short_notes_and_lists_pass_for_english(text):
    assert is_english(text)


# ---------------------------------------------------------------- HTML and PDF

HTML = """<!DOCTYPE html><html lang="en"><head><title>Six soldiers killed | Daily Lantern</title>
<meta property="og:title" content="Six soldiers killed in convoy raid">
<meta property="og:site_name" content="Daily Lantern">
<meta property="article:published_time" content="2021-05-04T08:00:00Z"></head><body>
<nav><a href="/">Home</a><a href="/world">World</a></nav>
<article><h1>Six soldiers killed in convoy raid</h1><p>{news}</p><h2>Reactions</h2>
<p>The “minister” of defence — who had just returned — condemned the attack &amp; promised to
hold an inquiry.</p>
<ul><li>Two trucks were burned in the raid on the convoy.</li>
<li>One village was evacuated by the army.</li></ul>
<p>The convoy was carrying food for a garrison that has been cut off for weeks by the fighting.</p>
</article><footer>© 2021 Daily Lantern. All rights reserved.</footer></body></html>""".replace("{news}", NEWS)


def test_html_gives_main_text_title_day_and_publisher(tmp_path):
    path = tmp_path / "raid.html"
    path.write_text(HTML, encoding="utf-8")
    article = read_one(path)
    assert (article.id, article.title) == ("raid", "Six soldiers killed in convoy raid")
    assert (article.published, article.publisher) == ("2021-05-04", "Daily Lantern")
    assert NEWS in article.text and "rights reserved" not in article.text and "World" not in article.text
    kinds = {article.text[b.start : b.end]: b.kind for b in article.blocks}
    assert kinds[NEWS] == "paragraph" and kinds["Reactions"] == "heading"
    assert kinds["Two trucks were burned in the raid on the convoy."] == "list_item"
    assert "“minister” of defence — who had just returned — condemned the attack & promised" in article.text


def test_html_charset_declared_in_the_page_is_used(tmp_path):
    page = HTML.replace("<head>", '<head><meta charset="iso-8859-2">').replace("“minister”", "Łukasz Ślęzak")
    path = tmp_path / "a.html"
    path.write_bytes(page.replace("—", "-").replace("©", "").encode("iso-8859-2"))
    assert "Łukasz Ślęzak" in read_one(path).text


def test_broken_html_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(HTML.split("<ul>")[0], encoding="utf-8")
    assert NEWS in read_one(path).text


def test_pdf_pages_are_kept_apart_and_numbered(tmp_path):
    first = ["Raid on a convoy", "", "Gunmen attacked a convoy near Beledweyne on Tuesday and killed",
             "at least six soldiers, the regional governor said."]  # fmt: skip
    second = [
        "The army sent troops to the area after the raid, and two villages were evacu-",
        "ated by noon.",
    ]
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf([first, [], second], title="Convoy raid"))
    article = read_one(path)
    assert article.title == "Convoy raid" and article.published is None
    assert "said.\n\nThe army" in article.text and "evacu-\nated" in article.text
    paragraphs = [
        (article.text[b.start : b.end][:12], b.page) for b in article.blocks if b.kind == "paragraph"
    ]
    assert paragraphs == [("Gunmen attac", 1), ("The army sen", 3)]


def test_pdf_under_another_name_is_read_as_a_pdf(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(make_pdf([["Gunmen attacked a convoy and killed six soldiers."]]))
    assert read_one(path).text.strip() == "Gunmen attacked a convoy and killed six soldiers."
