"""Train the English pipeline from a data folder to a packaged model.

    python training/train.py DATA_FOLDER OUT_FOLDER [--work WORK_FOLDER] [--stages raw,vectors,...]

Stages, in order: ``raw`` (tokenised running text), ``vectors`` (subword vectors), ``pretrain`` (the encoder, on
masked words of the running text), ``parser`` (tags and trees), ``polish`` (the same once more from a lower rate),
``teachers`` (more parsers, trained apart), ``silver`` (what they and the polished one hold of running text), ``student``
(the polished parser trained on by that), ``names``, ``package`` (rules, metadata).  Each leaves its result in the work
folder; a run that was stopped goes on from where it was with ``--stages``.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import recognise
import spacy
import syntax
import torch
from augment import template_doc
from floret_vectors import load_floret, train_floret
from ner_data import LABELS, bio_docs, gum_docs, re3d_docs
from nets import Encoder, NameNetwork, Network, Sizes
from package import assemble
from raw_data import write_raw
from silver import seen_sentences, teach
from spacy.language import Language
from spacy.tokens import Doc
from syntax import Pair
from syntax_data import made, of_tree, simplified, trees
from tokenizer import set_tokenizer

from extractor.forms import Forms
from extractor.sentences import configure_tokenizer

HERE = Path(__file__).parent
STAGES = (
    "raw",
    "vectors",
    "pretrain",
    "parser",
    "polish",
    "teachers",
    "silver",
    "student",
    "names",
    "package",
)
PERSON_PLACE_ORG = {"PER": "PERSON", "LOC": "PLACE", "ORG": "ORG", "MISC": "MISC"}
NAME_TAGS = ["O", *(f"{place}-{label}" for label in LABELS for place in "BI")]


@dataclass(frozen=True)
class Settings:
    """Sizes of a run; the defaults are those of the shipped model."""

    raw_words: int = 14_000_000
    vectors: tuple[int, int, int] = (96, 40_000, 5)  # width, rows, least count of a word
    words: int = 20_000
    pretrain_words: int = 7_000_000
    parser_epochs: int = 16
    polish_epochs: int = 8
    teachers: tuple[tuple[int, int, int], ...] = (
        (1, 2, 28),
        (2, 3, 22),
    )  # seed, layers of the encoder, epochs
    silver_words: int = 1_400_000
    student_epochs: int = 14
    student_parts: int = 5  # an epoch of the student's goes through one of them
    name_epochs: int = 12
    made_sentences: int = 3000
    templates: int = 1500
    batch_words: int = 1200
    sizes: Sizes = field(default_factory=Sizes)
    name_sizes: Sizes = field(default_factory=lambda: Sizes(layers=1))
    rate: float = 0.002
    seed: int = 0


def stages_before_parser(*stages: str) -> Language:
    """Return a pipeline of what decides the form in which the parser sees a sentence, after the `stages` named."""
    nlp = spacy.blank("en")
    for stage in (*stages, "dates", "simplify"):
        importlib.import_module(f"extractor.{stage}")  # registers its factory
        nlp.add_pipe(f"extractor_{stage}")
    return nlp


def known_forms(data: Path, work: Path, settings: Settings) -> Forms:
    """Return the forms the networks know; the choice of words is kept in the work folder."""
    vectors = load_floret(work / "vectors.floret")
    kept = work / "forms.pt"
    if not kept.exists():
        sentences = [
            of_tree(t) for name in ("ewt", "gum") for t in trees(data / "treebanks" / f"{name}-train.conllu")
        ]
        torch.save(syntax.vocabulary(work / "raw.txt", sentences, settings.words), kept)
    return Forms(*torch.load(kept), vectors.table, vectors.settings)


def train_encoder(data: Path, work: Path, settings: Settings) -> None:
    """Pretrain an encoder of the parser's size into ``work/encoder.pt``."""
    torch.manual_seed(settings.seed)
    encoder = Encoder(known_forms(data, work, settings), settings.sizes)
    syntax.pretrain(
        encoder, work / "raw.txt", work / "encoder.pt", words=settings.pretrain_words, seed=settings.seed
    )


