"""Joint refinement of several phases: each with its cell, one zero shift, every peak with one line of one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, lattice_table, unpack
from mlindex_plugin.algorithms.phases.joint_evidence import joint_evidence
from mlindex_plugin.algorithms.ranking import Entry
from mlindex_plugin.algorithms.ranking.build import lines_of_cell
from mlindex_plugin.algorithms.ranking.entry import entry_of
from mlindex_plugin.algorithms.search import N_CLASSES, NO_LINE, Observed, Refined, classify_lines

_N_CYCLES = 15
_SOFT = 2.0  # standard errors; misfits beyond lose weight (Cauchy), as in the refinement of one phase
_REACH = 4.0  # standard errors; a line further from a peak is not given to it
_RIDGE = 1e-9


@dataclass(frozen=True)
class JointFit:
    """Several phases refined together.

    Attributes
    ----------
    entries : tuple of Entry
        One a phase, on all peaks; a peak has a line only in the phase that explains it.
    evidence : float
        Natural logarithm of the evidence of all phases together over random lines.
    """

    entries: tuple[Entry, ...]
    evidence: float


def joint_fit(phases: list[tuple[str, np.ndarray]], observed: Observed) -> JointFit | None:
    """Refine several phases on one peak list.

    Parameters
    ----------
    phases : list of (str, numpy.ndarray of shape (n_free,))
        Bravais lattice and free xnn, 1/Å², of each phase.
    observed : Observed
        All peaks.

    Returns
    -------
    JointFit or None
        None where a cell becomes unphysical.
    """
    symbols = [symbol for symbol, _ in phases]
    x = [np.array(values, dtype=float) for _, values in phases]
    shift = 0.0
    for _ in range(_N_CYCLES):
        corrected = observed.corrected(shift)
        lines = [lines_of_cell(LATTICES[symbol], own, observed) for symbol, own in zip(symbols, x, strict=True)]
        owner, line, code = assign_to_phases(corrected, observed.sigma, lines)
        step = _step(symbols, owner, corrected - line, code, observed, shift)
        if step is None:
            return None
        start = 0
        for own in x:
            own += step[start : start + len(own)]
            start += len(own)
        if observed.shift_column.size:
            shift += step[-1]
        if np.max(np.abs(step[:start])) < 1e-10 * observed.q2[-1]:
            break
    phases_refined = [
        _refined(symbol, own, owner == p, line, code, shift, observed)
        for p, (symbol, own) in enumerate(zip(symbols, x, strict=True))
    ]
    if any(refined is None for refined in phases_refined):
        return None
    evidence = joint_evidence(phases_refined, observed)
    entries = [entry_of(symbol, refined, evidence) for symbol, refined in zip(symbols, phases_refined, strict=True)]
    return None if any(entry is None for entry in entries) else JointFit(tuple(entries), evidence)


def assign_to_phases(q2: np.ndarray, sigma: np.ndarray, lines: list) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each peak its nearest line over all phases, no line to two peaks, the nearest pairs first.

    Parameters
    ----------
    q2, sigma : numpy.ndarray, shape (n,)
        Peaks and standard errors, 1/Å².
    lines : list of (numpy.ndarray, numpy.ndarray)
        For each phase its lines, ascending, 1/Å², and their packed Miller indices.

    Returns
    -------
    owner : numpy.ndarray of int, shape (n,)
        Phase of each peak; -1 for none within reach.
    line, code : numpy.ndarray, shape (n,)
        The line and its indices; inf and NO_LINE where there is none.
    """
    every = np.concatenate([values for values, _ in lines])
    codes = np.concatenate([numbers for _, numbers in lines])
    phase = np.repeat(np.arange(len(lines)), [len(values) for values, _ in lines])
    misfit = np.abs(every - q2[:, None]) / sigma[:, None]
    owner, line = np.full(len(q2), -1), np.full(len(q2), np.inf)
    code = np.full(len(q2), NO_LINE)
    free = np.ones(len(every), dtype=bool)
    peaks, candidates = np.nonzero(misfit < _REACH)
    for k in np.argsort(misfit[peaks, candidates], kind="stable"):
        i, j = peaks[k], candidates[k]
        if owner[i] < 0 and free[j]:
            owner[i], line[i], code[i] = phase[j], every[j], codes[j]
            free[j] = False
    return owner, line, code


def _step(symbols, owner, misfit, code, observed: Observed, shift: float) -> np.ndarray | None:
    """Change of all parameters, the zero shift last, by weighted least squares; None where nothing is determined."""
    n_free = [LATTICES[symbol].n_free for symbol in symbols]
    n_shift = int(observed.shift_column.size > 0)
    design = np.zeros((len(owner), sum(n_free) + n_shift))
    start = 0
    for p, symbol in enumerate(symbols):
        own = owner == p
        if not own.any():
            return None
        hkl = np.stack(unpack(code[own]), axis=1)
        design[own, start : start + n_free[p]] = hkl_design(LATTICES[symbol], hkl)
        start += n_free[p]
    if n_shift:
        design[:, -1] = observed.shift_column
    assigned = owner >= 0
    design, misfit, sigma = design[assigned], misfit[assigned], observed.sigma[assigned]
    weight = 1 / (sigma**2 * (1 + (misfit / (_SOFT * sigma)) ** 2))
    normal = (design * weight[:, None]).T @ design
    right = design.T @ (weight * misfit)
    if n_shift:
        normal[-1, -1] += 1 / observed.shift_sigma**2
        right[-1] -= shift / observed.shift_sigma**2
    diagonal = np.diag(normal).copy()
    if np.any(diagonal <= 0):
        return None
    return np.linalg.solve(normal + _RIDGE * np.diag(diagonal), right)


def _refined(symbol: str, x: np.ndarray, own, line, code, shift: float, observed: Observed) -> Refined | None:
    """A phase with the peaks that are its own; None where it is no cell."""
    lattice = LATTICES[symbol]
    lines, codes = lines_of_cell(lattice, x, observed)
    if not len(lines) or not own.any():
        return None
    rows = hkl_design(lattice, np.stack(unpack(code[own]), axis=1)) / observed.sigma[own][:, None]
    corrected = observed.corrected(shift)
    information = np.linalg.slogdet(np.eye(len(x)) + observed.q2[-1] ** 2 * rows.T @ rows)[1]
    line, code = np.where(own, line, np.inf), np.where(own, code, NO_LINE)
    class_counts, peak_class = np.zeros((1, N_CLASSES), np.int16), np.zeros((1, len(line)), np.int16)
    *table, _ = lattice_table(symbol).codes
    resolution = 2 * observed.sigma
    classify_lines(*table, lines, codes, len(lines), corrected, resolution, line, code, class_counts[0], peak_class[0])
    return Refined(
        x=x[None],
        shift=np.array([shift]),
        line=line[None],
        code=code[None],
        n_lines=np.array([np.sum(lines <= observed.q2[-1])]),
        class_counts=class_counts,
        peak_class=peak_class,
        information=np.array([information]),
    )
