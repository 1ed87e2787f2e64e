"""The best projective tree over a sentence's arc scores (Eisner 1996, "Three New Probabilistic Models for Dependency
Parsing"), and a quick look whether the best heads one by one already make one."""

from __future__ import annotations

import numpy as np

LONGEST = 300  # words; beyond it the search, cubic in them, gives way to mending the best heads


def best_heads(scores: np.ndarray) -> np.ndarray:
    """Return the head of each word: 0 for the root, else 1 + the index of its head.

    Args:
        scores: [n, n + 1], the score of each head (column 0: the root) for each word (row).
    """
    heads = scores.argmax(axis=1)
    if is_tree(heads):
        return heads
    return _eisner(scores) if len(heads) <= LONGEST else _mended(scores, heads)


def is_tree(heads: np.ndarray) -> bool:
    """Whether the heads make one projective tree with one root."""
    if (heads == 0).sum() != 1:
        return False
    n = len(heads)
    for start in range(n):
        seen, at = 0, start
        while heads[at]:
            at = heads[at] - 1
            seen += 1
            if seen > n:
                return False
    place = np.arange(1, n + 1)
    left, right = np.minimum(heads, place), np.maximum(heads, place)
    inside = (left[None, :] > left[:, None]) & (left[None, :] < right[:, None])
    return not bool((inside & (right[None, :] > right[:, None])).any())


def _eisner(scores: np.ndarray) -> np.ndarray:
    """Complete and open spans over words 0..n-1; the root takes the word whose two halves score best.

    Tables are kept by where a span starts (`..._from[i, k]` covers i to i + k) or ends (`..._to[j, k]` covers j - k to j),
    so that all spans of a size are done in one go.
    """
    n = len(scores)
    arc = scores[:, 1:].T  # arc[h, d]
    right_from, right_to, left_from, left_to, open_right_from, open_left_to = (
        np.full((n, n), -np.inf, dtype="float64") for _ in range(6)
    )
    for table in (right_from, right_to, left_from, left_to):
        table[:, 0] = 0.0
    split_open, split_right, split_left = (np.zeros((n, n), dtype="int64") for _ in range(3))
    for size in range(1, n):
        start, end = np.arange(n - size), np.arange(size, n)
        join = right_from[: n - size, :size] + left_to[size:, size - 1 :: -1][:, :size]
        best = join.argmax(axis=1)
        top = join[start, best]
        split_open[start, end] = start + best
        open_right_from[start, size] = top + arc[start, end]
        open_left_to[end, size] = top + arc[end, start]
        join = left_from[: n - size, :size] + open_left_to[size:, size:0:-1]
        best = join.argmax(axis=1)
        left_from[start, size] = left_to[end, size] = join[start, best]
        split_left[start, end] = start + best
        join = open_right_from[: n - size, 1 : size + 1] + right_to[size:, size - 1 :: -1][:, :size]
        best = join.argmax(axis=1)
        right_from[start, size] = right_to[end, size] = join[start, best]
        split_right[start, end] = start + 1 + best
    place = np.arange(n)
    root = int((left_to[place, place] + right_from[place, n - 1 - place] + scores[:, 0]).argmax())
    heads = np.zeros(n, dtype="int64")
    todo = [(0, root, "left"), (root, n - 1, "right")]
    while todo:
        i, j, kind = todo.pop()
        if i == j:
            continue
        if kind == "left":
            q = int(split_left[i, j])
            todo += [(i, q, "left"), (q, j, "open left")]
        elif kind == "right":
            q = int(split_right[i, j])
            todo += [(i, q, "open right"), (q, j, "right")]
        else:
            q = int(split_open[i, j])
            if kind == "open right":
                heads[j] = i + 1
            else:
                heads[i] = j + 1
            todo += [(i, q, "right"), (q + 1, j, "left")]
    return heads


def _mended(scores: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """One root, and every word that does not lead to it hung on it."""
    root = int(scores[:, 0].argmax())
    heads = heads.copy()
    heads[heads == 0] = root + 1
    heads[root] = 0
    for start in range(len(heads)):
        path, at = [start], start
        while heads[at] and len(path) <= len(heads):
            at = int(heads[at]) - 1
            if at in path:
                heads[at] = root + 1
                break
            path.append(at)
    return heads
