"""The pipeline as a whole: its order, the Python calls, other models, and stages in anybody's pipeline."""

from __future__ import annotations

import ast
import importlib
import json
import re
import tomllib
from pathlib import Path

import pytest
import spacy
from spacy.glossary import GLOSSARY
from spacy.language import Language

import extractor
from extractor.errors import ModelError
from extractor.pipeline import AFTER_MODEL, BEFORE_MODEL, make_doc, model_folder
from extractor.runs import assemble, process
from extractor.schema import Article

ROOT = Path(__file__).parent.parent
OF_THE_MODEL = {
    "extractor_forms": "extractor.network",
    "extractor_parser": "extractor.parser",
    "extractor_recogniser": "extractor.recogniser",
}
STAGES = [f"extractor_{stage}" for stage in (*BEFORE_MODEL, *AFTER_MODEL)]

# The label sets of spaCy's English pipelines (ClearNLP dependencies, Penn Treebank tags, OntoNotes entities).
DEPENDENCIES = """
    ROOT acl acomp advcl advmod agent amod appos attr aux auxpass case cc ccomp compound conj csubj csubjpass
    dative dep det dobj expl intj mark meta neg nmod npadvmod nsubj nsubjpass nummod oprd parataxis pcomp pobj
    poss preconj predet prep prt punct quantmod relcl xcomp
"""
TAGS = """
    $ '' , -LRB- -RRB- . : ADD AFX CC CD DT EX FW HYPH IN JJ JJR JJS LS MD NFP NN NNP NNPS NNS PDT POS PRP
    PRP$ RB RBR RBS RP SYM TO UH VB VBD VBG VBN VBP VBZ WDT WP WP$ WRB XX _SP ``
"""
ENTITIES = """
    CARDINAL DATE EVENT FAC GPE LANGUAGE LAW LOC MONEY NORP ORDINAL ORG PERCENT PERSON PRODUCT QUANTITY TIME
    WORK_OF_ART
"""
POS = "ADJ ADP ADV AUX CCONJ CONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SPACE SYM VERB X"
KNOWN = {
    attribute: set(labels.split())
    for attribute, labels in (("dep_", DEPENDENCIES), ("tag_", TAGS), ("ent_type_", ENTITIES), ("pos_", POS))
}
WEB_TAGS = {"GW"}  # English Web Treebank: the first part of a word typed as two


def test_stages_stand_in_the_stated_order(nlp: Language) -> None:
    assert [name for name in nlp.pipe_names if name.startswith("extractor_")] == STAGES
    assert nlp.pipe_names[: len(BEFORE_MODEL)] == STAGES[: len(BEFORE_MODEL)]
    assert nlp.pipe_names.index("ner") < nlp.pipe_names.index("extractor_entities")


def test_extract_gives_grounded_events(nlp: Language) -> None:
    text = "Gunmen killed five farmers near Gao yesterday."
    (event,) = extractor.extract(text, published="2024-05-01", nlp=nlp)
    assert (event.type, event.trigger.text, event.incident) == ("killing", "killed", None)
    assert event.date is not None and event.date.value == "2024-04-30"
    assert {(a.role, a.text) for a in event.arguments} == {
        ("actor", "Gunmen"), ("target", "farmers"), ("place", "Gao")
    }  # fmt: skip
    assert [(q.measure, q.min, q.max) for q in event.quantities] == [("killed", 5, 5)]
    for span in (event.trigger, event.date.span, *event.arguments, *(q.span for q in event.quantities)):
        assert text[span.start : span.end] == span.text


@pytest.mark.parametrize("text", ["", " ", "\n\n", "…", "Bread.", "🙂 " * 40])
def test_text_without_events_gives_none(nlp: Language, text: str) -> None:
    assert extractor.extract(text, nlp=nlp) == []


