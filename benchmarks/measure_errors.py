"""Errors of real peak lists: ranges on one half of the open cases, checked on the other.

Per list: zero shift, scatter about the refined cell, tails, dependence on angle, allowed lines that were not observed,
peaks that no line explains; see `error_statistics`. The quantiles of the half ``measure`` made the presets of
`mlindex_plugin.algorithms.simulate.experiment`. The presets are then applied to the allowed lines of the same cells,
with random structure factors, and measured in the same way: the Kolmogorov-Smirnov distances of both say how alike
they are.

    python benchmarks/measure_errors.py --plot docs/experimental_error.png
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from error_statistics import allowed_lines, statistics_of
from known_lists import HALVES, half_of, known_lists, stills_lists
from scipy.stats import ks_2samp, spearmanr

from mlindex_plugin.algorithms.simulate.calculated_pattern import lorentz_polarisation
from mlindex_plugin.algorithms.simulate.entry import Lines
from mlindex_plugin.algorithms.simulate.experiment import experiment_preset, simulate_peak_list
from mlindex_plugin.errors import InputError

LEVELS = (0, 10, 25, 50, 75, 90, 100)
QUANTITIES = (
    "zero_shift",
    "scale",
    "sigma",
    "observed",
    "n_unexplained",
    "unexplained_intensity",
    "weakest",
    "stated_ratio",
    "fwhm",
    "start",
)
# What presets give directly need not be compared.
COMPARED = ("zero_shift", "scale", "sigma", "observed", "n_unexplained", "unexplained_intensity", "weakest")
GAPS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 100.0)  # degrees
Q_RANGES = (0.0, 0.15, 0.25, 0.35, 0.45, 0.6, 2.0)  # 1/Å
B_FACTOR = 1.0  # Å²
WIDTHS_APART = 2.0  # lines closer than this many full widths are seen as one; fitted to the lines observed by gap


def simulated_lists(lists, instrument, repeats, rng):
    """Lists that a preset makes of the cells of real ones, with random structure factors: list of `KnownList`."""
    simulated = []
    for known in lists:
        q2, _, _, multiplicity = allowed_lines(known, known.q2(known.position[-1] + known.isolated))
        factor = np.exp(-B_FACTOR * q2 / 2) * multiplicity
        if known.wavelength is not None:
            factor = factor * lorentz_polarisation(q2, known.wavelength)
        for experiment in experiment_preset(instrument).draw(repeats, rng):
            if known.wavelength is not None:
                experiment = replace(experiment, wavelength=known.wavelength)
            lines = Lines(q2, np.zeros((len(q2), 3), int), factor * _wilson(known, len(q2), rng))
            try:
                peaks, _ = simulate_peak_list(lines, experiment, rng)
            except InputError:  # fewer than three peaks
                continue
            simulated.append(_as_known(known, peaks, experiment))
    return simulated


def _wilson(known, n, rng):
    """Squared structure factors of random atoms; Wilson (1949), Acta Cryst. 2, 318."""
    from cctbx import sgtbx

    centric = sgtbx.space_group_info(known.space_group).group().is_centric()
    return rng.chisquare(1, size=n) if centric else rng.exponential(size=n)


def _as_known(known, peaks, experiment):
    start = experiment.two_theta_min
    if known.wavelength is None:
        start = 2 * np.sin(np.radians(start) / 2) / experiment.wavelength
    return replace(
        known,
        position=known.positions(peaks.q2),
        intensity=peaks.intensity,
        zero_shift=experiment.zero_shift if known.wavelength else 0.0,
        fwhm=experiment.resolution / WIDTHS_APART if known.wavelength else np.nan,
        stated=None,
        start=start,
    )


def ks_distances(real, simulated):
    """Two-sample Kolmogorov-Smirnov distance, p value and numbers of values, for each quantity."""
    pairs = {name: [_finite([each[name] for each in group]) for group in (real, simulated)] for name in COMPARED}
    pairs["|error| / sigma, pooled"] = [standardised(group) for group in (real, simulated)]
    rows = {}
    for name, (a, b) in pairs.items():
        if min(len(a), len(b)) > 0 and np.any(a != 0):
            result = ks_2samp(a, b)
            rows[name] = (result.statistic, result.pvalue, len(a), len(b))
    return rows


def standardised(statistics):
    """Absolute errors of isolated lines over their list's sigma, all lists together."""
    return np.abs(np.concatenate([each["standardised"] for each in statistics]))


def tails(statistics):
    """Number of isolated lines and the parts of them beyond 3 and beyond 5 sigma."""
    errors = standardised(statistics)
    return len(errors), float(np.mean(errors > 3)), float(np.mean(errors > 5))


def spread_by_q(statistics):
    """Lower edge in 1/Å, number, spread of standardised errors in ranges of q."""
    q = np.concatenate([each["q"] for each in statistics])
    return _in_ranges(q, standardised(statistics), Q_RANGES, lambda errors: 1.4826 * np.median(errors))


def observed_by_gap(statistics):
    """Lower edge in degrees, number, part observed of the resolved lines, by the distance to the nearest other one."""
    rows = np.concatenate([each["resolved_lines"] for each in statistics])
    return _in_ranges(rows[:, 0], rows[:, 2], GAPS, np.mean)


