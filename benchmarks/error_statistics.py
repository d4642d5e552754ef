"""Errors of one peak list whose cell is known: zero shift, scatter, tails, unobserved lines, lines of other origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import q2_from_two_theta, two_theta_from_q2

ISOLATED = 0.2  # degrees at Cu Kα1: a line further than this from every other has its peak for itself
ISOLATED_Q = 0.002  # 1/Å, the same for lists without a wavelength
CU_KALPHA1 = 1.5406  # Å
WINDOW_SIGMAS = 5.0  # a peak further than this from every line is of other origin
N_FIRST = 20
MIN_SPARE = 4  # isolated lines beyond the refined parameters that a standard deviation needs
MAD_TO_SIGMA = 1.4826
SMALLEST_WINDOW = 0.25  # of the isolation distance: 0.05 degrees at Cu Kα1


@dataclass(frozen=True)
class KnownList:
    """A peak list and its truth.

    Attributes
    ----------
    name : str
    position : numpy.ndarray, shape (n,)
        Degrees 2θ, or q in 1/Å where `wavelength` is None; ascending.
    intensity : numpy.ndarray, shape (n,), or None
    wavelength : float or None
    cell : sequence of 6 float
    space_group : str
    zero_shift : float
        Degrees; where the refinement starts.
    fwhm : float
        Median full width at half maximum in the unit of `position`; nan where unknown.
    start : float
        First position of the pattern; nan where unknown.
    source : str
        Where the list comes from.
    stated : numpy.ndarray, shape (n,), or None
        Standard error of each position as a fit of the peak would state it, in the unit of `position`.
    """

    name: str
    position: np.ndarray
    intensity: np.ndarray | None
    wavelength: float | None
    cell: tuple
    space_group: str
    zero_shift: float = 0.0
    fwhm: float = np.nan
    start: float = np.nan
    source: str = ""
    stated: np.ndarray | None = None

    def q2(self, position):
        if self.wavelength is None:
            return position**2
        return q2_from_two_theta(position, self.wavelength)

    def positions(self, q2):
        if self.wavelength is None:
            return np.sqrt(q2)
        return np.fmin(two_theta_from_q2(q2, self.wavelength), 180.0)

    @property
    def isolated(self):
        return ISOLATED_Q if self.wavelength is None else ISOLATED * min(1.0, self.wavelength / CU_KALPHA1)

    @property
    def resolution(self):
        """Lines closer than this are one."""
        return self.fwhm if np.isfinite(self.fwhm) else self.isolated / 2


def allowed_lines(known, q2_max):
    """Distinct lines that the space group allows.

    Returns
    -------
    q2 : numpy.ndarray, shape (n,)
        Ascending, 1/Å².
    design : numpy.ndarray, shape (n, k)
        q2 is design times the free parameters of the metric.
    parameters : numpy.ndarray, shape (k,)
    multiplicity : numpy.ndarray, shape (n,)
        Reflections in each line.
    """
    from cctbx import crystal, miller
    from cctbx.sgtbx import tensor_rank_2_constraints

    symmetry = crystal.symmetry(tuple(known.cell), known.space_group)
    reflections = miller.build_set(symmetry, anomalous_flag=False, d_min=float(1 / np.sqrt(q2_max)))
    hkl = np.array(reflections.indices(), dtype=int)
    counts = reflections.multiplicities().data().as_numpy_array()
    h, k, l = hkl.T  # noqa: E741
    products = np.column_stack([h * h, k * k, l * l, 2 * h * k, 2 * h * l, 2 * k * l])
    constraints = tensor_rank_2_constraints(space_group=symmetry.space_group(), reciprocal_space=True)
    metric = symmetry.unit_cell().reciprocal().metrical_matrix()
    parameters = np.array(constraints.independent_params(metric))
    basis = [constraints.all_params(independent_params=tuple(row)) for row in np.eye(len(parameters))]
    design = products @ np.array(basis).T
    q2 = design @ parameters
    order = np.argsort(q2)
    q2, design, counts = q2[order], design[order], counts[order]
    starts = np.flatnonzero(np.diff(q2, prepend=-1.0) > 1e-7)
    return q2[starts], design[starts], parameters, np.add.reduceat(counts, starts)


def statistics_of(known):
    """Error statistics of one list.

    Angles are in degrees, or in 1/Å where the list has no wavelength.

    Returns
    -------
    dict
        ``zero_shift``; ``scale`` (lists without wavelength: median relative error of q); ``sigma`` (standard deviation
        of isolated lines, from the median absolute deviation, corrected for refined parameters; nan for fewer than 6);
        ``standardised`` (errors of isolated lines over sigma) and ``q`` (their 1/d); ``n_unexplained`` of the first 20,
        corrected for chance coincidence; ``unexplained_intensity`` (strongest of them over the strongest of all);
        ``observed`` (part of the resolved allowed lines up to the 20th peak that have a peak); ``resolved_lines`` (an
        array of gap, q and 0 or 1 for each of these lines); ``weakest`` (weakest peak over strongest, in per cent);
        ``stated_ratio`` (stated standard errors over true ones); ``fwhm``, ``start``.
    """
    position = known.position
    q2, design, parameters, _ = allowed_lines(known, known.q2(position[-1] + known.isolated) * 1.01)
    zero = known.zero_shift
    n_refined = 0
    if known.wavelength is not None:
        zero, parameters, n_refined = _refine(known, design, parameters)
    lines = known.positions(design @ parameters)
    order = np.argsort(lines)
    lines = lines[order]
    error, gap = _nearest(position - zero, lines)
    scale = 0.0
    alone = gap >= known.isolated
    close = alone & (np.abs(error) < known.isolated / 2)
    if known.wavelength is None and close.any():
        scale = float(np.median(error[close] / position[close]))
        error = error - scale * position
    sigma = _spread(error[close], n_refined)
    window = max(WINDOW_SIGMAS * np.nan_to_num(sigma), SMALLEST_WINDOW * known.isolated)
    corrected = (position - zero) * (1 - scale)
    n_unexplained, brightest = _unexplained(known, corrected, lines, np.abs(error), window)
    resolved_lines = _observed(known, corrected, lines, window)
    return {
        "zero_shift": zero,
        "scale": scale,
        "sigma": sigma,
        "standardised": error[close] / sigma if sigma > 0 else np.empty(0),
        "q": np.sqrt(known.q2(position[close])) if sigma > 0 else np.empty(0),
        "n_unexplained": n_unexplained,
        "unexplained_intensity": brightest,
        "observed": float(resolved_lines[:, 2].mean()) if len(resolved_lines) else np.nan,
        "resolved_lines": resolved_lines,
        "weakest": _weakest(known.intensity),
        "fwhm": known.fwhm,
        "start": known.start,
        "stated_ratio": np.nan if known.stated is None else 1 / _spread(error[close] / known.stated[close], n_refined),
    }


def _weakest(intensity):
    """Weakest peak in per cent of the strongest; nan where intensities are not given, or all the same."""
    if intensity is None or intensity.min() == intensity.max():
        return np.nan
    return float(100 * intensity.min() / intensity.max())


def _nearest(position, lines):
    """Distance to the nearest line, and the distance of that line from its nearest neighbour."""
    gaps = np.minimum(np.diff(lines, prepend=-np.inf), np.diff(lines, append=np.inf))
    index = np.abs(position[:, None] - lines[None]).argmin(axis=1)
    return position - lines[index], gaps[index]


def _refine(known, design, parameters):
    """Zero shift and cell from the isolated lines, by least squares with Cauchy weights; as given where these are few.

    The same for measured and simulated lists, so that the cell takes up as much of the errors in both.
    """
    start, zero = parameters, known.zero_shift
    for _ in range(8):
        lines = known.positions(design @ parameters)
        gaps = np.full(len(lines), np.inf)
        order = np.argsort(lines)
        gaps[order] = np.minimum(np.diff(lines[order], prepend=-np.inf), np.diff(lines[order], append=np.inf))
        index = np.abs(known.position[:, None] - zero - lines[None]).argmin(axis=1)
        error = known.position - zero - lines[index]
        use = (gaps[index] >= known.isolated) & (np.abs(error) < known.isolated / 2)
        if use.sum() < len(parameters) + 1 + MIN_SPARE:
            return known.zero_shift, start, 1
        slope = _slope(known, lines[index][use])
        spread = max(MAD_TO_SIGMA * np.median(np.abs(error[use])), 1e-6)
        weight = 1 / (1 + (error[use] / (2 * spread)) ** 2)
        matrix = np.column_stack([design[index][use] / slope[:, None], np.ones(use.sum())]) * np.sqrt(weight)[:, None]
        step = np.linalg.lstsq(matrix, np.sqrt(weight) * error[use], rcond=None)[0]
        parameters, zero = parameters + step[:-1], zero + step[-1]
    return float(zero), parameters, len(parameters) + 1


def _slope(known, position):
    """dq2/d(2θ) in 1/Å² a degree."""
    return np.radians(1) * 2 * np.sin(np.radians(position)) / known.wavelength**2


def _spread(error, n_refined):
    n = len(error)
    if n < n_refined + MIN_SPARE:
        return np.nan
    return float(MAD_TO_SIGMA * np.median(np.abs(error - np.median(error))) * np.sqrt(n / (n - max(n_refined, 1))))


def _unexplained(known, position, lines, distance, window):
    """Number of the first 20 peaks that no line explains, and the intensity of the strongest of them.

    A peak of other origin falls into the window of some line by chance; the count is divided by the part of the range
    that no window covers. nan where windows cover more than half.
    """
    n = min(N_FIRST, len(position))
    grid = np.linspace(position[0], position[n - 1], 2000)
    free = np.mean(np.abs(_nearest(grid, lines)[0]) > window)
    if free < 0.5:
        return np.nan, np.nan
    unexplained = distance[:n] > window
    brightest = np.nan
    if unexplained.any() and known.intensity is not None:
        brightest = known.intensity[:n][unexplained].max() / known.intensity.max()
    return unexplained.sum() / free, brightest


def _observed(known, position, lines, window):
    """Gap, q and whether it was observed, for each resolved line up to the 20th peak."""
    last = position[min(N_FIRST, len(position)) - 1]
    inside = lines[(lines >= np.nan_to_num(known.start)) & (lines <= last + window)]
    if len(inside) == 0:
        return np.empty((0, 3))
    groups = np.split(inside, np.flatnonzero(np.diff(inside) > known.resolution) + 1)
    rows = []
    for i, group in enumerate(groups):
        before = group[0] - groups[i - 1][-1] if i else np.inf
        after = groups[i + 1][0] - group[-1] if i + 1 < len(groups) else np.inf
        found = np.any((position > group[0] - window) & (position < group[-1] + window))
        rows.append((min(before, after), np.sqrt(known.q2(group.mean())), float(found)))
    return np.array(rows)