def test_offsets_are_code_points_after_astral_characters(nlp: Language) -> None:
    text = "𝔄 🙂 Gunmen killed five farmers in Timbuktu."
    (event,) = extractor.extract(text, nlp=nlp)
    assert text[event.trigger.start : event.trigger.end] == "killed"


def test_event_ids_come_from_content_and_survive_text_inserted_before(nlp: Language) -> None:
    text = "Gunmen killed five farmers near Gao."
    (event,) = extractor.extract(text, nlp=nlp)
    later = extractor.extract("Markets were open.\n\n" + text, nlp=nlp)
    assert [e.id for e in later] == [event.id]
    (elsewhere,) = extractor.extract(text, nlp=nlp, document="another")
    assert elsewhere.id != event.id


def test_outlets_of_a_citation_line_become_the_sources_of_its_paragraph(nlp: Language) -> None:
    text = (
        "Gunmen killed five farmers near Gao on 3 May 2021. (Sources: Reuters, Radio Okapi)\n\n"
        "Police arrested two suspects in Bamako on 4 May 2021.\n"
    )
    first, second = (e for e in extractor.extract(text, nlp=nlp) if e.type in ("killing", "arrest"))
    assert [s.text for s in first.sources] == ["Reuters", "Radio Okapi"]
    assert all(text[s.start : s.end] == s.text for s in first.sources)
    assert second.sources == []


# ---- other people's pipelines ------------------------------------------------------------------------------


def test_dates_alone_work_in_a_blank_pipeline() -> None:
    importlib.import_module("extractor.dates")
    nlp = spacy.blank("en")
    nlp.add_pipe("extractor_dates")
    doc = nlp("On 3 May 2021 the army came. Two days later it left.")
    assert [(s.text, s.kb_id_) for s in doc.spans["dates"]] == [
        ("3 May 2021", "2021-05-03"), ("Two days later", "2021-05-05")
    ]  # fmt: skip


@pytest.mark.parametrize("stage", ["layout", "sentences"])
def test_stages_that_need_no_model_work_in_a_blank_pipeline(stage: str) -> None:
    importlib.import_module(f"extractor.{stage}")
    nlp = spacy.blank("en")
    nlp.add_pipe(f"extractor_{stage}")
    doc = nlp("Gen. Diallo left. He returned.")
    assert doc.text == "Gen. Diallo left. He returned."


def test_every_stage_is_announced_to_spacy_under_its_factory() -> None:
    announced = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][
        "spacy_factories"
    ]
    assert set(announced) == set(STAGES) | set(OF_THE_MODEL)
    for name, value in announced.items():
        module, _, function = value.partition(":")
        assert module == OF_THE_MODEL.get(name, name.replace("extractor_", "extractor."))
        assert callable(getattr(importlib.import_module(module), function))
        assert Language.has_factory(name)


# ---- other models ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "lacks"), [("parser", "tagger, parser"), ("ner", "ner"), ("lemmatizer", "lemmatizer")]
)
def test_model_that_lacks_a_component_is_refused_by_name(tmp_path: Path, component: str, lacks: str) -> None:
    model = spacy.load(model_folder())
    model.remove_pipe(component)
    model.to_disk(tmp_path / "partial")
    with pytest.raises(ModelError, match=f"partial' lacks {lacks}") as refused:
        extractor.load(str(tmp_path / "partial"))
    assert "tagger, parser, ner and lemmatizer" in refused.value.remedy


def test_model_of_another_language_is_refused(tmp_path: Path) -> None:
    spacy.blank("fr").to_disk(tmp_path / "french")
    with pytest.raises(ModelError, match=r"is for language 'fr'|lacks"):
        extractor.load(str(tmp_path / "french"))


def test_unknown_model_is_refused() -> None:
    with pytest.raises(ModelError, match="Cannot load the language model 'no_such_model'"):
        extractor.load("no_such_model")


