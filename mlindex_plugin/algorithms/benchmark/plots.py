"""Plots of a run, as PNG in base64."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.benchmark.rates import ALL
from mlindex_plugin.algorithms.benchmark.text import title
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.report.figures import png_text

_BLUE, _TEAL, _RED, _GREY = "#1d4ed8", "#0f766e", "#c81e1e", "#8795a5"


def ladder_plot(tables: list[dict]) -> str:
    """Rates over all lattices, condition by condition, with 95 % intervals."""
    figure, axis = _figure(max(5.0, 1.5 + 0.9 * len(tables)), 3.6)
    x = np.arange(len(tables))
    styles = {"top_1": (_BLUE, "o", "top-1"), "top_10": (_TEAL, "s", "top-10"), "explains": (_GREY, "^", "explains")}
    for offset, (name, (colour, marker, label)) in zip((-0.12, 0.0, 0.12), styles.items(), strict=True):
        rates = [table["rows"][ALL][name] for table in tables]
        middle = 100 * np.array([rate["rate"] for rate in rates])
        ends = 100 * np.array([rate["interval"] for rate in rates]).T
        errors = np.abs(np.clip([middle - ends[0], ends[1] - middle], 0, None))
        axis.errorbar(x + offset, middle, errors, fmt=marker, color=colour, label=label, capsize=2, markersize=5)
    axis.set_xticks(x, [title(table) for table in tables], rotation=25, ha="right", fontsize=8)
    axis.set_ylim(-2, 102)
    axis.set_ylabel("% of the lists")
    axis.grid(axis="y", color="#edf0f4")
    axis.legend(fontsize=8, loc="lower left")
    return png_text(figure)


def lattice_plot(tables: list[dict]) -> str:
    """Top-1 by condition and lattice, as a map with the numbers in it."""
    symbols = [symbol for symbol in LATTICES if any(symbol in table["rows"] for table in tables)]
    rates = np.full((len(tables), len(symbols)), np.nan)
    for i, table in enumerate(tables):
        for j, symbol in enumerate(symbols):
            if symbol in table["rows"]:
                rates[i, j] = 100 * table["rows"][symbol]["top_1"]["rate"]
    figure, axis = _figure(2.4 + 0.5 * len(symbols), 1.2 + 0.36 * len(tables))
    axis.imshow(rates, vmin=0, vmax=100, cmap="RdYlGn", aspect="auto", alpha=0.75)
    for (i, j), rate in np.ndenumerate(rates):
        if np.isfinite(rate):
            axis.text(j, i, f"{rate:.0f}", ha="center", va="center", fontsize=8)
    axis.set_xticks(range(len(symbols)), symbols, fontsize=8)
    axis.set_yticks(range(len(tables)), [title(table) for table in tables], fontsize=8)
    axis.set_title("top-1, % of the lists", fontsize=9)
    return png_text(figure)


def failure_plot(tables: list[dict]) -> str:
    """Searches whose truth is not first, by reason."""
    figure, axis = _figure(6.5, 1.2 + 0.36 * len(tables))
    y = np.arange(len(tables))
    left = np.zeros(len(tables))
    reasons = {"search": (_RED, "search: the truth scores higher"), "ranking": (_BLUE, "ranking: another cell does")}
    for kind, (colour, label) in (reasons | {"refused": (_GREY, "no answer")}).items():
        rows = [table["rows"][ALL] for table in tables]
        share = np.array([100 * row["failures"][kind] / row["n"] for row in rows])
        axis.barh(y, share, left=left, color=colour, label=label, height=0.6)
        left += share
    axis.set_yticks(y, [title(table) for table in tables], fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("% of the lists")
    axis.legend(fontsize=8)
    return png_text(figure)


def reliability_plot(found: dict) -> str:
    """How often solutions of a stated probability are right, with 95 % intervals."""
    figure, axis = _figure(4.2, 4.0)
    stated, right = (100 * np.array([one[name] for one in found["bins"]]) for name in ("stated", "right"))
    ends = 100 * np.array([one["interval"] for one in found["bins"]]).T
    axis.plot([0, 100], [0, 100], color=_GREY, linewidth=0.8)
    axis.errorbar(stated, right, np.abs(ends - right), fmt="o", color=_BLUE, capsize=2)
    for x, y, one in zip(stated, right, found["bins"], strict=True):
        axis.annotate(str(one["n"]), (x, y), textcoords="offset points", xytext=(6, -10), fontsize=7)
    axis.set_xlabel("stated probability, %")
    axis.set_ylabel("right, %")
    return png_text(figure)


def time_plot(records: list[dict]) -> str:
    """Part of the searches done within a time, a line a condition."""
    figure, axis = _figure(6.5, 3.4)
    for number, condition in enumerate(dict.fromkeys(record["condition"] for record in records)):
        seconds = np.sort([record["seconds"] for record in records if record["condition"] == condition])
        part = 100 * np.arange(1, len(seconds) + 1) / len(seconds)
        style = ("-", "--")[number // 10 % 2]
        axis.step(np.maximum(seconds, 0.01), part, style, where="post", color=f"C{number % 10}", label=condition)
    axis.set_xscale("log")
    axis.set_xlabel("wall time of a search in one process, s")
    axis.set_ylabel("% of the searches")
    axis.grid(color="#edf0f4")
    axis.legend(fontsize=7)
    return png_text(figure)


def _figure(width: float, height: float):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()
