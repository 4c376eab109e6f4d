"""A learned correction of a forecast: gradient-boosted trees on what the forecast and the state
say, in numpy alone.

It begins at the forecast itself and learns what that leaves over (Friedman 2001; histograms of the
features, as in LightGBM), so that with nothing to learn it changes nothing. `mean` corrects means
by squared errors, `median` corrects medians by absolute ones.

For recorded days alone, where counters are guessed or unknown; why the server has none stands in
docs/accuracy.md.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from server.waiting.chance import Floats, Whole

BINS: Final = 32
DEPTH: Final = 4
TREES: Final = 80
RATE: Final = 0.1
LEAF_MIN: Final = 40
"""Observations of a leaf; and it is believed as if so many had said nothing."""

Bins: TypeAlias = NDArray[np.uint8]
Point: TypeAlias = Literal["mean", "median"]


class Tree(Struct, frozen=True):
    """A full tree: node n asks whether `feature` lies above `bin`; its children are 2n+1, 2n+2."""

    feature: list[int]
    bin: list[int]
    leaf: list[float]


class Layer(Struct, frozen=True):
    """Trees, and the edges by which features are put into bins."""

    edges: list[list[float]]
    trees: list[Tree]

    def corrected(self, features: Floats, forecast: Floats) -> Floats:
        """The forecasts (minutes) of as many rows of features."""
        bins = _binned(features, [np.array(edge) for edge in self.edges])
        total = forecast.astype(float)
        for tree in self.trees:
            total = total + np.array(tree.leaf)[_leaves(tree, bins)]
        corrected: Floats = np.maximum(0.0, total)
        return corrected


def fitted(
    features: Floats,
    forecast: Floats,
    waits: Floats,
    point: Point,
    *,
    trees: int = TREES,
    rate: float = RATE,
) -> Layer:
    """Learn to correct: rows of features, what was forecast of each, and what came."""
    levels = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = [np.unique(np.quantile(column, levels)) for column in features.T]
    bins = _binned(features, edges)
    left, grown = waits - forecast, []
    for _ in range(trees):
        slope = left if point == "mean" else np.sign(left)
        tree, leaves = _grown(bins, slope, left, point, rate)
        left = left - np.array(tree.leaf)[leaves]
        grown.append(tree)
    return Layer([list(map(float, edge)) for edge in edges], grown)


def _binned(features: Floats, edges: list[Floats]) -> Bins:
    columns = [np.searchsorted(e, c, side="left") for e, c in zip(edges, features.T, strict=True)]
    return np.stack(columns, axis=1).astype(np.uint8)


def _grown(
    bins: Bins, slope: Floats, left: Floats, point: Point, rate: float
) -> tuple[Tree, Whole]:
    node = np.zeros(len(bins), dtype=np.int64)
    features, cuts = [], []
    for depth in range(DEPTH):
        feature, cut = _best_cuts(bins, slope, node, 2**depth)
        features += list(map(int, feature))
        cuts += list(map(int, cut))
        above = bins[np.arange(len(bins)), feature[node]] > cut[node]
        node = 2 * node + above
    leaf = [_value(left[node == n], point) * rate for n in range(2**DEPTH)]
    return Tree(features, cuts, leaf), node


def _best_cuts(bins: Bins, slope: Floats, node: Whole, nodes: int) -> tuple[Whole, Whole]:
    """For each node of a level the feature and the bin that part it best."""
    best = np.full(nodes, 0.0)
    feature, cut = np.zeros(nodes, dtype=np.int64), np.full(nodes, BINS, dtype=np.int64)
    for column in range(bins.shape[1]):
        place = node * BINS + bins[:, column]
        count = np.bincount(place, minlength=nodes * BINS).reshape(nodes, BINS).cumsum(axis=1)
        total = np.bincount(place, slope, minlength=nodes * BINS).reshape(nodes, BINS)
        total = total.cumsum(axis=1)
        above, rest = count[:, -1:] - count, total[:, -1:] - total
        gain = total**2 / (count + LEAF_MIN) + rest**2 / (above + LEAF_MIN)
        gain -= total[:, -1:] ** 2 / (count[:, -1:] + LEAF_MIN)
        gain[(count < LEAF_MIN) | (above < LEAF_MIN)] = 0.0
        at = gain.argmax(axis=1)
        most = gain[np.arange(nodes), at]
        better = most > best
        best[better], feature[better], cut[better] = most[better], column, at[better]
    return feature, cut


def _value(left: Floats, point: Point) -> float:
    if not len(left):
        return 0.0
    middle = left.mean() if point == "mean" else np.median(left)
    return float(middle) * len(left) / (len(left) + LEAF_MIN)


def _leaves(tree: Tree, bins: Bins) -> Whole:
    node = np.zeros(len(bins), dtype=np.int64)
    feature, cut = np.array(tree.feature), np.array(tree.bin)
    for depth in range(DEPTH):
        at = 2**depth - 1 + node
        node = 2 * node + (bins[np.arange(len(bins)), feature[at]] > cut[at])
    return node