def test_same_model_saved_elsewhere_gives_the_same_events(nlp: Language, tmp_path: Path) -> None:
    spacy.load(model_folder()).to_disk(tmp_path / "copy")
    other = extractor.load(str(tmp_path / "copy"))
    text = "On 3 May 2021 gunmen killed five farmers near Gao."
    assert extractor.extract(text, nlp=other) == extractor.extract(text, nlp=nlp)


def test_shipped_model_speaks_the_labels_of_spacys_english_pipelines(nlp: Language) -> None:
    parsed = set(nlp.get_pipe("parser").labels)  # type: ignore[attr-defined]
    assert parsed <= KNOWN["dep_"] and len(parsed) > 35
    assert set(nlp.get_pipe("parser").tags) <= KNOWN["tag_"] | WEB_TAGS  # type: ignore[attr-defined]
    assert set(nlp.get_pipe("ner").labels) <= KNOWN["ent_type_"]  # type: ignore[attr-defined]


# ---- labels in our own code --------------------------------------------------------------------------------


def strings(node: ast.AST, names: dict[str, ast.AST]) -> set[str]:
    """String constants in an expression, names of the module resolved."""
    found = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            found.add(inner.value)
        elif isinstance(inner, ast.Name) and inner.id in names:
            found |= strings(names[inner.id], {k: v for k, v in names.items() if k != inner.id})
    return found


def labels_compared() -> list[tuple[str, str, bool]]:
    """Every label that our code compares with an attribute of a token: (attribute, label, is it a prefix)."""
    found: set[tuple[str, str, bool]] = set()
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "extractor").glob("*.py")}
    everywhere = {
        target.id: node.value
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    for tree in trees.values():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Compare)
                and isinstance(node.left, ast.Attribute)
                and node.left.attr in KNOWN
            ):
                for comparator in node.comparators:
                    if not isinstance(comparator, ast.Attribute):
                        found |= {(node.left.attr, s, False) for s in strings(comparator, everywhere) - {""}}
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "startswith"
                and isinstance(node.func.value, ast.Attribute)
                and node.func.value.attr in KNOWN
            ):
                for argument in node.args:
                    found |= {(node.func.value.attr, s, True) for s in strings(argument, everywhere)}
    return sorted(found)


def test_labels_are_found_in_the_code() -> None:
    found = labels_compared()
    assert sum(attribute == "dep_" for attribute, _, _ in found) > 20
    assert sum(attribute == "tag_" for attribute, _, _ in found) > 5
    assert any(prefix for _, _, prefix in found)


@pytest.mark.parametrize(("attribute", "label", "prefix"), labels_compared())
def test_label_that_a_rule_compares_exists(attribute: str, label: str, prefix: bool) -> None:
    if prefix:
        assert any(known.startswith(label) for known in KNOWN[attribute])
    else:
        assert label in KNOWN[attribute]


def test_label_sets_are_in_spacys_glossary() -> None:
    unlisted = set().union(*KNOWN.values()) - set(GLOSSARY)
    assert unlisted == {"predet"}


def test_document_text_is_never_changed(nlp: Language) -> None:
    text = "  Gen.\u00a0Diallo\twas “killed”—the army said…\r\n\r\n(Sources: AFP)\n"
    assert nlp(make_doc(nlp, text)).text == text


# ---- what the README says ----------------------------------------------------------------------------------


def readme_block(marker: str) -> str:
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(f"<!-- {marker} -->\n```json\n")
    return rest.partition("\n```")[0]


def test_readme_shows_what_a_run_writes(nlp: Language) -> None:
    row = json.loads(readme_block("example article"))
    article = Article(source="article.jsonl:1", sha256="0" * 64, **row)
    events = assemble([process(nlp, article)], []).events
    assert json.loads(events[1].model_dump_json()) == json.loads(readme_block("example event"))


def test_pages_link_to_pages_that_exist() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    assert len(pages) > 10
    missing = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert missing == []


def test_architecture_page_has_a_place_for_every_module() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (ROOT / "extractor").glob("*.py")} - {"__init__"}
    assert {name for name in modules if f"`{name}`" not in page} == set()
