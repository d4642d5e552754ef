"""Line widths, background and counts of real patterns, and of patterns simulated with the presets chosen by them.

    .venv/bin/python benchmarks/measured_profiles.py

One half of the open experimental cases with a raw pattern is the measure, the other the check (`known_lists.half_of`).
Each case is also simulated: random atoms in its cell, the preset of its kind of instrument.
"""

from __future__ import annotations

import gzip
import json

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from known_lists import half_of, instrument_of
from scipy.ndimage import uniform_filter1d
from surroundings import shared_data

from mlindex_plugin.algorithms.peaks.emission import INTENSITY_RATIO, find_tube
from mlindex_plugin.algorithms.peaks.peak_finding import Partner, background, find_pattern_peaks, noise
from mlindex_plugin.algorithms.simulate import random_structure
from mlindex_plugin.algorithms.simulate.whole_pattern import (
    WAVELENGTH,
    lines_for_pattern,
    pattern_preset,
    simulate_pattern,
)
from mlindex_plugin.errors import InputError

SEED = 5
QUANTILES = (5, 25, 50, 75, 95)
LOW_END = 0.05  # share of the points at low angle
STRONG = 0.05  # lines above this height, relative to the highest, are measured
FEWEST = 5  # lines


def cases():
    """X-ray cases with a raw pattern, in order of their names, and the kind of instrument of each."""
    for path in sorted((shared_data() / "experimental").glob("*.json")):
        case = json.loads(path.read_text())
        instrument = instrument_of(case)
        if instrument and case.get("raw_pattern"):
            yield case, instrument


def raw_pattern(case):
    """2theta and intensity."""
    with gzip.open(shared_data() / "experimental" / case["raw_pattern"], "rt") as handle:
        return np.loadtxt(handle, usecols=(0, 1), unpack=True)


def simulated_pattern(case, preset, rng):
    """2theta and counts of random atoms in the cell of a case, Cu K-alpha."""
    structure = random_structure(case["known_cell"], case["space_group"], int(rng.integers(2**31)))
    pattern = simulate_pattern(lines_for_pattern(structure), pattern_preset(preset), rng)
    return pattern.two_theta, pattern.counts


def measure(two_theta, intensity, wavelength, tube):
    """Width, background and counts of one pattern; None where too few lines are found.

    Counts are those that the scatter stands for, whatever the intensities were multiplied with: variance over mean of
    a Poisson variable is the factor.
    """
    partner = Partner(tube.alpha2_position, INTENSITY_RATIO) if tube else None
    found = find_pattern_peaks(two_theta, intensity, None, partner)
    strong = found.height > STRONG * found.height.max(initial=0)
    if np.count_nonzero(strong) < FEWEST:
        return None
    width, theta = found.fwhm[strong], np.radians(found.position[strong] / 2)
    upper = theta > np.median(theta)
    points = int(8 * np.median(width) / np.median(np.diff(two_theta)))
    base = background(uniform_filter1d(intensity, 7), points)
    top, level = found.height.max(), np.median(base)
    quiet = np.argsort(base)[len(base) // 4 : len(base) // 2]
    variance = np.median(noise(intensity)[quiet]) ** 2
    return {
        "FWHM cos(theta) * 1.5406 / wavelength, degrees": np.median(width * np.cos(theta)) * WAVELENGTH / wavelength,
        "FWHM, upper half of the lines over lower": np.median(width[upper]) / np.median(width[~upper]),
        "background / highest line": level / top,
        "background, 2 % / median": np.percentile(base, 2) / level,
        "background at the low end / background": np.median(base[: int(LOW_END * len(base))]) / level,
        "counts of the highest line": top * np.median(intensity[quiet]) / variance,
    }


def main() -> None:
    rng = np.random.default_rng(SEED)
    measured, failed = {}, []
    for case, instrument in cases():
        tube = find_tube(case["wavelength"])
        half = half_of(case["id"])
        try:
            real = measure(*raw_pattern(case), case["wavelength"], tube)
            simulated = measure(*simulated_pattern(case, instrument, rng), WAVELENGTH, tube)
        except (ValueError, InputError) as error:
            failed.append(f"{case['id']}: {error}")
            continue
        measured.setdefault((instrument, half), []).append(real)
        measured.setdefault((instrument, "simulated"), []).append(simulated)
    for (instrument, part), rows in sorted(measured.items()):
        rows = [row for row in rows if row]
        print(f"\n{f'{instrument}, {part}: {len(rows)} patterns':48}" + "".join(f"{q:9d} %" for q in QUANTILES))
        for key in rows[0]:
            column = np.array([row[key] for row in rows])
            print(f"{key:48}" + "".join(f"{v:11.3g}" for v in np.nanpercentile(column, QUANTILES)))
    print("", *failed, sep="\n")


if __name__ == "__main__":
    main()
