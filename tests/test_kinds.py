"""The kinds of mentions, on a sample marked by hand."""

from pathlib import Path

import pytest

from extractor.articles import read_articles
from extractor.pipeline import make_doc
from extractor.schema import Article

ROOT = Path(__file__).parent.parent
SAMPLE = [
    line.split("\t")
    for line in (ROOT / "tests" / "kinds_sample.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.fixture(scope="module")
def kinds(plain):
    """(document, start, text) of every mention in the articles of the sample to its kind."""
    wanted = {row[0] for row in SAMPLE}
    found = {}
    for article in read_articles([str(ROOT / "corpus")]):
        if not isinstance(article, Article) or article.id not in wanted:
            continue
        doc = make_doc(plain, article.text, document=article.id, published=article.published)
        doc._.blocks = article.blocks or None
        for span in plain(doc).spans["entities"]:
            found[(article.id, str(span.start_char), " ".join(span.text.split()))] = span.label_
    return found


def test_sample_is_as_large_as_it_says():
    assert len(SAMPLE) >= 150
    assert len({(row[0], row[1]) for row in SAMPLE}) == len(SAMPLE)


def test_kinds_of_sampled_mentions(kinds):
    wrong = []
    for document, start, kind, text in SAMPLE:
        given = kinds.get((document, start, text), "-")
        if given != kind:
            wrong.append((document, start, text, kind, given))
    assert len(wrong) <= 0.08 * len(SAMPLE), wrong
