"""A smoke run of the training recipe on sentences of our own: every stage, a few steps."""

import json
import lzma
import random
import sys
from pathlib import Path

import pytest
import spacy
from spacy.glossary import GLOSSARY
from spacy.lookups import Lookups

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "training"))
sys.path.insert(0, str(HERE))

import convert  # noqa: E402
from raw_data import SHARES  # noqa: E402
from test_training_convert import CASES  # noqa: E402

REASON = "PyTorch and floret, of the extra `model`, are not installed"

# A name in brackets with its label; {SOURCE LABEL} differs from file to file.
NAMES = """
[PER Ana Ruiz] left [LOC Lima] on Sunday .
The [ORG Red Cross] opened an office in [LOC Gulu] .
[PER Omar Diriye] joined the [ORG Green Front] near [LOC Merca] .
Farmers in [LOC Peru] blamed the [ORG Green Front] for the fire .
A court in [LOC Quito] freed [PER Luis Mora] .
Nobody in the village saw the gunmen leave .
General [PER Sani Bello] spoke to [ORG Radio Kano] .
The police of [LOC Kano] arrested nine men .
"""


def names():
    """Yield sentences as lists of (word, label, position in the name)."""
    for line in NAMES.strip().splitlines():
        rows, label, start = [], "", True
        for piece in line.split():
            if piece.startswith("["):
                label, start = piece[1:], True
                continue
            rows.append((piece.rstrip("]"), label, start))
            start = False
            if piece.endswith("]"):
                label = ""
        yield rows


def conllu(entities: bool) -> str:
    """Return the conversion's hand-made sentences as CoNLL-U, with an entity where a name is if asked for."""
    blocks = []
    for number, case in enumerate(CASES.values()):
        lines = [f"# newdoc id = d{number // 5}", f"# sent_id = s{number}"]
        for ident, row in enumerate(case.strip().splitlines(), 1):
            form, lemma, pos, tag, head, rel = row.split()[:6]
            entity = f"Entity=({ident}-place-new-x-cf1-1-sgl-X)" if entities and pos == "PROPN" else "_"
            lines.append("\t".join([str(ident), form, lemma, pos, tag, "_", head, rel, "_", entity]))
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks) + "\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder of the layout the recipe expects, filled with our own sentences."""
    root = tmp_path_factory.mktemp("data")
    (root / "treebanks").mkdir()
    (root / "ner" / "re3d" / "Own").mkdir(parents=True)
    (root / "rawtext").mkdir()
    for part in ("train", "dev", "test"):
        (root / "treebanks" / f"ewt-{part}.conllu").write_text(conllu(False), encoding="utf-8")
        (root / "treebanks" / f"gum-{part}.conllu").write_text(conllu(True), encoding="utf-8")
    wiki = "\n\n".join("\n".join(f"{w} {'I-' + k if k else 'O'}" for w, k, _ in rows) for rows in names())
    (root / "ner" / "wikigold.conll").write_text(wiki + "\n\n", encoding="utf-8")
    web = "\n\n".join(
        "\n".join(
            f"{i}\t{w}\t{('B-' if s else 'I-') + k if k else 'O'}\t-\t-" for i, (w, k, s) in enumerate(rows)
        )
        for rows in names()
    )
    for part in ("dev", "test"):
        (root / "ner" / f"uner_ewt_{part}.iob2").write_text(web + "\n\n", encoding="utf-8")
    documents, entities = [], []
    for number in range(6):
        text = f"Colonel Ana Ruiz of the Green Front came to Lima {number} times."
        documents.append(json.dumps({"_id": f"D{number}", "text": text}))
        for value, kind in (("Colonel Ana Ruiz", "Person"), ("Lima", "Location")):
            begin = text.index(value)
            row = {"documentId": f"D{number}", "type": kind, "begin": begin, "end": begin + len(value)}
            entities.append(json.dumps(row))
    folder = root / "ner" / "re3d" / "Own"
    (folder / "documents.json").write_text("\n".join(documents) + "\n", encoding="utf-8")
    (folder / "entities.json").write_text("\n".join(entities) + "\n", encoding="utf-8")
    for name in SHARES:
        with lzma.open(root / "rawtext" / f"{name}.txt.xz", "wt", encoding="utf-8") as out:
            out.write("\n".join(" ".join(word for word, _, _ in rows) for rows in names()) + "\n")
    return root


@pytest.fixture(scope="module")
def lemma_tables():
    """Lemma tables of a few words, so that the run needs no further package."""
    tables = Lookups()
    tables.add_table("lemma_index", {"verb": ["flee"], "noun": ["rebel"], "adj": [], "adv": []})
    tables.add_table("lemma_exc", {"verb": {"fled": ["flee"]}, "noun": {}, "adj": {}, "adv": {}})
    tables.add_table("lemma_rules", {"verb": [["ed", ""]], "noun": [["s", ""]], "adj": [], "adv": []})
    return tables


