"""Units of line positions, their conversion to q2 = 1/d², and the names of columns that hold them.

``q`` is 1/d and ``q_2pi`` is 2π/d. The two are never told apart by their numbers: a column is ``q_2pi`` only where
its name says so, and it is turned into ``q`` when it is read.
"""

from __future__ import annotations

import re

import numpy as np

from mlindex_plugin.algorithms.lattice import q2_from_two_theta
from mlindex_plugin.errors import InputError

UNITS = ("d", "two_theta", "q", "q2")
D_LIMITS = (0.1, 10000.0)  # Å; outside lies no diffraction line, hence the unit must be wrong


def check_unit(unit: str, source: str) -> None:
    """Raise InputError unless `unit` is one of `UNITS`."""
    if unit in UNITS:
        return
    hint = "divide by 2 pi and give q" if unit == "q_2pi" else "use d, two_theta, q or q2"
    raise InputError(f"{source}: unknown unit {unit!r}; {hint}.")


def check_positions(positions: np.ndarray, unit: str, wavelength: float | None, source: str) -> None:
    """Check that every position can be that of a powder line.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n,)
        In `unit`.
    unit : str
        One of `UNITS`.
    wavelength : float or None
        Å.
    source : str
        File name, for messages.

    Raises
    ------
    InputError
        For a position that is not finite, not positive, or impossible in `unit`; for ``two_theta`` without a
        wavelength; for a wavelength that is not positive.
    """
    for condition, problem in (
        (~np.isfinite(positions), "is not a finite number"),
        (positions <= 0, "is not positive"),
    ):
        if condition.any():
            first = int(np.argmax(condition))
            raise InputError(f"{source}: position {first + 1} ({positions[first]:g}) {problem}; correct or remove it.")
    if wavelength is not None and not (np.isfinite(wavelength) and wavelength > 0):
        raise InputError(f"{source}: wavelength {wavelength} is not a positive number of angstrom.")
    if unit == "two_theta":
        if wavelength is None:
            raise InputError(
                f"{source}: positions in two_theta need a wavelength; add for example input.wavelength=1.5406."
            )
        if positions.max() >= 180:
            raise InputError(
                f"{source}: two_theta = {positions.max():g} is not below 180 degrees; correct input.units or the file."
            )
    d = 1 / np.sqrt(to_q2(positions, unit, wavelength))
    for value in (d.min(), d.max()):
        if not D_LIMITS[0] <= value <= D_LIMITS[1]:
            raise InputError(
                f"{source}: a position read as {unit} means d = {value:.3g} angstrom, which no powder line has; "
                "correct input.units or input.wavelength."
            )


def to_q2(positions: np.ndarray, unit: str, wavelength: float | None = None) -> np.ndarray:
    """Positions in q2 = 1/d².

    Parameters
    ----------
    positions : numpy.ndarray, shape (n,)
        In `unit`: ``d`` in Å, ``two_theta`` in degrees, ``q`` in 1/Å, ``q2`` in 1/Å².
    wavelength : float or None
        Å, needed for ``two_theta``.

    Returns
    -------
    numpy.ndarray, shape (n,)
        1/Å².
    """
    if unit == "d":
        return 1 / positions**2
    if unit == "two_theta":
        return q2_from_two_theta(positions, wavelength)
    return positions**2 if unit == "q" else positions.copy()


def sigma_to_q2(sigma: np.ndarray, positions: np.ndarray, unit: str, wavelength: float | None = None) -> np.ndarray:
    """Standard errors in `unit` as standard errors in q2, to first order.

    Parameters
    ----------
    sigma, positions : numpy.ndarray, shape (n,)
        In `unit`, see `to_q2`.
    wavelength : float or None
        Å, needed for ``two_theta``.

    Returns
    -------
    numpy.ndarray, shape (n,)
        1/Å². For ``two_theta`` the derivative of Bragg's law, dq2/d(2θ) = 2 sin(2θ) / λ².
    """
    if unit == "d":
        return sigma * 2 / positions**3
    if unit == "two_theta":
        return np.radians(sigma) * 2 * np.sin(np.radians(positions)) / wavelength**2
    return sigma * 2 * positions if unit == "q" else sigma.copy()


_COLUMN_NAMES = {
    "d": {"d", "dspacing", "dspacings", "dspace", "dvalue", "dvalues", "dobs", "dhkl", "dsp"},
    "two_theta": {"2theta", "twotheta", "ttheta", "tth", "2th", "2thetaobs", "twothetaobs", "2thobs", "tthobs"},
    "q": {"q", "qobs", "1/d"},
    "q2": {"q2", "q^2", "q**2", "qsquared", "q2obs", "1/d2", "1/d^2", "1/d**2"},
    "q_2pi": {"q2pi", "2pi/d"},
    "sigma": {"sigma", "sig", "esd", "esds", "error", "err", "std", "stderr", "stddev", "uncertainty"},
    "intensity": {
        *("i", "int", "inten", "intensity", "intensities", "counts", "count", "cts", "height", "area", "amplitude"),
        *("iobs", "irel", "i/i0", "relint", "relintensity", "y", "yobs"),
    },
}
_FOREIGN_UNITS = {"nm", "nm-1", "nm^-1", "1/nm", "pm", "m", "rad", "mrad", "radian", "radians"}


def column_name(text: str, source: str) -> str | None:
    """What a column called `text` holds.

    Case, blanks, ``_``, ``-`` and a unit in brackets do not matter: ``2-Theta (deg)`` is ``two_theta``.

    Returns
    -------
    str or None
        One of `UNITS`, ``q_2pi``, ``sigma``, ``intensity``, ``sigma_<unit>`` (an error that is said to belong to one
        position, such as ``esd_d``), or None where the name is unknown.

    Raises
    ------
    InputError
        If a position is said to be in nanometre or radian.
    """
    lower = text.strip().strip("\"'").lower().replace("θ", "theta").replace("²", "2")
    bracket = re.search(r"[\[(](.*?)[\])]", lower)
    inside = bracket.group(1).strip().replace("°", "") if bracket else ""
    bare = re.sub(r"[\[(].*?[\])]", "", lower)
    bare = re.sub(r"[\s_.-]", "", bare)
    if bare == "pos" and inside.startswith("2th"):
        return "two_theta"
    kind = next((kind for kind, names in _COLUMN_NAMES.items() if bare in names), None)
    if kind is None:
        kind = _sigma_of_a_unit(bare)
    if kind in (*UNITS, "q_2pi") and inside.replace(" ", "") in _FOREIGN_UNITS:
        raise InputError(f"{source}: column {text!r} is not in angstrom or degrees; convert it first.")
    return kind


def _sigma_of_a_unit(bare: str) -> str | None:
    """``sigma_d`` for ``esdd``, ``derr`` and the like; None otherwise."""
    for word in sorted(_COLUMN_NAMES["sigma"], key=len, reverse=True):
        rest = bare.removeprefix(word) if bare.startswith(word) else bare.removesuffix(word)
        if rest == bare:
            continue
        for unit in UNITS:
            if rest in _COLUMN_NAMES[unit]:
                return f"sigma_{unit}"
    return None
