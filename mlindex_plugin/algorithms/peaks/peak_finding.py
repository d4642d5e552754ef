"""Finding lines in a measured pattern y(x): background, noise, prominent maxima, local profile fits.

Nothing here may reach scipy's LAPACK (``scipy.linalg``, ``curve_fit``, ``savgol_filter``): where Debian's cctbx was
loaded before numpy, it takes numpy's symbols, whose integers are of another size, for its own. numpy's is sound always.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import correlate1d, uniform_filter1d

MIN_SIGNIFICANCE = 5.0  # of a maximum's prominence, in standard errors of the smoothed pattern
MIN_RELATIVE_HEIGHT = 0.01  # of the highest line; about half of what lies below belongs to other phases
MIN_AREA_SIGNIFICANCE = 3.0  # of a fitted line's area, in its standard errors
BACKGROUND_WIDTHS = 4.0  # half window of the background, in line widths
CLUSTER_WIDTHS = 2.5  # lines nearer than this are fitted together, and this far out the fit reaches
MAX_CLUSTER = 6
NOISE_WINDOW = 7  # points averaged for the level that the noise follows
WIDTH_RANGE = (0.25, 4.0)  # accepted widths, relative to the typical one
CLEAR_SIGNIFICANCE = 20.0  # of a maximum beside which half its height can be judged
NEAR_WIDTHS = 0.4  # a maximum this near to the place of a partner is at it, in line widths
MAX_CALLS = 1000  # of the model, in a fit
PARTNER_RATIO_LIMIT = 0.8  # a maximum this high beside its parent is a line of its own, not a partner


@dataclass(frozen=True)
class FoundPeaks:
    """Lines found in a pattern, in order of x.

    Attributes
    ----------
    position, sigma : numpy.ndarray, shape (n,)
        Fitted positions and their standard errors, in the unit of x.
    area, area_sigma : numpy.ndarray, shape (n,)
        Integrated intensities above background and their standard errors, in units of x times y.
    height : numpy.ndarray, shape (n,)
        Above background, in the unit of y.
    fwhm : numpy.ndarray, shape (n,)
        Full widths at half maximum, in the unit of x.
    """

    position: np.ndarray
    sigma: np.ndarray
    area: np.ndarray
    area_sigma: np.ndarray
    height: np.ndarray
    fwhm: np.ndarray

    def __len__(self) -> int:
        return len(self.position)


@dataclass(frozen=True)
class Partner:
    """A second line that follows every line, such as Kα2.

    Attributes
    ----------
    position : callable
        Position of the partner of a line at x.
    ratio : float
        Height of the partner relative to its line.
    """

    position: Callable
    ratio: float


@dataclass(frozen=True)
class Maxima:
    """Prominent maxima of a pattern, before any fit.

    Attributes
    ----------
    index : numpy.ndarray of int, shape (n,)
        Points of the pattern.
    net : numpy.ndarray, shape (m,)
        The smoothed pattern less its background.
    sigma : numpy.ndarray, shape (m,)
        Standard errors of `net`.
    width : float
        Typical full width at half maximum, in points.
    """

    index: np.ndarray
    net: np.ndarray
    sigma: np.ndarray
    width: float


def find_pattern_peaks(
    x: np.ndarray, y: np.ndarray, y_sigma: np.ndarray | None = None, partner: Partner | None = None
) -> FoundPeaks:
    """Find the lines of a pattern.

    Parameters
    ----------
    x : numpy.ndarray, shape (m,)
        Positions, ascending, about equally spaced, in any unit.
    y : numpy.ndarray, shape (m,)
        Intensities or counts.
    y_sigma : numpy.ndarray, shape (m,), or None
        Standard errors of y; estimated from the pattern's own scatter if None.
    partner : Partner or None
        The second line that accompanies every line; it is fitted with its line and not listed.

    Returns
    -------
    FoundPeaks
        Standard errors are those of the least-squares fit, enlarged where the fit is worse than `y_sigma` allows.
        Systematic errors of the instrument are not in them.

    Raises
    ------
    ValueError
        If x is not ascending, or the arrays differ in length or hold anything that is not finite.
    """
    if x.shape != y.shape or not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
        raise ValueError("x and y must be finite and equally long")
    if np.any(np.diff(x) <= 0):
        raise ValueError("x must be ascending")
    y_sigma = noise(y) if y_sigma is None else y_sigma
    maxima = find_maxima(y, y_sigma)
    index = maxima.index if partner is None else _without_partners(x, maxima, partner)
    lines = []
    for cluster in _clusters(x, index, maxima.width):
        lines += _fit_cluster(x, y, y_sigma, cluster, maxima, partner)
    lines = sorted(lines)
    columns = np.array(lines).T if lines else np.empty((6, 0))
    return FoundPeaks(*columns)


def noise(y: np.ndarray) -> np.ndarray:
    """Standard error of every point, from the scatter of the pattern.

    Second differences tell the scatter where the pattern is smooth; their median is blind to the lines. The variance
    grows in proportion to the smoothed intensity above its median, as that of counts does, and counts are never taken
    to be better known than Poisson's law says.

    Parameters
    ----------
    y : numpy.ndarray, shape (m,)

    Returns
    -------
    numpy.ndarray, shape (m,)
        Positive, in the unit of y.
    """
    second = (y[:-2] - 2 * y[1:-1] + y[2:]) / np.sqrt(6)
    variance = np.median(second**2) / 0.4549  # median of chi-square with one degree of freedom
    smooth = np.maximum(uniform_filter1d(y.astype(float), NOISE_WINDOW), 0)
    level = np.median(smooth)
    variance = variance * np.maximum(1, smooth / level) if level > 0 else np.full(len(y), variance)
    is_counts = np.all(y >= 0) and np.all(y == np.round(y)) and y.max() > 1
    if is_counts:
        variance = np.maximum(variance, np.maximum(smooth, 1 / NOISE_WINDOW))
    smallest = 1e-6 * (np.ptp(y) or 1)
    return np.sqrt(np.maximum(variance, smallest**2))


def background(y: np.ndarray, half_window: int) -> np.ndarray:
    """Background by peak clipping (SNIP; Ryan et al., 1988, Nucl. Instrum. Methods B 34, 396-402).

    Parameters
    ----------
    y : numpy.ndarray, shape (m,)
        A smoothed pattern.
    half_window : int
        Points; lines narrower than about this are clipped.

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    offset = y.min()
    clipped = np.log(np.log(np.sqrt(y - offset + 1) + 1) + 1)
    half_window = min(half_window, (len(y) - 1) // 2)
    for p in range(half_window, 0, -1):  # decreasing windows leave less of the lines (Morhac et al., 1997)
        mean = (clipped[: -2 * p] + clipped[2 * p :]) / 2
        clipped[p:-p] = np.minimum(clipped[p:-p], mean)
    return (np.exp(np.exp(clipped) - 1) - 1) ** 2 - 1 + offset


def find_maxima(y: np.ndarray, y_sigma: np.ndarray) -> Maxima:
    """Maxima of the smoothed pattern that stand out of the noise.

    Parameters
    ----------
    y, y_sigma : numpy.ndarray, shape (m,)

    Returns
    -------
    Maxima
    """
    from scipy.signal import find_peaks  # slow to import

    width = _typical_width(y, y_sigma)
    smooth, sigma = _smoothed(y, y_sigma, width)
    net = smooth - background(_averaged(y, width), int(round(BACKGROUND_WIDTHS * width)))
    threshold = np.maximum(MIN_SIGNIFICANCE * sigma, MIN_RELATIVE_HEIGHT * net.max())
    margin = max(2, int(width / 2))
    reach = 2 * int(round(BACKGROUND_WIDTHS * width)) + 1
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="some peaks have a prominence of 0")  # they are not wanted
        index = find_peaks(net, prominence=threshold, wlen=reach)[0]
    index = index[(index >= margin) & (index < len(y) - margin)]
    return Maxima(index, net, sigma, width)


