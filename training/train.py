"""Train the English pipeline from a data folder to a packaged model.

    python training/train.py DATA_FOLDER OUT_FOLDER [--work WORK_FOLDER] [--stages raw,vectors,...]

Stages, in order: ``raw`` (tokenised running text), ``vectors`` (word vectors, targets of the next stage),
``pretrain`` (token encoder), ``parser`` (tagger and parser), ``polish`` (the same once more at a lower
rate, with more made sentences), ``ner`` (names), ``package`` (rules, metadata).  Each leaves its result in
the work folder; a run that was stopped goes on from where it was with ``--stages``.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import spacy
from augment import augmented, augmented_names, template_doc
from grammar import Grammar
from loop import fit
from ner_data import bio_docs, gum_docs, re3d_docs
from package import assemble
from parse_data import to_doc, tree_docs
from raw_data import write_raw
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed, load_config
from tokenizer import set_tokenizer

HERE = Path(__file__).parent
STAGES = ("raw", "vectors", "pretrain", "parser", "polish", "ner", "package")
PERSON_PLACE_ORG = {"PER": "PERSON", "LOC": "PLACE", "ORG": "ORG", "MISC": "MISC"}


@dataclass(frozen=True)
class Settings:
    """Sizes of a run; the defaults are those of the shipped model."""

    raw_words: int = 14_000_000
    pretrain_words: int = 6_000_000
    parser_epochs: float = 10
    polish_epochs: float = 4
    ner_epochs: float = 7
    ner_polish_epochs: float = 3
    templates: int = 1500
    made_sentences: int = 1200
    polish_sentences: int = 3000
    batch_words: int = 1000
    check_every: int = 300
    rate: float = 0.001
    configs: Path = HERE
    seed: int = 0


def bare(doc: Doc) -> Example:
    """Return an example whose input has the words of the doc and nothing else."""
    words, spaces = [t.text for t in doc], [bool(t.whitespace_) for t in doc]
    return Example(Doc(doc.vocab, words=words, spaces=spaces), doc)


def blank(config: Path) -> Language:
    """Return the untrained pipeline of a config, with the shipped tokenizer."""
    nlp = spacy.util.load_model_from_config(load_config(config), auto_fill=True)
    set_tokenizer(nlp)
    return nlp


def initialise(nlp: Language, train: list[Doc], encoder: Path) -> None:
    """Initialise weights and labels from the training docs, the token encoder from `encoder` if it exists."""
    nlp.initialize(lambda: [Example(doc, doc) for doc in train])
    if encoder.exists():
        nlp.get_pipe("tok2vec").model.from_bytes(encoder.read_bytes())  # type: ignore[attr-defined]


def tree_data(data: Path, nlp: Language, made: int, rng: random.Random) -> tuple[list[Doc], list[Doc]]:
    """Return training docs (with `made` made sentences) and development docs with trees."""
    treebanks = data / "treebanks"
    train = tree_docs([treebanks / "ewt-train.conllu", treebanks / "gum-train.conllu"], nlp.vocab, rng)
    dev = tree_docs([treebanks / "ewt-dev.conllu", treebanks / "gum-dev.conllu"], nlp.vocab, rng)[::3]
    grammar = Grammar(rng)
    return train + [to_doc([grammar.sentence()], nlp.vocab) for _ in range(made)], dev


def train_parser(data: Path, work: Path, settings: Settings) -> None:
    """Train tagger and parser on the converted treebanks; the best weights go to ``work/parser``."""
    fix_random_seed(settings.seed)
    nlp = blank(settings.configs / "parser.cfg")
    train, dev = tree_data(data, nlp, settings.made_sentences, random.Random(settings.seed))
    initialise(nlp, train, work / "encoder.bin")
    fit_parser(nlp, train, dev, work / "parser", settings, settings.parser_epochs, settings.rate)


def polish_parser(data: Path, work: Path, settings: Settings) -> None:
    """Train ``work/parser`` further at a lower rate with more made sentences; into ``work/polished``."""
    fix_random_seed(settings.seed + 1)
    nlp = spacy.load(work / "parser")
    rng = random.Random(settings.seed + 1)
    train, dev = tree_data(data, nlp, settings.polish_sentences, rng)
    fit_parser(nlp, train, dev, work / "polished", settings, settings.polish_epochs, settings.rate * 0.4)


def fit_parser(
    nlp: Language, train: list[Doc], dev: list[Doc], out: Path, settings: Settings, epochs: float, rate: float
) -> None:
    """Run the training loop with the settings for tagger and parser."""
    fit(
        nlp,
        train,
        [bare(doc) for doc in dev],
        out,
        vary=augmented,
        epochs=epochs,
        key="tag_acc+dep_las",
        words=settings.batch_words,
        check_every=settings.check_every,
        rate=rate,
        seed=settings.seed,
    )


def name_docs(data: Path, nlp: Language) -> tuple[list[Doc], list[Doc]]:
    """Return training and development docs with names, re3d's held-out documents in neither."""
    ner, treebanks = data / "ner", data / "treebanks"
    wiki = bio_docs(ner / "wikigold.conll", nlp, column=1, text_column=0, kinds=PERSON_PLACE_ORG)
    web = bio_docs(ner / "uner_ewt_dev.iob2", nlp, column=2, text_column=1, kinds=PERSON_PLACE_ORG)
    conflict = re3d_docs(ner / "re3d", nlp, held_out=False)
    train = gum_docs(treebanks / "gum-train.conllu", nlp)
    dev = gum_docs(treebanks / "gum-dev.conllu", nlp)[:400]
    for docs, weight in ((wiki, 1), (web, 1), (conflict, 2)):
        dev += docs[::10]
        train += [doc for number, doc in enumerate(docs) if number % 10] * weight
    return train, dev


