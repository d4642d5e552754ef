"""Regression forests as compact arrays: grown by scikit-learn, walked by a compiled kernel.

A leaf keeps the training rows that fell into it, not their mean: the mean of several crystals is no crystal. A tree
and one row of its leaf, both drawn at random, are a draw from the distribution of the target given the features
(Meinshausen 2006, J. Mach. Learn. Res. 7, 983). The rows of a tree lie in the order of its leaves, so that those of
any node follow each other and a draw may stop above the leaf.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numba import njit

ABSENT = 100.0  # stands for a missing feature: it sorts behind all others
_STEP = 10  # trees between two reports of progress
_MOST_NODES = 2**16  # of a tree: nodes are numbered in 16 bits
_LEAF = -1
_HIGHEST = 2**16 - 1


@dataclass(frozen=True)
class Growth:
    """How trees are grown.

    Attributes
    ----------
    n_trees : int
    share : float
        Size of the sample that each tree is grown on, relative to all rows; drawn with replacement.
    least : int
        Fewest rows of a leaf.
    """

    n_trees: int
    share: float
    least: int


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees one after the other, the nodes of each in depth-first order: the left child follows its parent.

    Attributes
    ----------
    first_node : numpy.ndarray of int32, shape (n_trees + 1,)
        Where each tree begins.
    feature : numpy.ndarray of int8, shape (n_nodes,)
        Feature compared; -1 for a leaf.
    threshold : numpy.ndarray of float16, shape (n_nodes,)
        Rows up to it go left.
    right : numpy.ndarray of uint16, shape (n_nodes,)
        Right child within the tree; number of rows for a leaf.
    rows : numpy.ndarray of uint16 or uint32
        Rows of `values`, leaf by leaf.
    values : numpy.ndarray of uint16, shape (n_values, n_targets)
        Targets of the training rows in units of `step` above `lowest`.
    lowest, step : numpy.ndarray of float32, shape (n_targets,)
    """

    first_node: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    right: np.ndarray
    rows: np.ndarray
    values: np.ndarray
    lowest: np.ndarray
    step: np.ndarray

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.first_node) - 1

    @cached_property
    def _first_row(self) -> np.ndarray:
        """Where the rows of each node begin, and the end; shape (n_nodes + 1,)."""
        return _starts(np.where(self.feature == _LEAF, self.right, 0))

    @cached_property
    def _single_threshold(self) -> np.ndarray:
        """Compiled code knows no half precision."""
        return self.threshold.astype(np.float32)

    def ranges(self, features: np.ndarray, trees: np.ndarray, least: np.ndarray) -> np.ndarray:
        """Training rows that lie in one node with given features: the deepest that holds enough of them.

        Parameters
        ----------
        features : numpy.ndarray, shape (n, n_features)
            nan where absent.
        trees, least : numpy.ndarray of int, shape (n,)
            Tree, and fewest rows, for each row of features.

        Returns
        -------
        numpy.ndarray of int, shape (n, 2)
            Begin and end in `rows`.
        """
        nodes = self.first_node, self.feature, self._single_threshold, self.right, self._first_row
        return _walk(*nodes, _known(features), trees, least)

    def draw(self, features: np.ndarray, least: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Targets drawn for each row of features: a tree at random, and a training row of a node at random.

        Parameters
        ----------
        features : numpy.ndarray, shape (n, n_features)
            nan where absent.
        least : numpy.ndarray of int, shape (n,)
            Fewest training rows to draw from: 1 means those of the leaf, more a wider distribution.
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray, shape (n, n_targets)
        """
        ranges = self.ranges(features, rng.integers(self.n_trees, size=len(features)), least)
        picked = self.rows[rng.integers(ranges[:, 0], ranges[:, 1])]
        return self.lowest + self.values[picked] * self.step.astype(float)

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored; `Forest(**arrays)` is the same forest."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@njit(cache=True, nogil=True)
def _walk(first_node, feature, threshold, right, first_row, known, trees, least):
    out = np.empty((len(known), 2), np.int64)
    for i in range(len(known)):
        start, end = first_node[trees[i]], first_node[trees[i] + 1]
        node = start
        while feature[node] >= 0:
            # the nodes below one lie between it and `end`
            child, child_end = node + 1, start + right[node]
            if known[i, feature[node]] > threshold[node]:
                child, child_end = child_end, end
            if first_row[child_end] - first_row[child] < least[i]:
                break
            node, end = child, child_end
        out[i, 0] = first_row[node]
        out[i, 1] = first_row[end]
    return out


def _known(features: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(features), features, ABSENT).astype(np.float32)


def _starts(counts) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def grow_forest(
    features: np.ndarray,
    targets: np.ndarray,
    growth: Growth,
    rng: np.random.Generator,
    progress: Callable[[float], None] | None = None,
) -> Forest:
    """Grow a forest with scikit-learn and keep it as arrays.

    Parameters
    ----------
    features : numpy.ndarray, shape (n, n_features)
        nan where absent.
    targets : numpy.ndarray, shape (n, n_targets)
        Kept in 65,536 steps between the lowest and the highest of each.
    growth : Growth
    rng : numpy.random.Generator
    progress : callable, optional
        Called with the share of the trees that are grown.

    Returns
    -------
    Forest
    """
    from sklearn.ensemble import RandomForestRegressor

    known = _known(features)
    model = RandomForestRegressor(
        max_samples=growth.share,
        min_samples_leaf=growth.least,
        random_state=int(rng.integers(2**31)),
        warm_start=True,
    )
    # one column as a vector: scikit-learn warns otherwise
    wanted = targets[:, 0] if targets.shape[1] == 1 else targets
    for n_trees in [*range(_STEP, growth.n_trees, _STEP), growth.n_trees]:
        model.set_params(n_estimators=n_trees).fit(known, wanted)
        if progress is not None:
            progress(n_trees / growth.n_trees)
    return _as_arrays(model, known, targets)


def _as_arrays(model, features: np.ndarray, targets: np.ndarray) -> Forest:
    nodes, rows = [], []
    for estimator, sample in zip(model.estimators_, model.estimators_samples_, strict=True):
        tree = estimator.tree_
        inner = tree.children_left >= 0
        if np.any(tree.children_left[inner] != np.flatnonzero(inner) + 1) or tree.node_count > _MOST_NODES:
            raise ValueError("a tree is not in depth-first order or has more than 65,536 nodes")
        kept = np.unique(sample)
        leaf = estimator.apply(features[kept])
        rows.append(kept[np.argsort(leaf, kind="stable")])
        counts = np.bincount(leaf, minlength=tree.node_count)
        nodes.append(
            (np.where(inner, tree.feature, _LEAF), tree.threshold, np.where(inner, tree.children_right, counts))
        )
    feature, threshold, right = (np.concatenate(column) for column in zip(*nodes, strict=True))
    lowest = targets.min(axis=0)
    step = np.maximum(np.ptp(targets, axis=0), 1e-6) / _HIGHEST
    return Forest(
        first_node=_starts([len(node[0]) for node in nodes]).astype(np.int32),
        feature=feature.astype(np.int8),
        threshold=np.where(feature == _LEAF, 0, threshold).astype(np.float16),
        right=right.astype(np.uint16),
        rows=np.concatenate(rows).astype(np.uint16 if len(targets) <= 2**16 else np.uint32),
        values=np.round((targets - lowest) / step).astype(np.uint16),
        lowest=lowest.astype(np.float32),
        step=step.astype(np.float32),
    )
