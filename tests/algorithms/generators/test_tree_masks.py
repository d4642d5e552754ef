from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.generators.tree_masks import LEAF, sum_of_leaves, tree_masks

# three trees: a comparison on feature 1 below one on feature 0; a leaf alone; a comparison at 0
FEATURE = np.array([0, LEAF, 1, LEAF, LEAF, LEAF, 1, LEAF, LEAF])
THRESHOLD = np.array([0.5, 0, -1.0, 0, 0, 0, 0.0, 0, 0], np.float32)
CHILDREN = np.array([[1, 2], [0, 0], [3, 4], [0, 0], [0, 0], [0, 0], [7, 8], [0, 0], [0, 0]])
VALUE = np.array([0, 1, 0, 2, 4, 8, 0, 16, 32], np.float32)
ROOTS = np.array([0, 5, 6])


def walked(row):
    """Sum of the leaves of one row, node by node."""
    total = 0.0
    for node in ROOTS:
        while FEATURE[node] != LEAF:
            node = CHILDREN[node, 0 if row[FEATURE[node]] <= THRESHOLD[node] else 1]
        total += VALUE[node]
    return total


def test_each_row_reaches_the_leaf_of_a_walk():
    trees = tree_masks(ROOTS, FEATURE, THRESHOLD, CHILDREN, VALUE)
    rows = np.array([[0.5, 9], [0.6, -1], [0.6, -0.9], [0.6, 0.0], [0.6, 0.1], [-3, -3]], np.float32)
    expected = [1 + 8 + 32, 2 + 8 + 16, 4 + 8 + 16, 4 + 8 + 16, 4 + 8 + 32, 1 + 8 + 16]
    np.testing.assert_array_equal([walked(row) for row in rows], expected)
    np.testing.assert_array_equal(sum_of_leaves(np.ascontiguousarray(rows.T), trees), expected)


def test_more_rows_than_a_block_holds():
    trees = tree_masks(ROOTS, FEATURE, THRESHOLD, CHILDREN, VALUE)
    rows = np.random.default_rng(1).normal(size=(2500, 2)).astype(np.float32)
    found = sum_of_leaves(np.ascontiguousarray(rows.T), trees)
    np.testing.assert_array_equal(found, [walked(row) for row in rows])
