"""Figure of measured and simulated errors, drawn by ``measure_errors.py --plot``."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

PANELS = (
    ("zero_shift", "zero shift / degrees", "linear"),
    ("sigma", "standard deviation of positions / degrees", "log"),
    ("observed", "part of resolved allowed lines observed", "linear"),
    ("n_unexplained", "peaks of other origin among the first 20", "linear"),
    ("weakest", "weakest peak / % of the strongest", "log"),
)
STYLES = {
    "measure": ("tab:blue", "-"),
    "check": ("tab:orange", "-"),
    "simulated, check": ("black", "--"),
}


def plot(groups, path, by_gap):
    """Write cumulative distributions of one instrument.

    Parameters
    ----------
    groups : dict of str to list of dict
        Statistics of the lists of ``measure``, ``check`` and ``simulated, check``.
    path : pathlib.Path
    by_gap : callable
        Gives rows of lower edge in degrees, number, part observed for a list of statistics.
    """
    figure, axes = plt.subplots(2, 3, figsize=(12, 6.5), layout="constrained")
    for axis, (quantity, label, scale) in zip(axes.flat, PANELS, strict=False):
        for name, (colour, line) in STYLES.items():
            values = np.array([each[quantity] for each in groups[name]], dtype=float)
            values = np.sort(values[np.isfinite(values)])
            axis.step(values, np.arange(1, len(values) + 1) / len(values), colour, ls=line, where="post", label=name)
        axis.set(xlabel=label, ylabel="part of the lists", xscale=scale, ylim=(0, 1.02))
    axes[0, 0].set_xlim(-0.12, 0.15)
    axes[0, 1].set_xlim(1e-3, 0.06)
    axes[1, 0].set_xlim(0, 8)
    for name, (colour, line) in STYLES.items():
        rows = by_gap(groups[name])
        axes[1, 2].plot([row[0] for row in rows], [row[2] for row in rows], color=colour, ls=line, marker="o", ms=3)
    axes[1, 2].set(xlabel="gap to the nearest line / degrees (lower edge)", ylabel="part observed", xscale="log")
    axes[1, 2].set_ylim(0, 1)
    axes[0, 0].legend()
    figure.savefig(path, dpi=80)
    plt.close(figure)
