"""The figures of merit that users expect."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import two_theta_from_q2

# Positions are never known better than this, relative to the last one; keeps the figures of exact lists finite.
_ROUNDING = 1e-9


def de_wolff(q2_obs: np.ndarray, q2_calc: np.ndarray, n_lines: int) -> float:
    """M(n) = Q(n) / (2 <|ΔQ|> N) (de Wolff 1968, J. Appl. Cryst. 1, 108).

    Parameters
    ----------
    q2_obs, q2_calc : numpy.ndarray, shape (n,)
        Indexed lines, ascending, 1/Å².
    n_lines : int
        N, different lines possible up to the last one.

    Returns
    -------
    float
    """
    misfit = max(float(np.mean(np.abs(q2_obs - q2_calc))), _ROUNDING * q2_obs[-1])
    return float(q2_obs[-1] / (2 * misfit * n_lines))


def reversed_de_wolff(q2_obs: np.ndarray, lines: np.ndarray) -> float:
    """M(n) with the parts of observed and predicted lines exchanged: how well the predicted lines are observed.

    Q(n) / (2 <|ΔQ|> n), where ΔQ is the distance of a predicted line from the nearest observed one (the thought of
    Oishi-Tomiyasu 2013, J. Appl. Cryst. 46, 1277). About 1 where the observed lines have nothing to do with them; it is
    small for a cell that predicts many lines that are missing.

    Parameters
    ----------
    q2_obs : numpy.ndarray, shape (n,)
        Every peak, ascending, 1/Å².
    lines : numpy.ndarray, shape (m,)
        Predicted lines up to the last peak, 1/Å².

    Returns
    -------
    float
    """
    misfit = np.abs(lines[:, None] - q2_obs).min(axis=1).mean()
    return float(q2_obs[-1] / (2 * max(misfit, _ROUNDING * q2_obs[-1]) * len(q2_obs)))


def smith_snyder(q2_obs: np.ndarray, q2_calc: np.ndarray, n_lines: int, wavelength: float | None) -> float | None:
    """F(n) = n / (<|Δ2θ|> N), 2θ in degrees (Smith & Snyder 1979, J. Appl. Cryst. 12, 60).

    Parameters
    ----------
    q2_obs, q2_calc : numpy.ndarray, shape (n,)
        Indexed lines, 1/Å².
    n_lines : int
        N, different lines possible up to the last one.
    wavelength : float or None
        Å.

    Returns
    -------
    float or None
        None without a wavelength, or where a line lies beyond what the wavelength can reach.
    """
    if wavelength is None:
        return None
    two_theta = two_theta_from_q2(np.stack([q2_obs, q2_calc]), wavelength)
    if not np.all(two_theta < 180):
        return None
    misfit = max(float(np.mean(np.abs(two_theta[0] - two_theta[1]))), _ROUNDING * float(two_theta[0][-1]))
    return float(len(q2_obs) / (misfit * n_lines))
