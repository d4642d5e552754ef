"""Forests grown by scikit-learn and kept as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.models.forest import LEAF, Forest, known_features, starts

_STEP = 10  # trees between two reports of progress
_MOST_NODES = 2**16  # of a tree: nodes are numbered in 16 bits
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

    known = known_features(features)
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
            (np.where(inner, tree.feature, LEAF), tree.threshold, np.where(inner, tree.children_right, counts))
        )
    feature, threshold, right = (np.concatenate(column) for column in zip(*nodes, strict=True))
    lowest = targets.min(axis=0)
    step = np.maximum(np.ptp(targets, axis=0), 1e-6) / _HIGHEST
    return Forest(
        first_node=starts([len(node[0]) for node in nodes]).astype(np.int32),
        feature=feature.astype(np.int8),
        threshold=np.where(feature == LEAF, 0, threshold).astype(np.float16),
        right=right.astype(np.uint16),
        rows=np.concatenate(rows).astype(np.uint16 if len(targets) <= 2**16 else np.uint32),
        values=np.round((targets - lowest) / step).astype(np.uint16),
        lowest=lowest.astype(np.float32),
        step=step.astype(np.float32),
    )
