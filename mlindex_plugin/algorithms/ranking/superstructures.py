"""Superstructures: cells whose lines beside the main lines of a substructure are mostly too weak to be seen."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.special import gammaln

from mlindex_plugin.algorithms.search import Refined


def superstructure_ratio(refined: Refined, matched: np.ndarray, prior: float) -> np.ndarray:
    """How much likelier the observed lines of cells are where a substructure may have a share of its own.

    Where every share of observed lines is equally likely, n certain ones of N lines are seen with the probability
    B(n + 1, N - n + 1) (Laplace 1774). All substructures are equally likely beforehand; the share of the main lines
    is the larger one.

    Parameters
    ----------
    refined : Refined
        n candidates.
    matched : numpy.ndarray of bool, shape (n, n_peaks)
        Peaks that are explained.
    prior : float
        Probability of a superstructure.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Natural logarithm.
    """
    most = max(refined.n_distinct.max(initial=0), matched.shape[1])
    return _ratio(refined.main, refined.n_main, refined.n_distinct, matched, prior, gammaln(np.arange(1.0, most + 3)))


@njit(cache=True)
def _ratio(main, n_main, n_distinct, matched, prior, log_factorial):
    n, n_substructures = n_main.shape
    ratio = np.empty(n)
    main_matched = np.empty(n_substructures, np.int64)
    for c in range(n):
        all_matched = 0
        main_matched[:] = 0
        for i in range(matched.shape[1]):
            if matched[c, i]:
                all_matched += 1
                for s in range(n_substructures):
                    main_matched[s] += (main[c, i] >> np.uint64(s)) & np.uint64(1)
        lines = max(n_distinct[c], all_matched)
        one_share = _seen(all_matched, lines, log_factorial)
        total = 0.0
        for s in range(n_substructures):
            seen, other_seen = main_matched[s], all_matched - main_matched[s]
            # a line may be told apart from another in one count and not in the other
            main_lines = min(max(n_main[c, s], seen), lines)
            other_lines = max(lines - main_lines, other_seen)
            if seen * other_lines > other_seen * main_lines:
                two_shares = _seen(seen, main_lines, log_factorial) + _seen(other_seen, other_lines, log_factorial)
                total += np.exp(two_shares - one_share)
        ratio[c] = np.log(1 - prior + prior * total / n_substructures)
    return ratio


@njit(cache=True, inline="always")
def _seen(n, n_lines, log_factorial):
    """Logarithm of B(n + 1, n_lines - n + 1)."""
    return log_factorial[n] + log_factorial[n_lines - n] - log_factorial[n_lines + 1]