def _smoothed(y: np.ndarray, y_sigma: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The pattern smoothed over about a line width by local parabolas, and its standard errors.

    The method is that of Savitzky and Golay (1964), Anal. Chem. 36, 1627-1639.
    """
    reach = min(max(2, int(width / 2)), (len(y) - 1) // 2)
    offsets = np.arange(-reach, reach + 1)
    weights = np.linalg.pinv(np.vander(offsets / reach, 3, increasing=True))[0]
    smooth = correlate1d(y.astype(float), weights, mode="nearest")
    return smooth, np.linalg.norm(weights) * y_sigma


def _averaged(y: np.ndarray, width: float) -> np.ndarray:
    """Moving average, which unlike parabolas does not dip beside narrow lines and drag the background down."""
    return uniform_filter1d(y.astype(float), max(5, 2 * int(width / 2) + 1), mode="nearest")


def _typical_width(y: np.ndarray, y_sigma: np.ndarray) -> float:
    """Typical full width at half maximum of the strong lines, in points."""
    from scipy.signal import find_peaks, peak_widths  # slow to import

    width = 5.0
    for _ in range(2):  # the second round smooths and clips with the width of the first
        smooth, sigma = _smoothed(y, y_sigma, width)
        net = smooth - background(_averaged(y, width), int(round(2 * BACKGROUND_WIDTHS * width)))
        # From valley to top, noise alone reaches five standard errors here and there.
        index, properties = find_peaks(net, prominence=2 * MIN_SIGNIFICANCE * sigma)
        if len(index) == 0:
            return width
        strong = index[np.argsort(properties["prominences"])[-20:]]
        width = max(2.0, float(np.median(peak_widths(net, strong, rel_height=0.5)[0])))
    return width


def partner_ratio(x: np.ndarray, maxima: Maxima, position: Callable) -> float | None:
    """Height of the partners of the strong lines, relative to the lines, where the two are far enough apart.

    Parameters
    ----------
    x : numpy.ndarray, shape (m,)
    maxima : Maxima
        Of the pattern on x.
    position : callable
        Position of the partner of a line at x.

    Returns
    -------
    float or None
        Median over at most 20 isolated lines of the difference between the intensity at the partner's place and at
        the same distance on the other side, over the intensity of the line; None if fewer than three can be judged.
    """
    lines = x[maxima.index]
    width = maxima.width * np.median(np.diff(x))
    distance = position(lines) - lines
    between = lines[np.newaxis, :] - lines[:, np.newaxis]
    is_other = (between != 0) & (np.abs(between - distance[:, np.newaxis]) > NEAR_WIDTHS * width)
    crowded = np.any(is_other & (np.abs(between) < distance[:, np.newaxis] + width), axis=1)
    clear = maxima.net[maxima.index] > CLEAR_SIGNIFICANCE * maxima.sigma[maxima.index]
    usable = clear & ~crowded & (distance > 0.75 * width)
    if usable.sum() < 3:
        return None
    order = np.argsort(maxima.net[maxima.index[usable]])[-20:]
    strong, distance = maxima.index[usable][order], distance[usable][order]
    right = np.interp(x[strong] + distance, x, maxima.net)
    left = np.interp(x[strong] - distance, x, maxima.net)
    return float(np.median((right - left) / maxima.net[strong]))


def _without_partners(x: np.ndarray, maxima: Maxima, partner: Partner) -> np.ndarray:
    """Maxima that are not the partner of another one."""
    heights = maxima.net[maxima.index]
    places = partner.position(x[maxima.index])
    near = NEAR_WIDTHS * maxima.width * np.median(np.diff(x))
    kept = []
    for point in maxima.index:
        is_partner = (np.abs(places - x[point]) < near) & (maxima.net[point] < PARTNER_RATIO_LIMIT * heights)
        if not is_partner.any():
            kept.append(point)
    return np.array(kept, dtype=int)


def _clusters(x: np.ndarray, index: np.ndarray, width: float) -> list[np.ndarray]:
    """Maxima that overlap, at most `MAX_CLUSTER` together."""
    if len(index) == 0:
        return []
    apart = np.diff(index) > CLUSTER_WIDTHS * width
    clusters = np.split(index, np.flatnonzero(apart) + 1)
    return [cluster[k : k + MAX_CLUSTER] for cluster in clusters for k in range(0, len(cluster), MAX_CLUSTER)]


def _fit_cluster(
    x: np.ndarray,
    y: np.ndarray,
    y_sigma: np.ndarray,
    cluster: np.ndarray,
    maxima: Maxima,
    partner: Partner | None,
) -> list[tuple[float, ...]]:
    """Fit lines of one common width and shape on a sloping background.

    Returns
    -------
    list of tuple
        Position, its standard error, area, its standard error, height and width of each line that the fit confirms.
    """
    from scipy.optimize import least_squares  # slow to import

    reach = int(np.ceil(CLUSTER_WIDTHS * maxima.width))
    window = slice(max(0, cluster[0] - reach), cluster[-1] + reach + 1)
    xs, ys = x[window], y[window]
    step = np.median(np.diff(x))
    fwhm = maxima.width * step
    n = len(cluster)
    centre = xs.mean()

    def residuals(p):
        width, eta = _width_and_shape(p, n, fwhm, step)
        total = p[-2] + p[-1] * (xs - centre) / fwhm
        for position, height in zip(p[:n], p[n : 2 * n], strict=True):
            total = total + height * _pseudo_voigt(xs - position, width, eta)
            if partner is not None:
                total = total + partner.ratio * height * _pseudo_voigt(xs - partner.position(position), width, eta)
        return (total - ys) / y_sigma[window]

    heights = np.maximum(maxima.net[cluster], 1e-3 * np.ptp(ys))
    start = [*x[cluster], *heights, 0.0, 0.0, np.min(ys), 0.0]
    if len(xs) <= len(start):
        return []
    fit = least_squares(residuals, start, method="lm", x_scale="jac", max_nfev=MAX_CALLS)
    if not np.all(np.isfinite(fit.x)):
        return []
    errors = _standard_errors(fit.jac, fit.fun)
    width, eta = _width_and_shape(fit.x, n, fwhm, step)
    area = width * (eta * np.pi / 2 + (1 - eta) * np.sqrt(np.pi / np.log(2)) / 2)  # of unit height
    position, height = fit.x[:n], fit.x[n : 2 * n]
    columns = (position, errors[:n], height * area, errors[n : 2 * n] * area, height, np.full(n, width))
    lines = list(zip(*columns, strict=True))
    return [line for line, point in zip(lines, cluster, strict=True) if _is_sound(line, x[point], fwhm)]


def _width_and_shape(p: np.ndarray, n: int, typical: float, step: float) -> tuple[float, float]:
    """Width and Lorentzian share, from the parameters of a fit, which have no limits.

    A line narrower than the step of the pattern cannot be told from one of that width.
    """
    return np.hypot(typical * np.exp(np.clip(p[2 * n], -3, 3)), step), (1 + np.sin(p[2 * n + 1])) / 2


def _standard_errors(jacobian: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Standard errors of the parameters of a fit, enlarged where it is worse than the errors of the data allow."""
    scale = np.linalg.norm(jacobian, axis=0)
    scale[scale == 0] = 1
    variance = np.sum(np.linalg.pinv(jacobian / scale) ** 2, axis=1)
    misfit = np.sum(residuals**2) / (len(residuals) - jacobian.shape[1])
    return np.sqrt(variance * max(1.0, misfit)) / scale


def _pseudo_voigt(x: np.ndarray, fwhm: float, eta: float) -> np.ndarray:
    """Profile of unit height; `eta` is the share of the Lorentzian."""
    t = (2 * x / fwhm) ** 2
    return eta / (1 + t) + (1 - eta) * np.exp(-np.log(2) * t)


def _is_sound(line: tuple[float, ...], start: float, typical: float) -> bool:
    """Whether a fitted line stands above its error, near where it was seen, with a width that a line can have."""
    position, sigma, area, area_sigma, _, fwhm = line
    in_place = abs(position - start) < typical and 0 < sigma < fwhm / 2
    return in_place and WIDTH_RANGE[0] < fwhm / typical < WIDTH_RANGE[1] and area > MIN_AREA_SIGNIFICANCE * area_sigma
