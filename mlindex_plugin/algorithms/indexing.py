"""The whole search: from a peak list to ranked solutions over all lattices."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from mlindex_plugin.algorithms.parallel import Interruption, WorkerLostError, Workers, workers_for
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.phases import rounds_for
from mlindex_plugin.algorithms.ranking import Solution
from mlindex_plugin.algorithms.rounds import SearchResult
from mlindex_plugin.algorithms.search import run_unit, run_units
from mlindex_plugin.algorithms.search.cost import unit_cost
from mlindex_plugin.algorithms.unit_groups import unit_groups

__all__ = ["PreparedSearch", "SearchResult", "index", "search"]


def index(peaks: PeakList, params=None) -> list[Solution]:
    """Find unit cells for a peak list.

    Parameters
    ----------
    peaks : PeakList
    params : libtbx.phil.scope_extract or None
        Extracted parameters of ``dials.mlindex_powder``; the defaults if None.

    Returns
    -------
    list of Solution
        Best first; empty where nothing was found.

    Raises
    ------
    InputError
        If there are too few peaks for every lattice, a parameter makes no sense, or models are missing.
    """
    return search(peaks, params).solutions


def search(peaks: PeakList, params=None, progress: Callable[[float, str], None] | None = None) -> SearchResult:
    """Find unit cells for a peak list, and say how.

    Parameters
    ----------
    peaks : PeakList
    params : libtbx.phil.scope_extract or None
        Extracted parameters of ``dials.mlindex_powder``; the defaults if None.
    progress : callable or None
        Called with the fraction done and a message.

    Returns
    -------
    SearchResult

    Raises
    ------
    InputError
        As `PreparedSearch`.
    """
    if params is None:
        from mlindex_plugin.phil import powder_scope

        params = powder_scope().extract()
    return PreparedSearch(peaks, params).run(progress)


class PreparedSearch:
    """A search that has all it needs and has not begun; it can be run once.

    The answer depends on the seed alone and not on the number of processes. A time limit, Ctrl-C or SIGTERM ends the
    search early with the best so far.

    Parameters
    ----------
    peaks : PeakList
    params : libtbx.phil.scope_extract
        Of ``dials.mlindex_powder``.

    Raises
    ------
    InputError
        If there are too few peaks for every lattice, a parameter makes no sense, or models, a GPU or a package are
        missing.
    """

    def __init__(self, peaks: PeakList, params):
        self._rounds = rounds_for(peaks, params)
        self._workers = workers_for(params.mp, unit_groups(params, 1, run_unit, run_units))
        self._limit = np.inf if params.search.time_limit is None else params.search.time_limit

    def run(self, progress: Callable[[float, str], None] | None = None) -> SearchResult:
        """Search; `progress` is called with the fraction done and a message."""
        from threadpoolctl import threadpool_limits

        started = time.perf_counter()
        rounds = self._rounds
        # Sums over several threads would come in another order, and the processors are taken by the workers.
        with threadpool_limits(1), Interruption() as interruption, self._workers as workers:

            def cut() -> bool:
                """Whether Ctrl-C or the time limit ends the search now."""
                if interruption.asked:
                    rounds.stopped = "interrupted"
                elif time.perf_counter() > started + self._limit:
                    rounds.stopped = "time_limit"
                return rounds.stopped is not None

            def spread(function, tasks, *arguments):
                """As `Workers.run`; what was lost with its worker is left out."""
                for task, outcome in workers.outcomes(function, tasks, *arguments):
                    if isinstance(outcome.error, WorkerLostError):
                        rounds.lost(1)
                    else:
                        yield task, outcome.get()

            while rounds.units:
                rounds.advance(_round(rounds, workers, cut, progress or (lambda fraction, message: None)), cut, spread)
            if interruption.asked:
                rounds.stopped = "interrupted"
        return rounds.result(time.perf_counter() - started)


def _round(rounds, workers: Workers, cut, progress) -> list:
    """Results of the units of a round, in the units' order, whatever the order of completion."""
    done, lost = {}, 0
    for unit, outcome in workers.outcomes(run_unit, rounds.units, rounds.observed, cost=unit_cost):
        if isinstance(outcome.error, WorkerLostError) and len(rounds.units) > lost + 1:
            lost += 1
        else:
            done[unit] = outcome.get()
        progress(
            rounds.fraction + rounds.share * (len(done) + lost) / len(rounds.units),
            f"{len(rounds.observed.q2)} peaks, {unit.symbol}",
        )
        if cut():
            break
    rounds.lost(lost)
    return [done.get(unit) for unit in rounds.units]
