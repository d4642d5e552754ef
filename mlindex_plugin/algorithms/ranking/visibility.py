"""How likely it is that just those lines of a cell are seen which are.

The intensity of a line of M reflections is M times a random one (exponential, acentric; Wilson 1949, Acta Cryst. 2,
318), and falls with q2; the line is seen above some threshold. Besides, a part of the lines is absent whatever their
multiplicity, by symmetry or where atoms sit. So a line is seen with the probability

    f = (1 - absent) exp(-threshold exp(slope q2 / q2_last) / M).

None of the three parameters is known; the probability is averaged over all of them. That reflections on axes and planes
of symmetry are stronger in the mean (Wilson's epsilon), and centric ones distributed otherwise, depends on the space
group and is left out; the first power of M was found best on known lists (docs/decisions.md).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from mlindex_plugin.algorithms.search import N_MULTIPLICITIES, N_RANGES

_LOG_THRESHOLDS = np.arange(-2, 6.1, 0.75)
_SLOPES = np.array([0, 1.5, 3, 4.5])
_ABSENT = np.array([0.1, 0.35, 0.6])
_SURPRISE = 1e-4  # no line is seen or missed more surely than that


@cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of the probabilities that a line is seen and not, shape (N_CLASSES, number of parameter choices)."""
    q2 = (np.arange(N_RANGES) + 0.5) / N_RANGES
    m = 2 * 2 ** (0.5 * np.arange(N_MULTIPLICITIES) + 0.125)  # most are 2 to the n, at the beginning of their range
    q2, m = (one.reshape(-1, 1) for one in np.meshgrid(q2, m, indexing="ij"))
    choices = np.meshgrid(_LOG_THRESHOLDS, _SLOPES, _ABSENT, indexing="ij")
    log_threshold, slope, absent = (one.reshape(1, -1) for one in choices)
    seen = np.clip((1 - absent) * np.exp(-np.exp(log_threshold + slope * q2) / m), _SURPRISE, 1 - _SURPRISE)
    return np.log(seen), np.log1p(-seen)


def log_visibility(n_seen: np.ndarray, n_lines: np.ndarray) -> np.ndarray:
    """Logarithm of the probability that certain lines are seen and all others are not.

    Parameters
    ----------
    n_seen, n_lines : numpy.ndarray, shape (n, N_CLASSES)
        Lines of n cells that are seen, and all of them, by class (`search.line_classes`).

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    seen, unseen = _tables()
    each = n_seen @ seen + np.maximum(n_lines - n_seen, 0) @ unseen
    largest = each.max(axis=1, keepdims=True)  # scipy's logsumexp takes several times as long
    return np.log(np.exp(each - largest).mean(axis=1)) + largest[:, 0]
