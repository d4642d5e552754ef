"""Measured lists with a known cell, as JSON files: laboratory and synchrotron cases in two tiers, smSFX lists."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from mlindex_plugin.algorithms.benchmark.searches import Search, Truth, first_peaks
from mlindex_plugin.algorithms.peaks import PeakList, read_peaks
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import powder_scope

_REFINED = "known_cell_refined_to_these_peaks"
_ALL_PEAKS = "_all_peaks"


def open_searches(folder, condition: str, list_length: int) -> list[Search]:
    """Searches of the measured lists of a condition.

    Parameters
    ----------
    folder : str or pathlib.Path
        With ``experimental/*.json`` and ``smsfx/*.json``. A file has ``peaks`` and ``wavelength`` as
        `mlindex_plugin.algorithms.peaks.read_json` reads them; ``known_cell`` (Å and degrees), where
        ``truth_to_use`` says so ``known_cell_refined_to_these_peaks``; its setting by ``space_group`` or
        ``space_group_number``; ``id``, and ``quality_tier`` (A or B; smSFX lists have none).
    condition : str
        ``tier_A``, ``tier_B`` (peaks with a ``flag`` left out), ``tier_A_all_peaks``, ``tier_B_all_peaks`` (flags
        ignored) or ``smsfx_lists``.
    list_length : int
        Peaks of a list, at most.

    Raises
    ------
    InputError
        If the folder has no such lists, or one cannot be read.
    """
    smsfx = condition == "smsfx_lists"
    paths = sorted((Path(folder) / ("smsfx" if smsfx else "experimental")).glob("*.json"))
    cases = [(path, _read_case(path)) for path in paths]
    if not smsfx:
        tier = condition.removesuffix(_ALL_PEAKS).removeprefix("tier_")
        cases = [(path, case) for path, case in cases if case.get("quality_tier") == tier]
    if not cases:
        raise InputError(f"benchmark.open_cases={folder}: holds no lists of {condition}; give the folder above them.")
    return [
        Search(
            condition,
            False,
            case["id"],
            first_peaks(_peaks(path, case, condition.endswith(_ALL_PEAKS)), list_length),
            true_cell(case, path),
            {"n_flagged": sum(bool(peak.get("flag")) for peak in case["peaks"])},
        )
        for path, case in cases
    ]


def true_cell(case: dict, path) -> Truth:
    """The cell to score against, in the setting of the search.

    Parameters
    ----------
    case : dict
        Content of the file.
    path : str or pathlib.Path
        For messages.

    Raises
    ------
    InputError
        If cell and space group cannot be read or do not fit.
    """
    from cctbx import crystal, sgtbx

    from mlindex_plugin.algorithms.simulate.preparation.common_setting import to_common_setting

    # Where published and refined cell agree, either may be used; elsewhere only the refined one.
    cell = case[_REFINED if case.get("truth_to_use") == _REFINED else "known_cell"]
    symbol = case.get("space_group") or str(sgtbx.space_group_info(number=case["space_group_number"]))
    try:
        group = sgtbx.space_group_info(symbol)
        if group.group().conventional_centring_type_symbol() == "R" and abs(cell[5] - 120) > 1:
            group = sgtbx.space_group_info(f"{symbol.split(':')[0].strip()} :R")
        setting = to_common_setting(crystal.symmetry(unit_cell=cell, space_group_info=group))
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"{path}: cell and space group {symbol} do not fit ({str(error).splitlines()[0]}).") from error
    return Truth(setting.bravais_lattice, tuple(setting.unit_cell.parameters()))


def _read_case(path: Path) -> dict:
    try:
        case = json.loads(path.read_text(encoding="utf-8"))
        missing = [name for name in ("id", "peaks", "known_cell") if name not in case]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path}: not a measured list with its cell ({error}).") from error
    if missing:
        raise InputError(f"{path}: has no {missing[0]}; a measured list has its id, peaks and known_cell.")
    return case


def _peaks(path: Path, case: dict, with_flagged: bool) -> PeakList:
    """The list as a user's file is read, its flags taken off where asked."""
    params = powder_scope().extract()
    if not with_flagged:
        return read_peaks(path, params)
    peaks = [{name: value for name, value in peak.items() if name != "flag"} for peak in case["peaks"]]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({**case, "peaks": peaks}, file)
        file.flush()
        return read_peaks(file.name, params)