@pytest.fixture(scope="module")
def train():
    """The recipe's module; it needs PyTorch."""
    pytest.importorskip("torch", reason=REASON)
    pytest.importorskip("floret", reason=REASON)
    import train

    return train


@pytest.fixture(scope="module")
def settings(train):
    """Settings for a few steps of narrow networks."""
    from nets import Sizes

    narrow = {"word": 16, "affix": 8, "hidden": 24, "arc": 24, "label": 16, "drop": 0.05}
    return train.Settings(
        raw_words=200,
        vectors=(12, 500, 1),
        words=200,
        pretrain_words=400,
        parser_epochs=60,
        polish_epochs=2,
        teachers=((1, 2, 40), (2, 3, 40)),
        silver_words=150,
        student_epochs=2,
        student_parts=2,
        name_epochs=3,
        made_sentences=4,
        templates=10,
        batch_words=100,
        sizes=Sizes(**narrow),
        name_sizes=Sizes(layers=1, **narrow),
        rate=0.02,
    )


@pytest.fixture(scope="module")
def work(train, data, settings, tmp_path_factory):
    """The work folder after all stages but the last."""
    folder = tmp_path_factory.mktemp("work")
    train.run(data, folder / "model", folder, [s for s in train.STAGES if s != "package"], settings)
    return folder


@pytest.fixture(scope="module")
def model(train, data, work, settings, lemma_tables):
    """The pipeline packaged by the recipe after a few steps."""
    train.package(data, work, work / "model", settings, lemma_tables)
    return work / "model"


def test_packaged_pipeline_has_the_shipped_components(model):
    nlp = spacy.load(model)
    assert nlp.pipe_names == ["forms", "parser", "attribute_ruler", "lemmatizer", "ner"]
    assert nlp.pipe_names == spacy.load(HERE.parent / "extractor" / "model").pipe_names
    assert nlp.meta["license"] == "CC BY-SA 4.0"


def test_packaged_pipeline_learned_its_training_sentences(model):
    doc = spacy.load(model)("Rebels fled into the hills.")
    assert [(t.text, t.dep_, t.head.text) for t in doc[:2]] == [
        ("Rebels", "nsubj", "fled"),
        ("fled", "ROOT", "fled"),
    ]
    assert [(t.tag_, t.pos_, t.lemma_) for t in doc[:2]] == [
        ("NNS", "NOUN", "rebel"),
        ("VBD", "VERB", "flee"),
    ]


def test_labels_are_spacys_english_ones(model):
    nlp = spacy.load(model)
    assert set(nlp.get_pipe("parser").labels) <= convert.LABELS
    assert set(nlp.get_pipe("ner").labels) <= {"PERSON", "NORP", "ORG", "GPE", "LOC", "FAC", "EVENT"}
    assert set(nlp.get_pipe("parser").tags) <= set(GLOSSARY)


def test_parser_keeps_to_boundaries_set_before_it(model):
    nlp = spacy.load(model)
    doc = nlp.make_doc("Rebels fled They refused to leave")
    for token in doc:
        token.is_sent_start = token.i in (0, 2)
    doc = nlp.get_pipe("parser")(doc)
    assert [sentence.text for sentence in doc.sents] == ["Rebels fled", "They refused to leave"]


def test_network_run_with_numpy_gives_the_scores_it_was_trained_to(train, data, work, settings, model):
    import torch

    net = train.trained_parser(train.known_forms(data, work, settings), work / "student.pt")
    net.eval()
    words = ["Rebels", "fled", "into", "the", "hills", "."]
    with torch.no_grad():
        wanted = net.encoder([words], torch.tensor([len(words)]))[0].numpy()
    found = spacy.load(model).get_pipe("parser").encoder(words, [(0, len(words))])
    assert found == pytest.approx(wanted, abs=0.08)  # tables are stored as bytes, weights in half precision


def test_same_seed_gives_the_same_weights(train, data, settings, work, tmp_path):
    for name in ("raw.txt", "vectors.floret", "forms.pt", "encoder.pt"):
        (tmp_path / name).write_bytes((work / name).read_bytes())
    train.run(data, tmp_path / "model", tmp_path, ["parser"], settings)
    assert (tmp_path / "parser.pt").read_bytes() == (work / "parser.pt").read_bytes()


def test_raw_text_is_tokenised_by_line(work):
    lines = (work / "raw.txt").read_text(encoding="utf-8").splitlines()
    assert "Nobody in the village saw the gunmen leave ." in lines


