"""How a whole pattern was measured: ranges of its parameters, named presets, and one pattern's draw from them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from mlindex_plugin.errors import InputError

Range = tuple[float, float]

NONE: Range = (0.0, 0.0)
NO_LIMIT: Range = (np.inf, np.inf)


@dataclass(frozen=True)
class PatternConditions:
    """Ranges that the parameters of a pattern are drawn from, each as (low, high).

    Draws are uniform; those of `w`, `crystallite_size`, `background` and `counts`, which span decades, are uniform in
    the logarithm.

    Attributes
    ----------
    u, v, w : tuple of 2 float
        Of the instrument's width, FWHM² = u tan²θ + v tanθ + w, in degrees² of 2θ (Caglioti, Paoletti & Ricci, 1958,
        Nucl. Instrum. 3, 223).
    eta : tuple of 2 float
        Share of the Lorentzian in each broadening, 0 to 1.
    crystallite_size : tuple of 2 float
        nm, of Scherrer's equation; infinite where crystallites broaden nothing.
    serial_breadth : tuple of 2 float
        Breadth of the lines of serial stills in units of their average (`calculated_pattern.BETA_0` and `BETA_1`).
    background : tuple of 2 float
        Mean of the background without air scatter, relative to the highest line.
    constant_background : tuple of 2 float
        Share of the background that is the same at every angle, as fluorescence is.
    background_length : tuple of 2 float
        Degrees over which the background changes: the length scale of a Gaussian process.
    air_scatter : tuple of 2 float
        Height of the rise towards the direct beam, relative to the mean background.
    counts : tuple of 2 float
        Counts of the highest line, for Poisson noise; infinite for none.
    gaussian_noise : tuple of 2 float
        Standard deviation of further noise, relative to the highest line.
    impurity : tuple of 2 float
        Share of a second phase: the two, each scaled to its highest line, are added as 1 - share and share.
    alpha2 : tuple of 2 float
        Intensity of Kα2 relative to Kα1 of a laboratory tube, 0 to 1; 0 for a single wavelength.
    """

    u: Range = NONE
    v: Range = NONE
    w: Range = NONE
    eta: Range = NONE
    crystallite_size: Range = NO_LIMIT
    serial_breadth: Range = NONE
    background: Range = NONE
    constant_background: Range = NONE
    background_length: Range = (7.0, 40.0)
    air_scatter: Range = NONE
    counts: Range = NO_LIMIT
    gaussian_noise: Range = NONE
    impurity: Range = NONE
    alpha2: Range = NONE

    def __post_init__(self):
        for field in fields(self):
            _check_range(field.name, getattr(self, field.name))


_POSITIVE = ("crystallite_size", "background_length", "counts")
_SHARES = ("eta", "constant_background", "impurity", "alpha2")
_MAY_BE_INFINITE = ("crystallite_size", "counts")
_LOGARITHMIC = ("w", "crystallite_size", "background", "counts")


def _check_range(name, value):
    try:
        low, high = (float(limit) for limit in value)
    except (TypeError, ValueError):
        raise InputError(f"Whole pattern: {name} is {value}, give a pair of numbers (low, high).") from None
    spans_decades = name in _LOGARITHMIC and low < high
    if not low <= high:
        remedy = "give two numbers, the lower one first"
    elif np.isinf(high) and not (name in _MAY_BE_INFINITE and low == high):
        remedy = "give two finite numbers"
    elif name in _SHARES and not 0 <= low <= high <= 1:
        remedy = "give two numbers from 0 to 1"
    elif (name in _POSITIVE or spans_decades) and not low > 0:
        remedy = "give two numbers above 0"
    elif name != "v" and low < 0:
        remedy = "give two numbers of at least 0"
    else:
        return
    raise InputError(f"Whole pattern: {name} is {value}, {remedy}.")


@dataclass(frozen=True)
class PatternParameters:
    """Parameters of one pattern; the attributes are those of `PatternConditions`, each a float."""

    u: float
    v: float
    w: float
    eta: float
    crystallite_size: float
    serial_breadth: float
    background: float
    constant_background: float
    background_length: float
    air_scatter: float
    counts: float
    gaussian_noise: float
    impurity: float
    alpha2: float


def draw_parameters(conditions: PatternConditions, rng: np.random.Generator) -> PatternParameters:
    """Draw the parameters of one pattern.

    Parameters
    ----------
    conditions : PatternConditions
    rng : numpy.random.Generator

    Returns
    -------
    PatternParameters
    """
    drawn = {}
    for field in fields(PatternParameters):
        low, high = getattr(conditions, field.name)
        share = rng.random()
        if low == high:
            drawn[field.name] = low
        elif field.name in _LOGARITHMIC:
            drawn[field.name] = low * (high / low) ** share
        else:
            drawn[field.name] = low + share * (high - low)
    return PatternParameters(**drawn)


# Measured: by benchmarks/measured_profiles.py on one half of the open experimental cases; docs/whole_patterns.md
# compares. Seed: Schopmans, Reiser & Friederich (2023), section S4.2.
PRESETS = {
    # The same authors' patterns of pure phases: Gaussian lines, 20 to 100 nm, nothing else.
    "ideal": PatternConditions(crystallite_size=(20.0, 100.0)),
    "laboratory": PatternConditions(
        u=(0.0, 0.08),  # measured; the seed's 0.01 broadens the lines too little with angle
        w=(0.0004, 0.02),  # measured; the seed has 0 to 0.01
        eta=(0.0, 1.0),  # seed
        crystallite_size=(40.0, 1000.0),  # measured, together with u and w
        background=(0.005, 0.17),  # measured
        constant_background=(0.4, 1.0),  # measured
        background_length=(7.0, 40.0),  # seed
        air_scatter=(0.0, 4.0),  # measured
        counts=(200.0, 30000.0),  # measured
        gaussian_noise=(0.0, 0.0005),  # what the measured scatter leaves room for; the seed has 0.02, and no counts
        impurity=(0.0, 0.05),  # seed
        alpha2=(0.5, 0.5),  # the degeneracies of the 2p levels
    ),
    "synchrotron": PatternConditions(
        u=(0.0, 0.08),  # measured, as all here but eta, background_length and impurity
        w=(0.0004, 0.02),
        eta=(0.0, 1.0),
        crystallite_size=(40.0, 1000.0),
        background=(0.003, 0.1),
        constant_background=(0.4, 1.0),
        air_scatter=(0.0, 2.0),
        counts=(10000.0, 2e6),
        impurity=(0.0, 0.05),
    ),
    "smsfx": PatternConditions(
        serial_breadth=(0.5, 1.5),  # methods document, section 2.1.1
        background=(0.01, 0.2),  # assumed: no histogram of real spots is at hand
        constant_background=(0.0, 1.0),  # assumed
        counts=(15.0, 750.0),  # spots in a step of 0.01 degrees: 2,000 to 100,000 stills like those simulated
        impurity=(0.0, 0.05),  # seed
    ),
}


def pattern_preset(name: str) -> PatternConditions:
    """The conditions of a named instrument: ``ideal``, ``laboratory``, ``synchrotron`` or ``smsfx``.

    Parameters
    ----------
    name : str

    Returns
    -------
    PatternConditions

    Raises
    ------
    InputError
        If there is no preset of that name.
    """
    if name not in PRESETS:
        raise InputError(f"Whole pattern: no preset is called {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
