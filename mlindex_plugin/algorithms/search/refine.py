"""Refinement of optimised candidates on all peaks, outliers released."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LatticeTable, bin_table, fill_gaps, find_lines, solve_normal_equations
from mlindex_plugin.algorithms.search.assignment import NO_LINE, assign, line_buffers
from mlindex_plugin.algorithms.search.least_squares import NO_SHIFT, normal_equations
from mlindex_plugin.algorithms.search.line_classes import N_CLASSES, NO_CLASS, classify_lines
from mlindex_plugin.algorithms.search.observed import Observed

N_CYCLES = 25
_SOFT = 2.0  # residuals beyond this many standard errors lose weight (Cauchy)


@dataclass(frozen=True)
class Refined:
    """Refined candidates of one lattice.

    Attributes
    ----------
    x : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    shift : numpy.ndarray, shape (n,)
        Zero shift in units of the shift column of `Observed`.
    line : numpy.ndarray, shape (n, n_peaks)
        Predicted line nearest to each peak, shift not included, 1/Å²; inf where there is none.
    code : numpy.ndarray of int, shape (n, n_peaks)
        Packed Miller indices of `line`; NO_LINE where there is none.
    n_lines : numpy.ndarray of int, shape (n,)
        Predicted lines up to the last peak; 0 where the candidate became unphysical.
    class_counts : numpy.ndarray of int, shape (n, N_CLASSES)
        Of these, those that the peaks' errors could tell apart, by their visibility, see `classify_lines`.
    peak_class : numpy.ndarray of int, shape (n, n_peaks)
        Class of the line of each peak; NO_CLASS where there is none.
    information : numpy.ndarray, shape (n,)
        Logarithm of the determinant of the weighted normal matrix in units of the peaks' range.
    """

    x: np.ndarray
    shift: np.ndarray
    line: np.ndarray
    code: np.ndarray
    n_lines: np.ndarray
    class_counts: np.ndarray
    peak_class: np.ndarray
    information: np.ndarray

    def __len__(self):
        return len(self.x)

    @property
    def n_distinct(self) -> np.ndarray:
        """Predicted lines up to the last peak that the peaks' errors could tell apart, shape (n,)."""
        return self.class_counts.sum(axis=1)

    def take(self, index) -> Refined:
        """The candidates at `index`."""
        return Refined(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    @staticmethod
    def joined(parts: list[Refined]) -> Refined:
        """The candidates of all parts, of one lattice and the same peaks."""
        return Refined(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in Refined.__dataclass_fields__)
        )


