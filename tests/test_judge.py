"""What the judge decides, and by which weights."""

from __future__ import annotations

import pytest

from extractor.judge import Weights

WEIGHTS = Weights(
    bias=-0.5, weights={"clause=main": 1.5, "weak": -0.5, "light": -2.0}, threshold=0.5, loose_threshold=0.8
)


@pytest.mark.parametrize(
    ("features", "loose", "accepted", "reasons"),
    [
        (["clause=main", "weak"], False, True, ["clause=main", "weak"]),
        (["clause=main", "weak"], True, False, ["clause=main", "weak"]),
        (["clause=main", "light", "unknown"], False, False, ["light", "clause=main"]),
        ([], False, False, []),
    ],
    ids=["accepted", "loose, so refused", "refused", "nothing known"],
)
def test_a_verdict_gives_the_weights_that_decided_heaviest_first(
    features: list[str], loose: bool, accepted: bool, reasons: list[str]
) -> None:
    verdict = WEIGHTS.verdict("killing 'killed'", 0, features, loose)
    assert verdict.accepted is accepted
    assert [name for name, _ in verdict.reasons] == reasons
    assert verdict.total == pytest.approx(verdict.bias + sum(weight for _, weight in verdict.reasons))
    assert verdict.probability == WEIGHTS.probability(features)
