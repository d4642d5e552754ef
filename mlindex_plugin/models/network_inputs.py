"""What networks see of a peak list: the positions twice, peak by peak and as a drawing along an axis.

Peak by peak a missing line shifts all that follow; along the axis everything else stays where it is.
"""

from __future__ import annotations

import numpy as np

from mlindex_plugin.models.features import peak_features, peak_scale

N_PEAKS = 60
_N_BINS = 200
_LARGEST = 3.0  # end of the axis, of the square root of q2 relative to the scale
_TYPICAL_LOG_SCALE = -3.5
N_INPUTS = 1 + 3 * N_PEAKS + _N_BINS


def network_inputs(q2: np.ndarray, log_scales=(-np.inf, np.inf)) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of the networks, of order one, and the scale to which they are relative.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n, m)
        Peak lists, ascending, nan beyond the last peak; 1/Å². Peaks behind the sixtieth are cut off.
    log_scales : sequence of float, optional
        Least and largest logarithm of the scale that the network knows; beyond them it sees the nearer one. The rest of
        the inputs has no unit, so that much larger cells than those trained on are found like the largest of these.

    Returns
    -------
    inputs : numpy.ndarray of float32, shape (n, N_INPUTS)
        Logarithm of the scale; then, 0 where there is no peak, q2 relative to the scale and its square root; which
        peaks there are; the drawing.
    scale : numpy.ndarray, shape (n,)
        1/Å².
    """
    features = peak_features(q2, N_PEAKS)
    present = np.isfinite(features[:, 1:])
    ratio = np.where(present, features[:, 1:], 0)
    root = np.sqrt(ratio)
    log_scale = np.clip(features[:, :1], *log_scales) - _TYPICAL_LOG_SCALE
    parts = [log_scale, 0.3 * ratio, root, present, _drawing(root, present)]
    return np.concatenate(parts, axis=1, dtype=np.float32), peak_scale(q2)


def _drawing(root: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Each peak shared by the two nearest of equidistant points, in proportion to closeness, shape (n, _N_BINS)."""
    place = root * (_N_BINS / _LARGEST)
    left = place.astype(np.int64)
    lists, peaks = np.nonzero(present & (left < _N_BINS - 1))
    at = lists * _N_BINS + left[lists, peaks]
    share = place[lists, peaks] - left[lists, peaks]
    size = len(root) * _N_BINS
    drawing = np.bincount(at, 1 - share, size) + np.bincount(at + 1, share, size)
    return drawing.reshape(len(root), _N_BINS)
