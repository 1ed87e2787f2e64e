"""The table of sentences against a model: which rows come out wrong, and marking them after a retrain.

    python benchmarks/clauses_table.py [--model FOLDER] [--parses] [--mark]

`--mark` rewrites the marks of `tests/clauses_table.toml` to the rows that are wrong with this model. Look at
them before you commit: a row that a rule could mend wants a rule, not a mark.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import spacy

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from test_clauses import TABLE, faults, read_table  # noqa: E402

from extractor.nominals import Lexicon  # noqa: E402
from extractor.patterns import default_folder  # noqa: E402


def main(model: str, parses: bool, mark: bool) -> None:
    """Print the wrong rows and the share of right ones; rewrite the marks if asked."""
    nlp = spacy.load(model, exclude=["ner"])
    lexicon = Lexicon(default_folder() / "clauses.toml")
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = read_table()
    wrong = 0
    for construction, sentence, predicate, expected, _ in rows:
        doc = nlp(sentence)
        found = faults(doc, predicate, expected, lexicon)
        row = f'["{sentence}", "{predicate}", "{expected}"'
        place = next(i for i, line in enumerate(lines) if line.strip().startswith(row))
        lines[place] = f'  {row}, "misparsed"],' if found else f"  {row}],"
        if found:
            wrong += 1
            print(f"[{construction}] {sentence} <{predicate}> {'; '.join(found)}")
            if parses:
                print("   ", " ".join(f"{t.text}/{t.tag_}/{t.dep_}>{t.head.text}" for t in doc))
    print(f"{len(rows) - wrong} of {len(rows)} rows right ({100 - 100 * wrong / len(rows):.1f} %)")
    if mark:
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=str(ROOT / "extractor" / "model"))
    parser.add_argument("--parses", action="store_true")
    parser.add_argument("--mark", action="store_true")
    options = parser.parse_args()
    main(options.model, options.parses, options.mark)
