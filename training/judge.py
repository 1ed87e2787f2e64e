"""Train the judge that ships, and say what it adds over the rules on documents it was not trained on.

    python training/judge.py NAME=GOLD.jsonl:ARTICLES ... [--write] [--plot docs/judge.svg]

With --write, fits on everything and writes extractor/judge.json; with --plot, draws the reliability of the
cross-validated confidence. Users train their own with `extractor train judge`;
both are `extractor/training.py`, which says what is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from extractor.judge import WEIGHTS
from extractor.training import train


def draw(reliability: list[tuple[float, float, int]]) -> str:
    """A reliability diagram as SVG: a dot a tenth of the scale, its area by the number of proposals."""
    side, edge = 320, 48

    def x(value: float) -> float:
        return round(edge + value * side, 1)

    def y(value: float) -> float:
        return round(edge / 2 + (1 - value) * side, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2 * edge} {side + 2 * edge}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Reliability of the confidence of events, cross-validated</title>",
        f'<rect width="{side + 2 * edge}" height="{side + 2 * edge}" fill="white"/>',
        f'<path d="M{x(0)} {y(0)}H{x(1)}V{y(1)}H{x(0)}Z" fill="none" stroke="#999"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#999" stroke-dasharray="4"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 18}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{x(0) - 6}" y="{y(tick) + 4}" text-anchor="end">{tick}</text>')
    largest = max(n for _, _, n in reliability)
    for sure, right, n in reliability:
        radius = round(3 + 9 * (n / largest) ** 0.5, 1)
        parts.append(
            f'<circle cx="{x(sure)}" cy="{y(right)}" r="{radius}" fill="#1f6fb2" fill-opacity="0.7">'
            f"<title>{n} proposals: confidence {sure:.2f}, right {right:.2f}</title></circle>"
        )
    parts.append(f'<text x="{x(0.5)}" y="{y(0) + 40}" text-anchor="middle">confidence</text>')
    parts.append(
        f'<text x="14" y="{y(0.5)}" text-anchor="middle" transform="rotate(-90 14 {y(0.5)})">share in gold</text>'
    )
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", help="NAME=GOLD.jsonl:ARTICLES")
    parser.add_argument("--write", action="store_true", help="fit on everything and write the weights")
    parser.add_argument("--plot", type=Path, help="draw the reliability diagram here, as SVG")
    parser.add_argument("--errors", type=Path, help="write cross-validated predictions here, one file a set")
    args = parser.parse_args()
    for told in train(args.sets, args.errors):
        if isinstance(told, str):
            print(told, flush=True)
            continue
        if args.plot:
            args.plot.write_text(draw(told.reliability), encoding="utf-8")
        if args.write:
            told.write(WEIGHTS)
            print(f"{WEIGHTS}: {WEIGHTS.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