@pytest.mark.parametrize("words", [["Ana", "Ruiz"], ["Lima"]])
def test_made_sentences_carry_their_names(words):
    from augment import renamed, template_doc

    nlp = spacy.blank("en")
    rng = random.Random(len(words))
    doc = template_doc(nlp, rng)
    assert doc.ents
    again = renamed(doc, rng)
    assert [ent.label_ for ent in again.ents] == [ent.label_ for ent in doc.ents]


def test_made_parses_are_projective_trees_in_the_scheme():
    from grammar import Grammar

    grammar = Grammar(random.Random(4))
    for _ in range(200):
        tree = grammar.sentence()
        assert tree.is_tree()
        assert tree.crossings() == 0
        assert {node.rel for node in tree.nodes} <= convert.LABELS


@pytest.mark.parametrize(
    ("mention", "label", "name"),
    [
        ("General Sani Bello", "PERSON", "Sani Bello"),
        ("the United Nations", "ORG", "United Nations"),
        ("the militants", "ORG", ""),
        ("Deputy Prime Minister Ana Ruiz", "PERSON", "Ana Ruiz"),
        ("He", "PERSON", ""),
        ("Gulf of Tadjoura", "LOC", "Gulf of Tadjoura"),
    ],
)
def test_mentions_are_cut_to_the_name(mention, label, name):
    from ner_data import trim

    words = mention.split()
    start, end = trim(words, label)
    assert " ".join(words[start:end]) == name


@pytest.mark.parametrize(
    ("place", "label"),
    [("Peru", "GPE"), ("Lake Turkana", "LOC"), ("Merca Airport", "FAC"), ("Sahel", "LOC"), ("Kano", "GPE")],
)
def test_kinds_of_places_are_told_apart(place, label):
    from gazetteer import place_label

    assert place_label(place) == label


def test_unknown_stage_and_missing_data_are_refused(train, tmp_path):
    with pytest.raises(ValueError, match=r"unknown stage 'bake'; the stages are raw"):
        train.run(tmp_path, tmp_path, tmp_path, ["bake"], train.Settings())
    with pytest.raises(FileNotFoundError, match=r"no folder treebanks/"):
        train.run(tmp_path, tmp_path, tmp_path, ["parser"], train.Settings())


def test_gold_kept_without_its_text_is_whole_again_beside_the_source(tmp_path):
    import running

    text = "Gunmen shot two guards in Lima on 3 May 2020. The gunmen fled."
    event = {
        "doc": "own-00",
        "para": 1,
        "sentence": {"start": 0, "end": 45},
        "type": "attack",
        "subtype": None,
        "trigger": {"text": "shot", "start": 7, "end": 11},
        "arguments": [{"role": "actor", "text": "gunmen", "start": 50, "end": 56, "refers_to": "Gunmen"}],
        "date": {
            "value": "2020-05-03",
            "basis": "explicit",
            "span": {"text": "3 May 2020", "start": 34, "end": 44},
        },
        "quantities": [],
        "modality": "actual",
        "attribution": [],
    }
    kept = running.bare(event, text)
    assert not {"shot", "gunmen", "Gunmen", "3 May 2020"} & set(json.dumps(kept).split('"'))
    row = {
        "name": "own-00",
        "set": "own",
        "split": "look",
        "source": "reports",
        "sha256": running.digest(text),
    }
    kept = {k: v for k, v in kept.items() if k not in ("doc", "para")}
    (tmp_path / "gold.jsonl").write_text(json.dumps({**row, "events": [kept]}) + "\n", encoding="utf-8")
    (tmp_path / "rawtext").mkdir()
    with lzma.open(tmp_path / "rawtext" / "reports.txt.xz", "wt", encoding="utf-8") as out:
        out.write(f"Another paragraph.\n{text}\n")
    assert running.write(tmp_path, tmp_path, tmp_path / "gold.jsonl") == {"own": 1}
    assert (tmp_path / "own" / "own-00.txt").read_text(encoding="utf-8") == text + "\n"
    assert json.loads((tmp_path / "own.jsonl").read_text(encoding="utf-8")) == event


def test_gold_whose_paragraph_is_not_in_the_source_is_an_error(tmp_path):
    import running

    row = {
        "name": "own-00",
        "set": "own",
        "split": "look",
        "source": "reports",
        "sha256": "0" * 64,
        "events": [],
    }
    (tmp_path / "gold.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    (tmp_path / "rawtext").mkdir()
    with lzma.open(tmp_path / "rawtext" / "reports.txt.xz", "wt", encoding="utf-8") as out:
        out.write("Another paragraph.\n")
    with pytest.raises(ValueError, match="has no paragraph 000000000000"):
        running.write(tmp_path, tmp_path, tmp_path / "gold.jsonl")