def train_ner(data: Path, work: Path, settings: Settings) -> None:
    """Train the name recogniser; the best weights go to ``work/ner``."""
    fix_random_seed(settings.seed)
    rng = random.Random(settings.seed)
    nlp = blank(settings.configs / "ner.cfg")
    train, dev = name_docs(data, nlp)
    train += [template_doc(nlp, rng) for _ in range(settings.templates)]
    initialise(nlp, train, work / "encoder.bin")
    fit_names(nlp, train, dev, work / "ner", settings, settings.ner_epochs, settings.rate, drop=0.25)
    polish_names(train, dev, work, settings)


def polish_names(train: list[Doc], dev: list[Doc], work: Path, settings: Settings) -> None:
    """Train ``work/ner`` further at a lower rate with less dropout, in place."""
    nlp = spacy.load(work / "ner")
    rate = settings.rate * 0.4
    fit_names(nlp, train, dev, work / "ner", settings, settings.ner_polish_epochs, rate, drop=0.15)


def fit_names(
    nlp: Language,
    train: list[Doc],
    dev: list[Doc],
    out: Path,
    settings: Settings,
    epochs: float,
    rate: float,
    drop: float,
) -> None:
    """Run the training loop with the settings for names."""
    fit(
        nlp,
        train,
        [bare(doc) for doc in dev],
        out,
        vary=augmented_names,
        epochs=epochs,
        key="ents_f",
        words=settings.batch_words,
        check_every=settings.check_every,
        rate=rate,
        drop=drop,
        seed=settings.seed,
    )


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
            from floret_vectors import train_floret

            train_floret(work / "raw.txt", work / "vectors.floret")
        elif stage == "pretrain":
            from pretrain import pretrain

            pretrain(
                work / "raw.txt",
                work / "vectors.floret",
                settings.configs / "parser.cfg",
                work / "encoder.bin",
                words=settings.pretrain_words,
            )
        elif stage == "parser":
            train_parser(data, work, settings)
        elif stage == "polish":
            polish_parser(data, work, settings)
        elif stage == "ner":
            train_ner(data, work, settings)
        else:
            polished = work / "polished"
            assemble(polished if polished.exists() else work / "parser", work / "ner", out)


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
