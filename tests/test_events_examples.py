"""Every example and near miss of every frame, straight from patterns/events/, through the whole pipeline.

Rules alone, as `extractor patterns check` runs them: what an example shows is what its frame does.
"""

from __future__ import annotations

import pytest
from spacy.language import Language

import extractor
from extractor.checks import example_fault, near_miss_fault
from extractor.patterns import Example, Frame, default_folder, read_frames

FRAMES = read_frames(default_folder())
EXAMPLES = [(frame, example) for frame in FRAMES for example in frame.examples]
NEAR_MISSES = [(frame, text) for frame in FRAMES for text in frame.near_misses]


@pytest.fixture(scope="module")
def rules() -> Language:
    """The pipeline without the judge."""
    return extractor.load(judge=False)


@pytest.mark.parametrize(("frame", "example"), EXAMPLES, ids=[f"{f.id}: {e.text}" for f, e in EXAMPLES])
def test_example_gives_what_it_states(rules: Language, frame: Frame, example: Example) -> None:
    assert example_fault(rules, example) is None


@pytest.mark.parametrize(("frame", "text"), NEAR_MISSES, ids=[f"{f.id}: {text}" for f, text in NEAR_MISSES])
def test_near_miss_does_not_fire_its_frame(rules: Language, frame: Frame, text: str) -> None:
    assert near_miss_fault(rules, frame.id, frame.type, text) is None
