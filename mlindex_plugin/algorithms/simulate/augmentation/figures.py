"""Figures that compare augmented entries with their originals, after Figures 5 to 7 of the methods document."""

from __future__ import annotations

from collections import Counter

import numpy as np
from matplotlib.figure import Figure

from mlindex_plugin.algorithms.lattice import volumes_from_cells
from mlindex_plugin.algorithms.simulate.augmentation.allowed import allowed_lines_of_cells
from mlindex_plugin.algorithms.simulate.augmentation.line_statistics import (
    FREE,
    SHARED,
    line_table,
    mark_observed,
    unresolved_distance,
)
from mlindex_plugin.models.scaling import FREE_PARAMETERS

ORIGINAL, AUGMENTED = "tab:blue", "tab:orange"
_NAMES = ("a / Å", "b / Å", "c / Å", "alpha / °", "beta / °", "gamma / °")
_MOST_INDICES = 30


def parameters_figure(scaling, originals, copies, broadening_index) -> Figure:
    """Line positions and free cell parameters, raw above and scaled below."""
    free = FREE_PARAMETERS[scaling.system]
    figure = Figure(figsize=(2.4 * (len(free) + 1), 4.6), layout="constrained")
    axes = figure.subplots(2, len(free) + 1)
    for entries, colour, label in ((originals, ORIGINAL, "original"), (copies, AUGMENTED, "augmented")):
        cells = np.array([entry.cell for entry in entries])
        q2 = np.concatenate([entry.observable[broadening_index].q2 for entry in entries])
        raw = [q2, *cells[:, list(free)].T]
        scaled = [scaling.scale_q2(q2), *scaling.scale_cells(cells).T]
        for row, columns in zip(axes, (raw, scaled), strict=True):
            for axis, values in zip(row, columns, strict=True):
                bins = np.linspace(*axis.get_xlim(), 61) if axis.has_data() else _range(values)
                axis.hist(values, bins, density=True, histtype="step", color=colour, label=label)
                axis.set_yticks([])
    for axis, name in zip(axes[0], ("q2 / Å⁻²", *(_NAMES[i] for i in free)), strict=True):
        axis.set_xlabel(name)
    for axis in axes[1]:
        axis.set_xlabel("scaled")
    axes[0, 0].legend(fontsize="small")
    return figure


def _range(values):
    return np.linspace(*np.percentile(values, [0.2, 99.0]), 61)


def covariance_figure(scaling, originals, copies) -> Figure:
    """Covariance of the scaled cell parameters of originals and copies."""
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    names = [_NAMES[i].split(" ")[0] for i in FREE_PARAMETERS[scaling.system]]
    for axis, entries, title in zip(figure.subplots(1, 2), (originals, copies), ("original", "augmented"), strict=True):
        covariance = np.cov(scaling.scale_cells(np.array([entry.cell for entry in entries])).T)
        image = axis.imshow(covariance, vmin=-1, vmax=1, cmap="RdBu_r")
        for (i, j), value in np.ndenumerate(covariance):
            axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize="small")
        axis.set_xticks(range(len(names)), names)
        axis.set_yticks(range(len(names)), names)
        axis.set_title(title)
    figure.colorbar(image, ax=figure.axes)
    return figure


def lines_figure(statistics, originals, copies, broadening_index) -> Figure:
    """First observed line, acceptance against the distance to the next line, and Miller indices, of one lattice."""
    figure = Figure(figsize=(13.0, 4.2), layout="constrained")
    first, acceptance, indices = figure.subplots(1, 3)
    for entries, colour, label in ((originals, ORIGINAL, "original"), (copies, AUGMENTED, "augmented")):
        allowed, observed, volumes = _lines(entries, broadening_index)
        index, table = line_table([q2 for q2, _ in allowed], observed, volumes, statistics.broadening)
        cumulative = np.cumsum(np.bincount(index, minlength=12)) / len(index)
        first.step(range(12), cumulative[:12], where="post", color=colour, label=label)
        if label == "original":
            _plot_acceptance(acceptance, statistics, table)
            order = [hkl for hkl, _ in _counted(allowed, observed).most_common(_MOST_INDICES)]
        counts = _counted(allowed, observed)
        shares = [counts[hkl] / len(entries) for hkl in order]
        indices.plot(range(len(order)), shares, ".-" if label == "original" else "x", color=colour, label=label)
    first.set(xlabel="index of the first observed line", ylabel="cumulative share", ylim=(0, 1.02))
    indices.set_xticks(range(len(order)), [" ".join(map(str, hkl)) for hkl in order], rotation=90, fontsize="x-small")
    indices.set(ylabel="share of entries that show the line", ylim=(0, 1))
    first.legend()
    indices.legend()
    return figure


def _lines(entries, broadening_index):
    cells = np.array([entry.cell for entry in entries])
    allowed = allowed_lines_of_cells(entries[0].bravais_lattice, [entry.space_group for entry in entries], cells)
    return allowed, [entry.observable[broadening_index].q2 for entry in entries], volumes_from_cells(cells)


def _counted(allowed, observed):
    """How often each line, named as in the allowed ones, is observed."""
    counts: Counter = Counter()
    for (q2, hkl), seen in zip(allowed, observed, strict=True):
        counts.update(map(tuple, hkl[mark_observed(q2, seen)].tolist()))
    return counts


def _plot_acceptance(axis, statistics, table):
    """Acceptance in the middle volumes, for some ranges of q2: observed rates as markers, the surface as lines."""
    q2, gap, volume, cases, seen = table.T
    nodes = np.exp(statistics.volume_nodes)
    middle = len(nodes) // 2
    lower, upper = np.sqrt(nodes[middle - 1 : middle + 1] * nodes[middle : middle + 2])
    kept = (volume > lower) & (volume < upper) & ((cases == FREE) | (cases == SHARED))
    q2, gap, seen = q2[kept], gap[kept], seen[kept]
    opportunities = np.where(cases[kept] == SHARED, 0.5, 1.0)
    edges = np.quantile(q2[seen > 0], np.linspace(0, 1, 5))
    gap_edges = np.quantile(gap, np.linspace(0, 1, 13))
    for n, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        inside = (q2 >= low) & (q2 < high)
        chances, _ = np.histogram(gap[inside], gap_edges, weights=opportunities[inside])
        hits, _ = np.histogram(gap[inside], gap_edges, weights=seen[inside])
        centres = np.sqrt(gap_edges[1:] * gap_edges[:-1])
        good = chances >= 30
        axis.plot(centres[good], hits[good] / chances[good], "o", ms=4, color=f"C{n}", label=f"{low:.3f} to {high:.3f}")
        smooth = np.geomspace(gap_edges[1], gap_edges[-1], 80)
        position = np.full(len(smooth), np.mean(q2[inside]))
        axis.plot(smooth, statistics.rho(position, smooth, np.full(len(smooth), nodes[middle])), color=f"C{n}")
        axis.axvline(unresolved_distance(position[0], statistics.broadening), color=f"C{n}", ls=":", lw=0.8)
    axis.set(xscale="log", xlabel="distance to the nearest allowed line / Å⁻²", ylabel="acceptance", ylim=(0, 1.05))
    axis.set_title(f"volume {lower:.0f} to {upper:.0f} Å³", fontsize="medium")
    axis.legend(title="q2 / Å⁻²", fontsize="x-small")
