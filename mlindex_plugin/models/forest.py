"""Regression forests as compact arrays: grown by scikit-learn, walked by a compiled kernel.

A leaf keeps the training rows that fell into it, not their mean: the mean of several crystals is no crystal. A tree
and one row of its leaf, both drawn at random, are a draw from the distribution of the target given the features
(Meinshausen 2006, J. Mach. Learn. Res. 7, 983).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

ABSENT = 100.0  # stands for a missing feature: it sorts behind all others
_STEP = 10  # trees between two reports of progress
_MOST_NODES = 2**16  # of a tree: nodes and leaves are numbered in 16 bits
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
    first_node, first_leaf : numpy.ndarray of int32, shape (n_trees + 1,)
        Where each tree begins.
    feature : numpy.ndarray of int8, shape (n_nodes,)
        Feature compared; -1 for a leaf.
    threshold : numpy.ndarray of float16, shape (n_nodes,)
        Rows up to it go left.
    right : numpy.ndarray of uint16, shape (n_nodes,)
        Right child within the tree; number of the leaf within the tree for a leaf.
    first_row : numpy.ndarray of uint32, shape (n_leaves + 1,)
        Where each leaf begins in `rows`.
    rows : numpy.ndarray of uint16 or uint32
        Rows of `values`.
    values : numpy.ndarray of uint16, shape (n_values, n_targets)
        Targets of the training rows in units of `step` above `lowest`.
    lowest, step : numpy.ndarray of float32, shape (n_targets,)
    """

    first_node: np.ndarray
    first_leaf: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    right: np.ndarray
    first_row: np.ndarray
    rows: np.ndarray
    values: np.ndarray
    lowest: np.ndarray
    step: np.ndarray

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.first_node) - 1

    def leaves(self, features: np.ndarray, trees: np.ndarray) -> np.ndarray:
        """Leaf of each row of features in a tree of its own.

        Parameters
        ----------
        features : numpy.ndarray, shape (n, n_features)
            nan where absent.
        trees : numpy.ndarray of int, shape (n,)

        Returns
        -------
        numpy.ndarray of int, shape (n,)
        """
        known = np.where(np.isfinite(features), features, ABSENT).astype(np.float32)
        # compiled code knows no float16
        threshold = self.threshold.astype(np.float32)
        return _walk(self.first_node, self.first_leaf, self.feature, threshold, self.right, known, trees)

    def draw(self, features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Targets drawn for each row of features: a tree at random, and a training row of its leaf at random.

        Parameters
        ----------
        features : numpy.ndarray, shape (n, n_features)
            nan where absent.
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray, shape (n, n_targets)
        """
        leaves = self.leaves(features, rng.integers(self.n_trees, size=len(features)))
        picked = rng.integers(self.first_row[leaves], self.first_row[leaves + 1])
        return self.lowest + self.values[self.rows[picked]] * self.step.astype(float)

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored; `Forest(**arrays)` is the same forest."""
        return dict(vars(self))


@njit(cache=True, nogil=True)
def _walk(first_node, first_leaf, feature, threshold, right, rows, trees):
    out = np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        start = first_node[trees[i]]
        node = start
        while feature[node] >= 0:
            if rows[i, feature[node]] <= threshold[node]:
                node += 1
            else:
                node = start + right[node]
        out[i] = first_leaf[trees[i]] + right[node]
    return out


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

    known = np.where(np.isfinite(features), features, ABSENT).astype(np.float32)
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
    nodes, leaves, rows = [], [], []
    for estimator, sample in zip(model.estimators_, model.estimators_samples_, strict=True):
        tree = estimator.tree_
        inner = tree.children_left >= 0
        if np.any(tree.children_left[inner] != np.flatnonzero(inner) + 1) or tree.node_count > _MOST_NODES:
            raise ValueError("a tree is not in depth-first order or has more than 65,536 nodes")
        number = np.cumsum(~inner) - 1
        nodes.append(
            (np.where(inner, tree.feature, _LEAF), tree.threshold, np.where(inner, tree.children_right, number))
        )
        kept = np.unique(sample)
        leaf = number[estimator.apply(features[kept])]
        rows.append(kept[np.argsort(leaf, kind="stable")])
        leaves.append(np.bincount(leaf, minlength=number[-1] + 1))
    lowest = targets.min(axis=0)
    step = np.maximum(np.ptp(targets, axis=0), 1e-6) / _HIGHEST
    feature, threshold, right = (np.concatenate(column) for column in zip(*nodes, strict=True))
    return Forest(
        first_node=_starts([len(node[0]) for node in nodes]).astype(np.int32),
        first_leaf=_starts([len(leaf) for leaf in leaves]).astype(np.int32),
        feature=feature.astype(np.int8),
        threshold=np.where(feature == _LEAF, 0, threshold).astype(np.float16),
        right=right.astype(np.uint16),
        first_row=_starts(np.concatenate(leaves)).astype(np.uint32),
        rows=np.concatenate(rows).astype(np.uint16 if len(targets) <= 2**16 else np.uint32),
        values=np.round((targets - lowest) / step).astype(np.uint16),
        lowest=lowest.astype(np.float32),
        step=step.astype(np.float32),
    )


def _starts(counts) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)])