def gold_trees(
    data: Path, settings: Settings, seed: int, with_dev: bool
) -> tuple[list[Pair], dict[str, list[Any]]]:
    """Return sentences to train on, each with its simplified pieces, and sentences to choose by.

    `with_dev` puts four fifths of the dev parts among the former; the rest of them is then the latter.
    """
    nlp = stages_before_parser()
    treebanks = data / "treebanks"
    parts = {
        name: trees(treebanks / f"{name}.conllu") for name in ("ewt-train", "gum-train", "ewt-dev", "gum-dev")
    }
    train = [*parts["ewt-train"], *parts["gum-train"], *made(settings.made_sentences, random.Random(seed))]
    dev = {}
    for name in ("ewt-dev", "gum-dev"):
        held = parts[name][::5] if with_dev else parts[name]
        dev[name] = [(list(of_tree(t).words), of_tree(t)) for t in held]
        if with_dev:
            train += [t for number, t in enumerate(parts[name]) if number % 5]
    pairs = [
        (of_tree(tree), [] if (pieces := simplified(nlp, tree)) == [of_tree(tree)] else pieces)
        for tree in train
    ]
    return pairs, dev


def fresh_parser(forms: Forms, work: Path, pairs: list[Pair], sizes: Sizes) -> Network:
    """Return an untrained parser over the pretrained encoder, as far as that has its layers."""
    tags = sorted({tag for whole, _ in pairs for tag in whole.tags})
    labels = sorted({label for whole, _ in pairs for label in whole.deps})
    net = Network(forms, tags, labels, sizes)
    if (work / "encoder.pt").exists():
        net.encoder.load_state_dict(torch.load(work / "encoder.pt"), strict=False)
    return net


def train_parser(data: Path, work: Path, settings: Settings, polish: bool = False) -> None:
    """Train tags and trees; the best weights go to ``work/parser.pt``, or, going on from those, to ``polished.pt``."""
    seed = settings.seed + polish
    pairs, dev = gold_trees(data, settings, seed, with_dev=False)
    torch.manual_seed(seed)
    forms = known_forms(data, work, settings)
    if polish:
        net = trained_parser(forms, work / "parser.pt")
    else:
        net = fresh_parser(forms, work, pairs, settings.sizes)
    out, epochs = ("polished.pt", settings.polish_epochs) if polish else ("parser.pt", settings.parser_epochs)
    syntax.train(net, pairs, dev, work / out, epochs=epochs, batch=settings.batch_words,
                 rate=settings.rate * (0.5 if polish else 1), seed=seed)  # fmt: skip


def train_teacher(data: Path, work: Path, settings: Settings, number: int) -> None:
    """Train one more parser, of another seed and perhaps deeper, into ``work/teacher-NUMBER.pt``."""
    seed, layers, epochs = settings.teachers[number - 1]
    pairs, dev = gold_trees(data, settings, seed, with_dev=True)
    torch.manual_seed(seed)
    net = fresh_parser(known_forms(data, work, settings), work, pairs, replace(settings.sizes, layers=layers))
    syntax.train(net, pairs, dev, work / f"teacher-{number}.pt", epochs=epochs, batch=settings.batch_words,
                 rate=settings.rate, seed=seed)  # fmt: skip


def write_silver(data: Path, work: Path, settings: Settings) -> None:
    """Write what the polished parser and the teachers together hold of running text to ``work/silver.pt``."""
    nlp = stages_before_parser("layout", "sentences")
    configure_tokenizer(nlp, None)
    sentences = seen_sentences(nlp, data / "rawtext", settings.silver_words, settings.seed + 1)
    forms = known_forms(data, work, settings)
    names = ["polished", *(f"teacher-{number}" for number in range(1, len(settings.teachers) + 1))]
    torch.save(
        teach([trained_parser(forms, work / f"{name}.pt") for name in names], sentences), work / "silver.pt"
    )


def train_student(data: Path, work: Path, settings: Settings) -> None:
    """Train the polished parser on, on gold and silver, into ``work/student.pt``."""
    seed = settings.seed + 2
    pairs, dev = gold_trees(data, settings, seed, with_dev=True)
    taught = torch.load(work / "silver.pt", weights_only=False)
    random.Random(seed).shuffle(taught)
    net = trained_parser(known_forms(data, work, settings), work / "polished.pt")
    syntax.train(net, pairs, dev, work / "student.pt", epochs=settings.student_epochs, batch=settings.batch_words,
                 rate=settings.rate * 0.5, seed=seed, taught=taught, share=settings.student_parts)  # fmt: skip


def trained_parser(forms: Forms, path: Path) -> Network:
    """Return the parser whose weights lie in a file."""
    weights = torch.load(path, weights_only=False)
    net = Network(forms, weights["tags"], weights["labels"], weights["sizes"])
    net.load_state_dict(weights["state"])
    return net


