"""Boosted trees of at most sixteen leaves, evaluated for many rows at once without a branch.

Each comparison that a row fails rules out the leaves below the left child; of the leaves that are left after all
comparisons of a tree, the first is the one that a walk from the root would reach (Lucchese et al. 2015, SIGIR, 73).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

LEAF = -1  # instead of a feature
MOST_LEAVES = 16
_ALL = 2**MOST_LEAVES - 1
_BLOCK = 1024  # rows whose masks stay in the nearest memory
_FIRST_BIT = np.zeros(2**MOST_LEAVES, np.int8)  # of every number
for _bit in range(MOST_LEAVES):
    _FIRST_BIT[2**_bit :: 2 ** (_bit + 1)] = _bit


class TreeMasks(NamedTuple):
    """Comparisons and leaves, tree by tree; the leaves of a tree from left to right.

    Attributes
    ----------
    first_comparison, first_leaf : numpy.ndarray of int, shape (n_trees + 1,)
    feature : numpy.ndarray of int, shape (n_comparisons,)
    threshold : numpy.ndarray of float32, shape (n_comparisons,)
    mask : numpy.ndarray of uint32, shape (n_comparisons,)
        Bits of the leaves that stay for a row above the threshold.
    value : numpy.ndarray of float32, shape (n_leaves,)
    """

    first_comparison: np.ndarray
    first_leaf: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    mask: np.ndarray
    value: np.ndarray


def tree_masks(roots, feature, threshold, children, value) -> TreeMasks:
    """From nodes, as in `template_choice.TemplateChoice`."""
    comparisons: list[tuple] = []
    leaves: list[float] = []
    ends = [(0, 0)]
    for root in roots:
        _descend(int(root), len(leaves), (feature, threshold, children, value), comparisons, leaves)
        ends.append((len(comparisons), len(leaves)))
    first_comparison, first_leaf = np.array(ends).T
    compared, limits, masks = zip(*comparisons, strict=True) if comparisons else ((), (), ())
    return TreeMasks(
        np.ascontiguousarray(first_comparison),
        np.ascontiguousarray(first_leaf),
        np.array(compared, np.int64),
        np.array(limits, np.float32),
        np.array(masks, np.uint32),
        np.array(leaves, np.float32),
    )


def _descend(node: int, first_leaf: int, nodes, comparisons: list, leaves: list) -> None:
    """Add the comparisons and the leaves below a node of the tree whose first leaf is given."""
    feature, threshold, children, value = nodes
    if feature[node] == LEAF:
        leaves.append(value[node])
        return
    before = len(leaves) - first_leaf
    _descend(int(children[node, 0]), first_leaf, nodes, comparisons, leaves)
    ruled_out = 2 ** (len(leaves) - first_leaf) - 2**before
    comparisons.append((feature[node], threshold[node], _ALL - ruled_out))
    _descend(int(children[node, 1]), first_leaf, nodes, comparisons, leaves)


@njit(cache=True, nogil=True)
def sum_of_leaves(columns, trees):
    """Sum over the trees of the leaf of each row, shape (n,).

    Parameters
    ----------
    columns : numpy.ndarray of float32, shape (n_features, n)
    trees : TreeMasks
    """
    n = columns.shape[1]
    total = np.zeros(n)
    left = np.empty(_BLOCK, np.uint32)
    for first in range(0, n, _BLOCK):
        size = min(_BLOCK, n - first)
        for t in range(len(trees.first_leaf) - 1):
            left[:] = np.uint32(_ALL)
            for c in range(trees.first_comparison[t], trees.first_comparison[t + 1]):
                column = columns[trees.feature[c], first : first + size]
                threshold, mask = trees.threshold[c], trees.mask[c]
                for i in range(size):
                    left[i] &= np.uint32(_ALL) if column[i] <= threshold else mask
            for i in range(size):
                total[first + i] += trees.value[trees.first_leaf[t] + _FIRST_BIT[left[i]]]
    return total