@njit(cache=True, nogil=True)
def _refine(family, hexagonal, centring, reps, x_all, q2, sigma, shift_column, shift_weight, limit, most):
    n_candidates, n_free = x_all.shape
    n_peaks = len(q2)
    with_shift = len(shift_column) > 0
    n_columns = n_free + with_shift
    lines, codes, edges, line, code, chosen = line_buffers(n_peaks, most)
    weight = np.empty(n_peaks)
    kept = np.empty(n_peaks, np.int64)
    normal = np.empty((7, 8))
    rhs = np.empty(7)
    row = np.zeros(8)
    corrected = q2.copy()

    out_line = np.full((n_candidates, n_peaks), np.inf)
    out_code = np.full((n_candidates, n_peaks), NO_LINE)
    n_lines = np.zeros(n_candidates, np.int64)
    class_counts = np.zeros((n_candidates, N_CLASSES), np.int16)
    peak_class = np.full((n_candidates, n_peaks), NO_CLASS, np.int16)
    information = np.zeros(n_candidates)
    shifts = np.zeros(n_candidates)
    for c in range(n_candidates):
        x = x_all[c].copy()
        shift = 0.0
        for i in range(n_peaks):
            corrected[i] = q2[i]
        bins = bin_table(corrected, limit)
        for cycle in range(N_CYCLES + 1):
            found = find_lines(family, centring, reps, x, limit, most, lines, codes)
            if found <= 0:
                n_lines[c] = 0
                break
            n_lines[c] = fill_gaps(found, lines, bins, edges)
            assign(corrected, edges, codes, line, code, chosen)
            n_kept = 0
            for i in range(n_peaks):
                if code[i] == NO_LINE:
                    continue
                t = (corrected[i] - line[i]) / (_SOFT * sigma[i])
                weight[i] = 1 / (sigma[i] * sigma[i] * (1 + t * t))
                kept[n_kept] = i
                n_kept += 1
            normal_equations(
                family, hexagonal, kept, n_kept, corrected, line, code, weight, shift_column, n_free, normal, row
            )
            if with_shift:
                normal[n_free, n_free] += shift_weight
                normal[n_free, 7] -= shift_weight * shift
            if cycle == N_CYCLES:
                break
            for i in range(n_columns):
                rhs[i] = normal[i, 7]
            if not solve_normal_equations(normal, rhs, n_columns, 1e-9):
                break
            change = 0.0
            for i in range(n_free):
                x[i] += rhs[i]
                change = max(change, abs(rhs[i]) / (abs(x[i]) + 1e-4 * q2[-1]))
            if with_shift:
                shift += rhs[n_free]
                for i in range(n_peaks):
                    corrected[i] = q2[i] - shift * shift_column[i]
                bins = bin_table(corrected, limit)
            if change < 1e-10:
                break
        if n_lines[c] == 0:
            continue
        for i in range(n_free):  # slices assigned take seconds to compile
            x_all[c, i] = x[i]
        shifts[c] = shift
        for i in range(n_peaks):
            out_line[c, i] = line[i]
            out_code[c, i] = code[i]
        classify_lines(
            family,
            hexagonal,
            centring,
            lines,
            codes,
            found,
            corrected,
            2 * sigma,
            line,
            code,
            class_counts[c],
            peak_class[c],
        )
        # log det of the final normal matrix, made without the soft weights' loss, in units of the range
        n_kept = 0
        for i in range(n_peaks):
            if code[i] != NO_LINE and abs(corrected[i] - line[i]) < 4 * sigma[i]:
                weight[i] = 1 / (sigma[i] * sigma[i])
                kept[n_kept] = i
                n_kept += 1
        normal_equations(family, hexagonal, kept, n_kept, corrected, line, code, weight, NO_SHIFT, n_free, normal, row)
        information[c] = _log_determinant(normal, n_free, q2[-1])
    return shifts, out_line, out_code, n_lines, class_counts, peak_class, information


@njit(cache=True)
def _log_determinant(normal, n, unit):
    """log det(1 + N u²): what the peaks say about the parameters beyond a prior of width u each."""
    for i in range(n):
        for j in range(n):
            normal[i, j] *= unit * unit
        normal[i, i] += 1.0
    total = 0.0
    for j in range(n):
        pivot = normal[j, j]
        for m in range(j):
            pivot -= normal[j, m] * normal[j, m]
        pivot = np.sqrt(max(pivot, 1e-12))
        normal[j, j] = pivot
        total += 2 * np.log(pivot)
        for i in range(j + 1, n):
            s = normal[i, j]
            for m in range(j):
                s -= normal[i, m] * normal[j, m]
            normal[i, j] = s / pivot
    return total


def refine(table: LatticeTable, x: np.ndarray, observed: Observed, with_shift: bool) -> Refined:
    """Refine candidates by iteratively re-weighted least squares on all peaks.

    Residuals far beyond their standard error lose their weight (Cauchy weights), so that lines of another phase
    do not pull. The zero shift, where it is refined, has a Gaussian prior.

    Parameters
    ----------
    table : LatticeTable
    x : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    observed : Observed
    with_shift : bool
        Refine the zero shift as one more parameter.

    Returns
    -------
    Refined
    """
    x = np.array(x, dtype=float, order="C")
    column = observed.shift_column if with_shift else NO_SHIFT
    shift_weight = 1 / observed.shift_sigma**2
    results = _refine(
        *table.codes,
        x,
        observed.q2,
        observed.sigma,
        column,
        shift_weight,
        observed.limit,
        observed.most_lines_refined,
    )
    return Refined(x, *results)
