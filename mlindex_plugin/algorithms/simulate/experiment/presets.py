"""Ranges of experimental errors of an instrument, measured on real peak lists: the table ``presets.csv``."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from scipy.special import ndtr

from mlindex_plugin.algorithms.simulate.experiment.experiment import Experiment
from mlindex_plugin.errors import InputError

LEVELS = (0, 10, 25, 50, 75, 90, 100)  # per cent, columns of the table
# Patterns of broad lines have larger errors: the rank correlation of sigma and line width is r = 0.55 over laboratory
# lists, that of normal variables whose correlation is 2 sin(pi r / 6) (Pearson 1907).
SIGMA_WITH_RESOLUTION = 0.57
_UNITS = {"degrees": "two_theta", "1/angstrom": "q"}


@dataclass(frozen=True)
class Preset:
    """Errors of one kind of instrument; each pattern draws its own.

    Attributes
    ----------
    name : str
    unit : str
        See `Experiment`.
    stated_share : float
        Part of the lists that state standard errors.
    quantiles : dict of str to tuple of float
        For a field of `Experiment` its values at `LEVELS`; a value is drawn by linear interpolation between them.
        Fields without quantiles are those of an ideal experiment.
    """

    name: str
    unit: str
    stated_share: float
    quantiles: dict[str, tuple[float, ...]]

    def draw(self, n: int, rng: np.random.Generator) -> list[Experiment]:
        """Draw the errors of `n` patterns; parameters are independent, except sigma and resolution."""
        normal = {name: rng.standard_normal(n) for name in self.quantiles}
        if "resolution" in normal:
            own = np.sqrt(1 - SIGMA_WITH_RESOLUTION**2) * normal["sigma"]
            normal["sigma"] = SIGMA_WITH_RESOLUTION * normal["resolution"] + own
        values = {
            name: np.interp(100 * ndtr(normal[name]), LEVELS, quantiles) for name, quantiles in self.quantiles.items()
        }
        stated = rng.random(n) < self.stated_share
        return [
            self._experiment({name: float(value[i]) for name, value in values.items()}, stated[i]) for i in range(n)
        ]

    def _experiment(self, values: dict[str, float], stated: bool) -> Experiment:
        if "n_contaminants" in values:
            values["n_contaminants"] = round(values["n_contaminants"])
        if not stated:
            values.pop("stated_ratio", None)
        return Experiment(unit=self.unit, **values)


def experiment_preset(name: str) -> Preset:
    """A preset by its name: ``ideal``, ``laboratory``, ``synchrotron`` or ``smsfx``.

    Raises
    ------
    InputError
        For another name.
    """
    known = experiment_presets()
    if name not in known:
        raise InputError(f"Experiment: no preset is called {name!r}; use one of {', '.join(known)}.")
    return known[name]


@cache
def experiment_presets() -> dict[str, Preset]:
    """All presets by name."""
    text = resources.files(__package__).joinpath("presets.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    names = dict.fromkeys(row["preset"] for row in rows)
    return {name: _read(name, [row for row in rows if row["preset"] == name]) for name in names}


def _read(name: str, rows: list[dict]) -> Preset:
    quantiles = {row["parameter"]: tuple(float(row[str(level)]) for level in LEVELS) for row in rows}
    unit = next(_UNITS[row["unit"]] for row in rows if row["parameter"] == "sigma")
    share = quantiles.pop("stated_share")
    return Preset(name, unit, share[0], quantiles)
