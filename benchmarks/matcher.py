"""How fast the knowledge base loads and matches: `python benchmarks/matcher.py [FORMS]`.

Prints the number of forms, the seconds to read and build it, and the words a second it matches; with a
number, the matcher is filled up to so many forms with made-up names first. Forms are laid out by their first
word when a text has it, so the words a second include that for the first 2,000 names. Seconds are of
processor time, on this machine.
"""

from __future__ import annotations

import itertools
import random
import sys
import time

import spacy

from extractor.knowledge import Form, Matcher, group_forms, load_knowledge
from extractor.patterns import default_folder

SYLLABLES = ["ba", "ka", "ru", "mi", "ten", "sol", "har", "jan", "del", "kor", "vas", "lim", "zur", "pha"]


def made_up(count: int) -> list[Form]:
    """Names of two or three made-up words; the same at every run."""
    chance = random.Random(1)
    words = ["".join(parts).title() for parts in itertools.product(SYLLABLES, repeat=2)]
    names = [" ".join(chance.choices(words, k=chance.choice((2, 3)))) for _ in range(count)]
    return [Form(name, f"armed_group/{number}", "armed_group", "group") for number, name in enumerate(names)]


def main() -> None:
    begin = time.process_time()
    knowledge = load_knowledge(default_folder())
    loaded = time.process_time() - begin
    forms = [form for group in knowledge.groups.values() for form in group_forms(group)]
    print(f"{len(knowledge.groups)} entries, {len(forms)} forms: read and built in {loaded:.2f} s")
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else len(forms)
    forms += made_up(max(0, wanted - len(forms)))
    begin = time.process_time()
    matcher = Matcher(forms)
    print(f"{len(forms)} forms: matcher built in {time.process_time() - begin:.2f} s")
    names = [form.text for form in forms[:2000]]
    doc = spacy.blank("en")(" ".join(f"On Monday {name} left the town after a fight." for name in names))
    begin = time.process_time()
    found = len(matcher.find(doc))
    spent = time.process_time() - begin
    print(f"{len(doc)} words, {found} matches: {len(doc) / spent:,.0f} words a second")


if __name__ == "__main__":
    main()
