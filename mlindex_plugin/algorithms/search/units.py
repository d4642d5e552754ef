"""Units of work of many patterns, optimised together on a GPU."""

from __future__ import annotations

from collections import defaultdict

from mlindex_plugin.algorithms.lattice import lattice_table
from mlindex_plugin.algorithms.search.device import torch_device
from mlindex_plugin.algorithms.search.observed import Observed
from mlindex_plugin.algorithms.search.unit import (
    N_ITERATIONS,
    STALL,
    Unit,
    UnitResult,
    finished_unit,
    run_unit,
    starting_cells,
)


def run_units(tasks: list[tuple[Unit, Observed]], device: str) -> list[UnitResult]:
    """As `run_unit` for each of many units, but all candidates of a lattice are optimised at once, by torch.

    Parameters
    ----------
    tasks : list of (Unit, Observed)
        Of any patterns and lattices.
    device : str
        Of torch: ``cuda``, or ``cpu``, which is right but slow.

    Returns
    -------
    list of UnitResult
        In the order of the tasks; they differ from those of `run_unit` by rounding.

    Raises
    ------
    InputError
        Where there is no GPU for ``cuda``.
    """
    if device != "cpu":
        torch_device(device, len(tasks))
    from mlindex_plugin.algorithms.search.torch_kernel import Block, candidates_at_once, optimise_blocks

    alike = defaultdict(list)
    results: dict[int, UnitResult] = {}
    for i, (unit, observed) in enumerate(tasks):
        if observed.foreign:  # the torch kernel knows no peaks of other phases
            results[i] = run_unit(unit, observed)
            continue
        alike[unit.symbol, len(observed.q2)].append(i)
    for (symbol, n_peaks), members in alike.items():
        blocks = []
        for i in members:
            unit, observed = tasks[i]
            start, seed = starting_cells(unit, observed)
            blocks.append(Block(start, observed, seed))
        at_once = candidates_at_once(device, n_peaks)
        optimised = optimise_blocks(lattice_table(symbol), blocks, N_ITERATIONS, STALL, device, at_once)
        for i, (best, merit, _) in zip(members, optimised, strict=True):
            results[i] = finished_unit(*tasks[i], best, merit)
    return [results[i] for i in range(len(tasks))]
