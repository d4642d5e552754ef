"""Columns as the readers of files return them, and the choice of the column that holds the positions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mlindex_plugin.algorithms.peaks.units import UNITS, check_positions, to_q2
from mlindex_plugin.errors import InputError

AGREEMENT = 2e-3  # relative, of d and two_theta in one list; other K-alpha conventions differ by less than 0.1 %


@dataclass(frozen=True)
class Table:
    """Columns of a file.

    Attributes
    ----------
    source : str
        File name, for messages.
    columns : dict of str to numpy.ndarray, shape (n,)
        Keys are those of `mlindex_plugin.algorithms.peaks.units.column_name`, or ``position`` for positions whose
        unit the file does not tell.
    wavelength : float or None
        Å, where the file gives it.
    from_text : bool
        True where the numbers were written as text, so that their decimals tell their rounding.
    notes : tuple of str
        What the reader has to say to the user.
    """

    source: str
    columns: dict[str, np.ndarray] = field(repr=False)
    wavelength: float | None = None
    from_text: bool = False
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


@dataclass(frozen=True)
class Positions:
    """The positions chosen from a `Table`.

    Attributes
    ----------
    values : numpy.ndarray, shape (n,)
        In `unit`.
    unit : str
        One of ``d``, ``two_theta``, ``q``, ``q2``.
    sigma : numpy.ndarray, shape (n,), or None
        Standard errors in `unit`, where the table gives them.
    notes : tuple of str
    """

    values: np.ndarray
    unit: str
    sigma: np.ndarray | None
    notes: tuple[str, ...]


def choose_positions(table: Table, units: str, wavelength: float | None) -> Positions:
    """Choose the column with the positions, and its unit.

    Parameters
    ----------
    table : Table
    units : str
        What the user asks for, ``auto`` or one of ``d``, ``two_theta``, ``q``, ``q2``.
    wavelength : float or None
        Å, the user's or else the file's.

    Returns
    -------
    Positions
        Of two_theta where there is a wavelength, since d is computed from it; else of the first of d, q, q2 that the
        table names.

    Raises
    ------
    InputError
        If the unit cannot be told, or contradicts the file; if d and two_theta disagree.
    """
    table = _without_q_2pi(table)
    named = [unit for unit in UNITS if unit in table.columns]
    if not named and "position" not in table.columns:
        raise InputError(f"{table.source}: names no column d, two_theta, q or q2 ({', '.join(table.columns)}).")
    if not named:
        unit, values = _asked_unit(table, units), table.columns["position"]
    else:
        unit = _named_unit(table, units, named, wavelength)
        values = table.columns[unit]
    if unit == "two_theta" and "d" in named:
        _check_agreement(table, wavelength)
    sigma, sigma_notes = _sigma_of(table, unit, named)
    notes = list(table.notes) + sigma_notes
    if unit == "q" and units == "auto":
        notes.append("The column q is taken as 1/d; call it q_2pi if it is 2 pi/d.")
    return Positions(values, unit, sigma, tuple(notes))


def _without_q_2pi(table: Table) -> Table:
    if "q_2pi" not in table.columns:
        return table
    if "q" in table.columns:
        raise InputError(f"{table.source}: has both q and q_2pi; remove one of them.")
    columns = dict(table.columns)
    columns["q"] = columns.pop("q_2pi") / (2 * np.pi)
    if "sigma" in columns:
        columns["sigma_q"] = columns.pop("sigma") / (2 * np.pi)
    note = "The column q_2pi was divided by 2 pi."
    return Table(table.source, columns, table.wavelength, table.from_text, (*table.notes, note))


def _asked_unit(table: Table, units: str) -> str:
    """Unit of a column without a name: the user's, since numbers alone do not tell it."""
    if units != "auto":
        return units
    values = table.columns["position"]
    possible = [unit for unit in UNITS if _is_possible(values, unit)][:2]
    cannot = " from ".join(possible) if len(possible) == 2 else "the unit"
    remedies = " or ".join(f"input.units={unit}" for unit in possible) or "input.units"
    span = f"{np.nanmin(values):.4g} to {np.nanmax(values):.4g}" if np.isfinite(values).any() else "none finite"
    raise InputError(f"{table.source}: cannot tell {cannot} (values {span}); add {remedies}.")


def _is_possible(values: np.ndarray, unit: str) -> bool:
    try:
        # 1.54 angstrom stands for any wavelength: the test of two_theta that matters is that it is below 180.
        check_positions(values, unit, 1.54, "")
    except InputError:
        return False
    return True


def _named_unit(table: Table, units: str, named: list[str], wavelength: float | None) -> str:
    if units != "auto" and units not in named:
        raise InputError(
            f"{table.source}: names its positions {' and '.join(named)}, which input.units={units} contradicts; "
            "leave input.units out."
        )
    if units != "auto":
        return units
    if "two_theta" in named and wavelength is not None:
        return "two_theta"
    return next((unit for unit in named if unit != "two_theta"), "two_theta")


def _sigma_of(table: Table, unit: str, named: list[str]) -> tuple[np.ndarray | None, list[str]]:
    """Standard errors in `unit`, and notes."""
    own = table.columns.get(f"sigma_{unit}")
    if own is not None:
        return own, []
    sigma = table.columns.get("sigma")
    if sigma is None:
        others = [name for name in table.columns if name.startswith("sigma_")]
        return None, [f"Column {name} is not used, since positions are read from {unit}." for name in others]
    if unit == "d" and "two_theta" in named:
        raise InputError(
            f"{table.source}: lists d, two_theta and sigma without a wavelength, so sigma may belong to either; "
            "add for example input.wavelength=1.5406."
        )
    return sigma, []


def _check_agreement(table: Table, wavelength: float) -> None:
    """Refuse a list whose d was not computed from its two_theta with the list's own wavelength."""
    wavelength = table.wavelength or wavelength
    two_theta, listed = table.columns["two_theta"], table.columns["d"]
    check_positions(two_theta, "two_theta", wavelength, table.source)
    computed = 1 / np.sqrt(to_q2(two_theta, "two_theta", wavelength))
    allowed = AGREEMENT + 0.01 / listed + 0.01 / two_theta  # numbers of two decimals are rounded by half of this
    worst = int(np.argmax(np.abs(computed - listed) / listed / allowed))
    if not np.abs(computed - listed)[worst] / listed[worst] <= allowed[worst]:
        raise InputError(
            f"{table.source}: d = {listed[worst]:g} and two_theta = {two_theta[worst]:g} disagree at wavelength "
            f"{wavelength:g}; correct input.wavelength or remove one of the columns."
        )
