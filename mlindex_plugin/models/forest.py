"""Regression forests as compact arrays, walked by a compiled kernel.

A leaf keeps the training rows that fell into it, not their mean: the mean of several crystals is no crystal. A tree
and one row of its leaf, both drawn at random, are a draw from the distribution of the target given the features
(Meinshausen 2006, J. Mach. Learn. Res. 7, 983). The rows of a tree lie in the order of its leaves, so that those of
any node follow each other and a draw may stop above the leaf.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numba import njit

_ABSENT = 100.0  # stands for a missing feature: it sorts behind all others
LEAF = -1  # instead of a feature


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
        return starts(np.where(self.feature == LEAF, self.right, 0))

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
        return _walk(*nodes, known_features(features), trees, least)

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


def known_features(features: np.ndarray) -> np.ndarray:
    """Features as forests compare them: float32, a large number where one is absent."""
    return np.where(np.isfinite(features), features, _ABSENT).astype(np.float32)


def starts(counts) -> np.ndarray:
    """Where each of several runs of given lengths begins, and the end of the last."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
