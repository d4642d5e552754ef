"""Peak lists in JSON."""

from __future__ import annotations

import json

import numpy as np

from mlindex_plugin.algorithms.peaks.columns import Table
from mlindex_plugin.algorithms.peaks.units import UNITS
from mlindex_plugin.errors import InputError

_POSITIONS = (*UNITS, "q_2pi")


def read_json(text: str, source: str) -> Table:
    """Read a peak list in JSON.

    Parameters
    ----------
    text : str
        An object with ``peaks`` and optionally ``wavelength`` (Å, or null). A peak is an object with one or more of
        ``d``, ``two_theta``, ``q``, ``q2``, ``q_2pi``, and optionally ``sigma`` in the unit of the position,
        ``intensity``, and ``flag``: a peak with a flag that is not empty is left out. A peak may also be a bare
        number, whose unit is then asked for.
    source : str
        File name, for messages.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the text is not such a list.
    """
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"{source}: is not valid JSON{where}; it may be cut off, write it again.") from None
    if not isinstance(content, dict) or not isinstance(content.get("peaks"), list):
        raise InputError(f"{source}: has no list called peaks; give an object with peaks: [{{d: ...}}, ...].")
    peaks, wavelength = content["peaks"], content.get("wavelength")
    if not peaks:
        raise InputError(f"{source}: the list called peaks is empty.")
    if wavelength is not None and not _is_number(wavelength):
        raise InputError(f"{source}: wavelength {wavelength!r} is not a number; give angstrom or null.")
    if all(_is_number(peak) for peak in peaks):
        return Table(source, {"position": np.array(peaks, dtype=float)}, wavelength, from_text=True)
    for number, peak in enumerate(peaks, start=1):
        if not isinstance(peak, dict):
            raise InputError(f"{source}: peak {number} is not an object with d or two_theta.")
    kept = [peak for peak in peaks if not peak.get("flag")]
    flags = sorted({str(peak["flag"]) for peak in peaks if peak.get("flag")})
    notes = (f"{len(peaks) - len(kept)} flagged peaks were left out ({', '.join(flags)}).",) if flags else ()
    if not kept:
        raise InputError(f"{source}: every peak has a flag; remove the flags of those to use.")
    return Table(source, _columns(kept, source), wavelength, from_text=True, notes=notes)


def _columns(peaks: list[dict], source: str) -> dict[str, np.ndarray]:
    columns = {}
    for name in _POSITIONS:
        n_with = sum(name in peak for peak in peaks)
        if n_with == len(peaks):
            columns[name] = _column(peaks, name, None, source)
    if not columns:
        raise InputError(f"{source}: its peaks have no position in common; every peak needs d, two_theta, q or q2.")
    # A missing error is an unknown one, which is what zero stands for.
    for name, missing in (("sigma", 0.0), ("intensity", np.nan)):
        if any(peak.get(name) is not None for peak in peaks):
            columns[name] = _column(peaks, name, missing, source)
    return columns


def _column(peaks: list[dict], name: str, missing: float | None, source: str) -> np.ndarray:
    values = [peak.get(name) for peak in peaks]
    if missing is not None:
        values = [missing if value is None else value for value in values]
    for number, value in enumerate(values, start=1):
        if not _is_number(value):
            raise InputError(f"{source}: {name} of peak {number} is {value!r}, not a number; correct or remove it.")
    return np.array(values, dtype=float)


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
