"""What a model sees of a peak list: positions relative to a scale of their own, and that scale.

Indexing knows no unit of length: a crystal twice as large gives the same pattern at a quarter of q2. Models see
the ratios first, and the scale as one more number.
"""

from __future__ import annotations

import numpy as np

_SCALE_PEAKS = 10


def peak_scale(q2: np.ndarray) -> np.ndarray:
    """Mean of the first ten peaks, or of all where there are fewer.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n, m)
        Peak lists, ascending, nan beyond the last peak; 1/Å².

    Returns
    -------
    numpy.ndarray, shape (n,)
        1/Å².
    """
    return np.nanmean(q2[:, :_SCALE_PEAKS], axis=1)


def peak_features(q2: np.ndarray, n_inputs: int) -> np.ndarray:
    """Logarithm of the scale, then positions relative to the scale.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n, m)
        As for `peak_scale`.
    n_inputs : int
        Positions that the model takes; further peaks are cut off, absent ones are nan.

    Returns
    -------
    numpy.ndarray of float32, shape (n, 1 + n_inputs)
    """
    scale = peak_scale(q2)
    out = np.full((len(q2), 1 + n_inputs), np.nan, np.float32)
    out[:, 0] = np.log(scale)
    taken = q2[:, :n_inputs] / scale[:, None]
    out[:, 1 : 1 + taken.shape[1]] = taken
    return out
