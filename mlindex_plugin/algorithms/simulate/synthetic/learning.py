"""Statistics of synthetic crystals, learned from a table of cells and from CIFs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.simulate.synthetic.cell_counts import count_cells
from mlindex_plugin.algorithms.simulate.synthetic.counts import Counts
from mlindex_plugin.algorithms.simulate.synthetic.density import KernelDensity, scott_covariance
from mlindex_plugin.algorithms.simulate.synthetic.shapes import shapes_from_cells
from mlindex_plugin.algorithms.simulate.synthetic.site_counts import count_structure
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import ENOUGH, LATTICE_ROWS, Statistics
from mlindex_plugin.algorithms.simulate.synthetic.tables import UNREADABLE, read_rows
from mlindex_plugin.errors import InputError

CENTRES = {"shapes": 1200, "volumes": 120}  # kernel centres kept; the bandwidth is that of all


def learn_statistics(cells, index, folder, progress=None) -> tuple[dict[str, Statistics], Counter]:
    """Count cells and structures, and make the statistics of each population.

    Parameters
    ----------
    cells : str or pathlib.Path
        Table of cells, see `count_cells`.
    index : str or pathlib.Path
        Table of the CIFs: file, source and near_experimental_case.
    folder : str or pathlib.Path
        Where the CIFs are.
    progress : callable, optional
        Called with the number of CIFs done and that of all.

    Returns
    -------
    statistics : dict of str to Statistics
    left_out : collections.Counter
        What was not counted, by kind and reason.

    Raises
    ------
    InputError
        If a table or a CIF is missing, or a table lacks a column.
    """
    counts, not_counted = count_cells(cells)
    left_out = Counter({f"cell: {reason}": n for reason, n in not_counted.items()})
    rows = list(read_rows(index, ("file", "source", "near_experimental_case")))
    not_in_index = _cif_names(folder) - {row["file"] for row in rows if row}
    if not_in_index:
        left_out["CIF: not in the index"] = len(not_in_index)
    for i, row in enumerate(rows):
        reason = _count_file(row, index, folder, counts) if row else UNREADABLE
        if reason:
            left_out[f"CIF: {reason}"] += 1
        if progress is not None:
            progress(i + 1, len(rows))
    rng = np.random.default_rng(0)
    return {name: statistics_from_counts(own, rng) for name, own in counts.items()}, left_out


def _count_file(row, index, folder, counts) -> str | None:
    if row["near_experimental_case"] == "1":
        return "near an experimental case"
    path = Path(folder) / row["file"]
    if not path.is_file():
        raise InputError(f"{path}: named in {index}, but there is no such file; give the folder of the CIFs.")
    return count_structure(path, row["source"], counts)


def _cif_names(folder) -> set[str]:
    """Names of the CIFs in a folder, as an index gives them: relative to it."""
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*.cif")}


def statistics_from_counts(counts: Counts, rng) -> Statistics:
    """Densities and tables of one population.

    Parameters
    ----------
    counts : Counts
    rng : numpy.random.Generator
        Which kernel centres are kept.

    Returns
    -------
    Statistics
    """
    shapes = {}
    for lattice in LATTICE_ROWS:
        cells = [cell for number in counts.cells if space_group(number).bravais_lattice == lattice
                 for cell in counts.cells[number]]  # fmt: skip
        if cells:
            shapes[lattice] = _density(shapes_from_cells(lattice, np.array(cells)), CENTRES["shapes"], rng)
    volumes = {
        row: _density(np.array(points), CENTRES["volumes"], rng)
        for row, points in sorted(counts.volumes.items())
        if len(points) >= ENOUGH
    }
    space_groups = np.zeros(230, int)
    for number, cells in counts.cells.items():
        space_groups[number - 1] = len(cells)
    tables = ("n_structures", "n_elements", "elements", "repetitions", "wyckoff", "freedoms")
    return Statistics(space_groups, shapes, volumes, **{table: getattr(counts, table) for table in tables})


def _density(points: np.ndarray, most: int, rng) -> KernelDensity:
    covariance = scott_covariance(points)
    if len(points) > most:
        points = points[np.sort(rng.choice(len(points), most, replace=False))]
    return KernelDensity(points, covariance)