def observed_by_q(statistics):
    """Lower edge in 1/Å, number, part observed of the resolved lines."""
    rows = np.concatenate([each["resolved_lines"] for each in statistics])
    return _in_ranges(rows[:, 1], rows[:, 2], Q_RANGES, np.mean)


def _in_ranges(x, y, edges, summary):
    rows = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (x >= low) & (x < high)
        rows.append((low, int(inside.sum()), float(summary(y[inside])) if inside.any() else np.nan))
    return rows


def _finite(values):
    values = np.array(values, dtype=float)
    return values[np.isfinite(values)]


def print_quantiles(groups):
    """A Markdown table: quantiles of every quantity, one row a group of statistics."""
    print("| quantity | lists | n | " + " | ".join(f"{level} %" for level in LEVELS) + " |")
    print("| --- | --- | --: |" + " --: |" * len(LEVELS))
    for quantity in QUANTITIES:
        for name, statistics in groups.items():
            values = _finite([each[quantity] for each in statistics])
            if np.any(values != 0):
                cells = " | ".join(f"{value:.3g}" for value in np.percentile(values, LEVELS))
                print(f"| {quantity} | {name} | {len(values)} | {cells} |")


def sigma_with_width(statistics):
    """Rank correlation of sigma and line width, its p value, and the number of lists."""
    pairs = np.array([(each["sigma"], each["fwhm"]) for each in statistics])
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    return (*(spearmanr(pairs) if len(pairs) > 2 else (np.nan, np.nan)), len(pairs))


def print_pooled(groups):
    """Tails, and what depends on angle and on the gap between lines, one line a group of statistics."""
    for name, statistics in groups.items():
        n, beyond_3, beyond_5 = tails(statistics)
        print(f"\n{name}: of {n} isolated lines {100 * beyond_3:.1f} % beyond 3 sigma, {100 * beyond_5:.1f} % beyond 5")
        correlation, p, n = sigma_with_width(statistics)
        print(f"  rank correlation of sigma and fwhm: {correlation:.2f} (p {p:.2g}, n {n})")
        for title, rows in (
            ("spread by q", spread_by_q(statistics)),
            ("observed by q", observed_by_q(statistics)),
            ("observed by gap", observed_by_gap(statistics)),
        ):
            print(f"  {title}: " + ", ".join(f"{low:g}: {value:.2f} (n {n})" for low, n, value in rows if n))


def print_sources(lists):
    """A Markdown table: medians of the lists of each source."""
    print("\n| source | lists | zero_shift | absolute zero_shift, 90 % | sigma | observed | n_unexplained, mean |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for source in dict.fromkeys(known.source for known in lists):
        statistics = [statistics_of(known) for known in lists if known.source == source]
        columns = {
            name: _finite([each[name] for each in statistics])
            for name in ("zero_shift", "sigma", "observed", "n_unexplained")
        }
        zero, sigma, observed, unexplained = columns.values()
        print(
            f"| {source} | {len(statistics)} | {np.median(zero):.3f} | {np.percentile(np.abs(zero), 90):.3f} | "
            f"{np.median(sigma) if len(sigma) else np.nan:.2g} | {np.median(observed):.2f} | {unexplained.mean():.2f} |"
        )


def main(arguments=None):
    """Measure, simulate, compare; prints the tables and writes the plot."""
    options = _options(arguments)
    rng = np.random.default_rng(options.seed)
    groups = {}
    for instrument, lists in known_lists().items():
        # Three smSFX lists are too few to be halved.
        halves = {"all": lists}
        if instrument != "smsfx":
            halves = {half: [known for known in lists if half_of(known.name) == half] for half in HALVES}
        real = {half: [statistics_of(known) for known in chosen] for half, chosen in halves.items()}
        made = {
            f"simulated, {half}": [
                statistics_of(known) for known in simulated_lists(chosen, instrument, options.repeats, rng)
            ]
            for half, chosen in halves.items()
        }
        groups[instrument] = real | made
        print(f"\n## {instrument}: " + ", ".join(f"{len(chosen)} lists in {half}" for half, chosen in halves.items()))
        print_quantiles(groups[instrument])
        print_pooled(groups[instrument])
        print_sources(lists)
        for half in halves:
            print(f"\n| {instrument}, {half} against its simulation | distance | p | n real | n simulated |")
            print("| --- | --: | --: | --: | --: |")
            for name, (distance, p, n, m) in ks_distances(real[half], made[f"simulated, {half}"]).items():
                print(f"| {name} | {distance:.2f} | {p:.2g} | {n} | {m} |")
    if options.stills:
        print("\n| simulated stills | peaks | isolated | scale | sigma | stated_ratio |\n| --- |" + " --: |" * 5)
        for known in stills_lists():
            found = statistics_of(known)
            numbers = " | ".join(f"{found[name]:.2g}" for name in ("scale", "sigma", "stated_ratio"))
            print(f"| {known.name} | {len(known.position)} | {len(found['q'])} | {numbers} |")
    if options.plot:
        from plot_errors import plot

        plot(groups["laboratory"], options.plot, observed_by_gap)


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="simulated lists for each real one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="PNG of the laboratory's distributions")
    parser.add_argument("--stills", action="store_true", help="simulated stills too; needs DIALS and a minute")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