def name_docs(data: Path, nlp: Language) -> tuple[list[Doc], dict[str, list[Doc]]]:
    """Return training and development docs with names, re3d's held-out documents in neither."""
    ner, treebanks = data / "ner", data / "treebanks"
    wiki = bio_docs(ner / "wikigold.conll", nlp, column=1, text_column=0, kinds=PERSON_PLACE_ORG)
    web = bio_docs(ner / "uner_ewt_dev.iob2", nlp, column=2, text_column=1, kinds=PERSON_PLACE_ORG)
    conflict = re3d_docs(ner / "re3d", nlp, held_out=False)
    train = gum_docs(treebanks / "gum-train.conllu", nlp)
    dev = {"gum": gum_docs(treebanks / "gum-dev.conllu", nlp), "rest": []}
    for docs, weight in ((wiki, 1), (web, 1), (conflict, 2)):
        dev["rest"] += docs[::10]
        train += [doc for number, doc in enumerate(docs) if number % 10] * weight
    return train, dev


def train_names(data: Path, work: Path, settings: Settings) -> None:
    """Train the name recogniser; the best weights go to ``work/names.pt``."""
    rng = random.Random(settings.seed)
    nlp = spacy.blank("en")
    set_tokenizer(nlp)
    docs, dev = name_docs(data, nlp)
    docs += [template_doc(nlp, rng) for _ in range(settings.templates)]
    torch.manual_seed(settings.seed)
    net = NameNetwork(known_forms(data, work, settings), NAME_TAGS, settings.name_sizes)
    if (work / "encoder.pt").exists():
        net.encoder.load_state_dict(torch.load(work / "encoder.pt"), strict=False)
    recognise.train(net, docs, dev, work / "names.pt", epochs=settings.name_epochs, batch=settings.batch_words,
                    rate=settings.rate, seed=settings.seed)  # fmt: skip


def package(data: Path, work: Path, out: Path, settings: Settings, lookups: Any = None) -> None:
    """Write the trained networks as a spaCy pipeline to `out`."""
    forms = known_forms(data, work, settings)
    best = next(path for name in ("student", "polished", "parser") if (path := work / f"{name}.pt").exists())
    parser = trained_parser(forms, best)
    names = NameNetwork(forms, NAME_TAGS, settings.name_sizes)
    names.load_state_dict(torch.load(work / "names.pt"))
    assemble(forms, parser, names, out, lookups)


def run(data: Path, out: Path, work: Path, stages: list[str], settings: Settings) -> None:
    """Run the named stages in their order.

    Raises ValueError for an unknown stage, FileNotFoundError for a data folder without treebanks.
    """
    unknown = sorted(set(stages) - set(STAGES))
    if unknown:
        raise ValueError(f"unknown stage {unknown[0]!r}; the stages are {', '.join(STAGES)}")
    if not (data / "treebanks").is_dir():
        raise FileNotFoundError(
            f"{data}: no folder treebanks/ in it; give the data folder as the first argument"
        )
    work.mkdir(parents=True, exist_ok=True)
    for stage in STAGES:
        if stage not in stages:
            continue
        print(f"stage {stage}", flush=True)
        if stage == "raw":
            write_raw(data / "rawtext", work / "raw.txt", settings.raw_words)
        elif stage == "vectors":
            train_floret(work / "raw.txt", work / "vectors.floret", *settings.vectors)
        elif stage == "pretrain":
            train_encoder(data, work, settings)
        elif stage == "parser":
            train_parser(data, work, settings)
        elif stage == "polish":
            train_parser(data, work, settings, polish=True)
        elif stage == "teachers":
            for number in range(1, len(settings.teachers) + 1):
                train_teacher(data, work, settings, number)
        elif stage == "silver":
            write_silver(data, work, settings)
        elif stage == "student":
            train_student(data, work, settings)
        elif stage == "names":
            train_names(data, work, settings)
        else:
            package(data, work, out, settings)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with treebanks/, ner/ and rawtext/")
    parser.add_argument("out", type=Path, help="folder for the packaged pipeline")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="folder for intermediate results")
    parser.add_argument("--stages", default=",".join(STAGES))
    args = parser.parse_args()
    try:
        run(args.data, args.out, args.work, args.stages.split(","), Settings())
    except (ValueError, FileNotFoundError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
