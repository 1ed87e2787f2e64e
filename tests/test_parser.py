"""The shipped model's parser and recogniser: decoding against exhaustive search, and hard constructions."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from spacy.tokens import Doc
from test_clauses import faults

from extractor.forms import LONGEST, affixes, norm, plain
from extractor.network import BATCH, batches, shared_forms
from extractor.nominals import Lexicon
from extractor.patterns import default_folder
from extractor.recogniser import best_path
from extractor.trees import best_heads, is_tree

TABLE = tomllib.loads((Path(__file__).parent / "parses_table.toml").read_text(encoding="utf-8"))
ROWS = [(construction, *row) for construction, table in TABLE.items() for row in table["rows"]]
RIGHT = 0.9


def best_by_trying(scores: np.ndarray) -> float:
    """The best score of all projective trees with one root."""
    n = len(scores)
    trees = (np.array(heads) for heads in itertools.product(range(n + 1), repeat=n))
    return max(scores[np.arange(n), heads].sum() for heads in trees if is_tree(heads))


@pytest.mark.parametrize(("words", "seed"), [(n, seed) for n in (1, 2, 3, 4, 5) for seed in range(4)])
def test_heads_are_those_of_the_best_projective_tree(words: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(words, words + 1))
    np.fill_diagonal(scores[:, 1:], -np.inf)
    heads = best_heads(scores)
    assert is_tree(heads)
    assert scores[np.arange(words), heads].sum() == pytest.approx(best_by_trying(scores))


@pytest.mark.parametrize(
    ("heads", "tree"),
    [
        ([2, 0, 2], True),
        ([0, 0, 1], False),  # two roots
        ([2, 1, 0], False),  # a circle
        ([3, 0, 2, 1], False),  # 1 <- 3 crosses 4 <- 1
        ([3, 4, 0, 3], False),
    ],
)
def test_two_roots_circles_and_crossings_are_no_tree(heads: list[int], tree: bool) -> None:
    assert is_tree(np.array(heads)) is tree


@pytest.mark.parametrize("words", [1, 2, 4])
def test_best_path_is_the_best_of_all(words: int) -> None:
    random = np.random.default_rng(words)
    scores, moves = random.normal(size=(words, 3)), random.normal(size=(4, 3))

    def total(path: tuple[int, ...]) -> float:
        steps = sum(moves[a, b] for a, b in itertools.pairwise(path))
        return float(moves[-1, path[0]] + steps + sum(scores[i, k] for i, k in enumerate(path)))

    every = itertools.product(range(3), repeat=words)
    assert total(tuple(best_path(scores, moves))) == pytest.approx(max(map(total, every)))


@pytest.mark.parametrize(
    ("form", "as_plain", "as_norm", "parts"),
    [
        ("“", '"', '"', ('"', '"', '"')),
        ("N’Djamena", "N'Djamena", "n'djamena", ("ena", "n'd", "X'Xxx")),
        ("AK-47", "AK-47", "ak-00", ("-00", "ak-", "XX-dd")),
        ("—", "-", "-", ("-", "-", "-")),
    ],
)
def test_forms_are_seen_without_typography(
    form: str, as_plain: str, as_norm: str, parts: tuple[str, str, str]
) -> None:
    assert (plain(form), norm(form), affixes(form)) == (as_plain, as_norm, parts)


def test_a_word_without_end_is_told_by_its_beginning(nlp) -> None:
    forms = shared_forms(nlp)()
    whole, cut = forms.subwords(["ab" * 50_000, ("ab" * 50_000)[:LONGEST]])
    assert (whole == cut).all()


def test_doc_is_parsed_alike_alone_and_among_others(nlp) -> None:
    texts = [
        "Gunmen killed five farmers near Gao. They fled.",
        "The army denied it.",
        "Rebels left Goma on Sunday.",
    ]
    alone = [[(t.tag_, t.dep_, t.head.i, t.ent_type_) for t in nlp(text)] for text in texts]
    assert [[(t.tag_, t.dep_, t.head.i, t.ent_type_) for t in doc] for doc in nlp.pipe(texts)] == alone


@pytest.mark.parametrize("size", [1, 5, 6, 100])
def test_batches_are_whole_sentences_one_after_another(size: int) -> None:
    bounds = [(0, 3), (3, 4), (4, 9), (9, 10)]
    found = list(batches(bounds, size))
    assert [(first + start, first + end) for first, _, inside in found for start, end in inside] == bounds
    assert [first for first, _, _ in found] == [0, *(last for _, last, _ in found[:-1])]
    assert all(last - first >= size for first, last, _ in found[:-1])


def test_long_document_is_parsed_like_its_sentences(nlp) -> None:
    texts = ["Gunmen killed five farmers near Gao.", "Omar Diallo left Goma on Sunday."]
    count = 2 * BATCH // 13
    parser, names = nlp.get_pipe("parser"), nlp.get_pipe("ner")
    short = [names(parser(make(nlp, text, 1))) for text in texts]
    long = names(parser(make(nlp, " ".join(texts), count)))
    expected = [(t.tag_, t.dep_, t.head.i - t.i, t.ent_type_) for doc in short for t in doc]
    assert [(t.tag_, t.dep_, t.head.i - t.i, t.ent_type_) for t in long] == expected * count


def make(nlp, text: str, count: int) -> Doc:
    doc = nlp.make_doc(" ".join([text] * count))
    for token in doc[1:]:
        token.is_sent_start = token.nbor(-1).text == "."
    return doc


def test_hard_constructions_give_the_right_subject_and_object(nlp) -> None:
    assert len(ROWS) >= 60
    lexicon = Lexicon(default_folder() / "clauses.toml")
    wrong = [
        f"[{construction}] {sentence} <{predicate}> {'; '.join(found)}"
        for construction, sentence, predicate, expected in ROWS
        if (found := faults(nlp(sentence), predicate, expected, lexicon))
    ]
    assert len(wrong) <= (1 - RIGHT) * len(ROWS), "\n".join(wrong)
