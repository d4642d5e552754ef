"""The learned probability that a solved template is close to the true cell: a few boosted trees, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from mlindex_plugin.algorithms.generators.tree_masks import LEAF, MOST_LEAVES, TreeMasks, sum_of_leaves, tree_masks

_N_TREES = 60
_LEAST_LEAF = 50
_LEARNING_RATE = 0.15


@dataclass(frozen=True, eq=False)
class TemplateChoice:
    """Boosted trees, all nodes in one table.

    Attributes
    ----------
    roots : numpy.ndarray of int16, shape (n_trees,)
    feature : numpy.ndarray of int8, shape (n_nodes,)
        -1 in leaves.
    threshold : numpy.ndarray of float32, shape (n_nodes,)
        Values up to it go to the first child.
    children : numpy.ndarray of int16, shape (n_nodes, 2)
    value : numpy.ndarray of float32, shape (n_nodes,)
        Of a leaf, in log odds.
    baseline : float
        Log odds to which the trees add.
    """

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    children: np.ndarray
    value: np.ndarray
    baseline: float

    @classmethod
    def fit(cls, features: np.ndarray, close: np.ndarray, weight: np.ndarray, seed: int) -> TemplateChoice:
        """Learn from solutions of known lists.

        Parameters
        ----------
        features : numpy.ndarray, shape (n, n_features)
        close : numpy.ndarray of bool, shape (n,)
        weight : numpy.ndarray, shape (n,)
            Solutions that each stands for.
        seed : int
        """
        return cls.from_model(grown(features, close, weight, seed))

    @classmethod
    def from_model(cls, model) -> TemplateChoice:
        """From the classifier of `grown`."""
        # scikit-learn offers no public view of these trees; the test compares with its predictions
        trees = [stage[0].nodes for stage in model._predictors]
        roots = np.concatenate([[0], np.cumsum([len(tree) for tree in trees])[:-1]])
        nodes = np.concatenate(trees)
        start = np.repeat(roots, [len(tree) for tree in trees])
        return cls(
            roots.astype(np.int16),
            np.where(nodes["is_leaf"], LEAF, nodes["feature_idx"]).astype(np.int8),
            nodes["num_threshold"].astype(np.float32),
            np.stack([nodes["left"] + start, nodes["right"] + start], axis=1).astype(np.int16),
            nodes["value"].astype(np.float32),
            float(model._baseline_prediction.ravel()[0]),
        )

    def probability(self, features: np.ndarray) -> np.ndarray:
        """Probability of being close, shape (n,)."""
        columns = np.ascontiguousarray(features.T, np.float32)
        return expit(self.baseline + sum_of_leaves(columns, self._masks))

    @cached_property
    def _masks(self) -> TreeMasks:
        return tree_masks(self.roots, self.feature, self.threshold, self.children, self.value)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that `from_arrays` needs."""
        return {
            "roots": self.roots,
            "feature": self.feature,
            "threshold": self.threshold,
            "children": self.children,
            "value": self.value,
            "baseline": np.array(self.baseline),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> TemplateChoice:
        """From `arrays`."""
        return cls(**{**arrays, "baseline": float(arrays["baseline"])})


def grown(features: np.ndarray, close: np.ndarray, weight: np.ndarray, seed: int):
    """scikit-learn's boosted trees; arguments as of `TemplateChoice.fit`."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        max_iter=_N_TREES,
        max_leaf_nodes=MOST_LEAVES,
        min_samples_leaf=_LEAST_LEAF,
        learning_rate=_LEARNING_RATE,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):
        return model.fit(features, close, sample_weight=weight / weight.mean())
