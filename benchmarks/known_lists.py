"""The open peak lists with known cells, by kind of instrument and by half."""

from __future__ import annotations

import gzip
import hashlib
import json

import numpy as np
from error_statistics import KnownList
from surroundings import shared_data

HALVES = ("measure", "check")
MITHRENE = (5.93, 7.32, 29.2, 90, 95.4, 90)  # Å and degrees, P2₁/c
_SMSFX_GROUPS = {4: "P 1 21 1", 5: "C 1 2 1"}  # numbers in the files of the smSFX lists


def half_of(name):
    """``measure`` where the SHA-256 hash of the list's id is even, ``check`` where it is odd."""
    return HALVES[int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2]


def known_lists():
    """Every open list with a known cell.

    Returns
    -------
    dict of str to list of KnownList
        ``laboratory`` (Cu Kα), ``synchrotron`` (other X-ray wavelengths), ``smsfx`` (no wavelength). Neutron lists are
        left out, and flagged peaks, as `mlindex_plugin` leaves them out on reading.
    """
    found = {}
    for folder in ("experimental", "smsfx"):
        for path in sorted((shared_data() / folder).glob("*.json")):
            case = json.loads(path.read_text())
            instrument = instrument_of(case)
            if instrument is not None:
                found.setdefault(instrument, []).append(_known(case, path.parent))
    return found


def instrument_of(case):
    """``laboratory``, ``synchrotron``, ``smsfx``, or None for neutrons."""
    if case["wavelength"] is None:
        return "smsfx"
    words = f"{case['id']} {case['notes']}".lower()
    if "neutron" in words or "_tof" in words:
        return None
    return "laboratory" if abs(case["wavelength"] - 1.5406) < 0.005 else "synchrotron"


def stills_lists():
    """Lines found in the simulated stills, whose cell is known: list of `KnownList`. Needs DIALS; takes a minute."""
    from mlindex_plugin.algorithms.peaks import peaks_from_spots

    lists = []
    for name in ("mithrene_spotfinder", "mithrene_5k_bad_geometry", "mithrene_20k"):
        files = [shared_data() / "stills" / f"{name}.{ending}" for ending in ("expt", "refl")]
        peaks = peaks_from_spots([tuple(files)])
        q = np.sqrt(peaks.q2)
        lists.append(KnownList(name, q, peaks.intensity, None, MITHRENE, "P 1 21/c 1", stated=peaks.sigma / (2 * q)))
    return lists


def _known(case, folder):
    peaks = [peak for peak in case["peaks"] if not peak.get("flag")]
    in_q = case["wavelength"] is None
    peaks.sort(key=lambda peak: -peak["d"])
    intensity = np.array([peak["intensity"] for peak in peaks]) if "intensity" in peaks[0] else None
    widths = [peak["fwhm"] for peak in peaks if "fwhm" in peak]
    return KnownList(
        name=case["id"],
        position=np.array([1 / peak["d"] if in_q else peak["two_theta"] for peak in peaks]),
        intensity=intensity,
        wavelength=case["wavelength"],
        # Where published and refined cell agree, either may be used; only the refined one is of this specimen.
        cell=tuple(case.get("known_cell_refined_to_these_peaks", case["known_cell"])),
        space_group=case.get("space_group") or _SMSFX_GROUPS[case["space_group_number"]],
        zero_shift=case.get("zero_shift_deg", 0.0),
        fwhm=float(np.median(widths)) if widths else np.nan,
        source=case.get("group", "smsfx"),
        stated=np.array([_fit_error(peak) for peak in peaks]) if "snr" in peaks[0] else None,
        start=_start_of_pattern(folder / case["raw_pattern"]) if case.get("raw_pattern") else np.nan,
    )


def _fit_error(peak):
    """Standard error in degrees of the centre of a Gaussian peak: its sigma over the ratio of height to noise."""
    return peak["fwhm"] / 2.355 / peak["snr"]


def _start_of_pattern(path):
    """First angle of a two-column pattern in degrees."""
    with gzip.open(path, "rt") as lines:
        return float(next(line for line in lines if line[0].isdigit()).split()[0])
