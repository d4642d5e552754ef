"""The report of one lattice: regression plots of its models, loss curves, and the numbers as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import mlindex_plugin
from mlindex_plugin.algorithms.report.figures import png_text
from mlindex_plugin.algorithms.training.regression import N_CANDIDATES, PERCENTILES, Regression
from mlindex_plugin.whole_files import whole_files

REPORT_SCHEMA = {"name": "mlindex_training_report", "version": 1}
SIDES = ("training", "validation")
_COLOURS = {"training": "C0", "validation": "C1"}


@dataclass(frozen=True, eq=False)
class LatticeReport:
    """What a report tells of.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    lists : dict of str to int
        Peak lists of the training, held-out and validation set.
    groups : tuple of str
    regressions : dict of str to dict of str to list of Regression
        By title of the model and side.
    history : list of dict
        Epochs of the networks: network, number, loss, held_out_loss.
    settings : dict
        JSON values.
    """

    symbol: str
    lists: dict[str, int]
    groups: tuple[str, ...]
    regressions: dict[str, dict[str, list[Regression]]]
    history: list[dict]
    settings: dict

    def numbers(self) -> dict:
        """The report as JSON values."""
        return {
            "schema": REPORT_SCHEMA,
            "lattice": self.symbol,
            "version": mlindex_plugin.__version__,
            "settings": self.settings,
            "lists": self.lists,
            "groups": list(self.groups),
            "models": {
                title: {side: {one.parameter: one.numbers() for one in of_side} for side, of_side in sides.items()}
                for title, sides in self.regressions.items()
            },
            "history": self.history,
        }


def write_lattice_report(report: LatticeReport, directory: Path) -> list[Path]:
    """Write ``report_<lattice>.html`` (self-contained) and ``report_<lattice>.json``.

    Raises
    ------
    InputError
        If they cannot be written.
    """
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("mlindex_plugin.algorithms.training")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.get_template("training.html.jinja").render(
        report=report,
        version=mlindex_plugin.__version__,
        percentiles=PERCENTILES,
        n_candidates=N_CANDIDATES,
        plots={title: regression_plot(sides) for title, sides in report.regressions.items()},
        losses=loss_plot(report.history) if report.history else None,
    )
    paths = [directory / f"report_{report.symbol}.{suffix}" for suffix in ("html", "json")]
    with whole_files(paths, "make room or choose another output.models") as (html, numbers):
        html.write_text(page, encoding="utf-8")
        numbers.write_text(json.dumps(report.numbers(), indent=2) + "\n", encoding="utf-8")
    return paths


def regression_plot(sides: dict[str, list[Regression]]) -> str:
    """Predicted against true above, error against true below, a column a parameter; PNG in base64."""
    from matplotlib.figure import Figure

    n = len(sides["training"])
    figure = Figure(figsize=(2.9 * n, 5.6))
    axes = figure.subplots(2, n, squeeze=False)
    figure.subplots_adjust(left=0.25 / n, right=1 - 0.05 / n, bottom=0.09, top=0.87, wspace=0.4, hspace=0.15)
    for k in range(n):
        above, below = axes[:, k]
        for side in SIDES:
            one = sides[side][k]
            style = {"s": 4, "alpha": 0.5, "linewidths": 0, "color": _COLOURS[side], "label": side}
            above.scatter(one.true, one.predicted, **style)
            below.scatter(one.true, one.predicted - one.true, **style)
        first = sides["training"][k]
        low, high = first.true.min(), first.true.max()
        above.plot([low, high], [low, high], color="0.5", linewidth=0.8)
        below.axhline(0.0, color="0.5", linewidth=0.8)
        span = max(high - low, 1e-6)
        above.set_ylim(max(low - 0.5 * span, 0.0), high + 0.5 * span)
        below.set_ylim(-span, span)
        above.set_title("\n".join(_title(sides[side][k], side) for side in SIDES), fontsize=7)
        below.set_xlabel(f"true {first.parameter}, {first.unit}", fontsize=8)
    axes[0, 0].set_ylabel("predicted", fontsize=8)
    axes[1, 0].set_ylabel("predicted - true", fontsize=8)
    axes[0, 0].legend(fontsize=6, markerscale=2)
    for axis in axes.flat:
        axis.tick_params(labelsize=7)
    return png_text(figure)


def loss_plot(history: list[dict]) -> str:
    """Loss on the training and the held-out lists against epochs, a line a network; PNG in base64."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5))
    axis = figure.subplots()
    figure.subplots_adjust(bottom=0.15)
    for number, network in enumerate(dict.fromkeys(epoch["network"] for epoch in history)):
        epochs = [epoch for epoch in history if epoch["network"] == network]
        x = [epoch["number"] for epoch in epochs]
        axis.plot(x, [epoch["loss"] for epoch in epochs], f"C{number}--", linewidth=1, label=f"{network}, training")
        axis.plot(x, [epoch["held_out_loss"] for epoch in epochs], f"C{number}-", label=f"{network}, held out")
    axis.set_xlabel("epoch")
    axis.set_ylabel("negative log-likelihood of a list")
    axis.legend(fontsize=7)
    return png_text(figure)


def _title(one: Regression, side: str) -> str:
    numbers = one.numbers()
    if not numbers["n"]:
        return f"{side}: no candidates"
    sizes = ", ".join(f"{numbers[f'p{level}']:.3g}" for level in PERCENTILES)
    return f"{side}: RMSD {numbers['rmsd']:.3g}\n{'/'.join(map(str, PERCENTILES))} %: {sizes}"
