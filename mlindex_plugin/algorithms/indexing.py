"""The whole search: from a peak list to ranked solutions over all lattices."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, full_xnn, volumes_from_xnn
from mlindex_plugin.algorithms.parallel import Interruption, Workers, available_processors
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.plan import Plan, largest_volume, make_plans, searchable, trial_lengths
from mlindex_plugin.algorithms.ranking import Entry, Solution, build_solution, convincing, rank, relatives, remarks
from mlindex_plugin.algorithms.search import Observed, observe, refine_cells, run_unit
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.registry import check_models

N_SOLUTIONS = 20
# Entries whose relatives have to compete: so many, and not further behind the best in logarithmic evidence.
_N_LEADING = 6
_FAR_BEHIND = 25.0


@dataclass(frozen=True)
class SearchResult:
    """What a search found and how.

    Attributes
    ----------
    solutions : list of Solution
        Best first, at most 20.
    lattices_searched : tuple of str
    lattices_skipped : dict
        Lattice symbol to the sentence that says why.
    n_peaks : int
        Peaks on which the solutions were refined and ranked.
    stopped : str or None
        ``time_limit`` or ``interrupted`` where the search was cut.
    candidates : dict
        Candidates tried, by lattice symbol.
    seconds : dict
        Wall-clock seconds by stage.
    notes : tuple of str
        Sentences that the user should read.
    """

    solutions: list[Solution]
    lattices_searched: tuple[str, ...]
    lattices_skipped: dict[str, str]
    n_peaks: int
    stopped: str | None
    candidates: dict[str, int]
    seconds: dict[str, float]
    notes: tuple[str, ...]


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


def prepare(peaks: PeakList, params):
    """What a search will do, or why it cannot: parameters and peaks are checked here and nowhere else.

    Parameters
    ----------
    peaks : PeakList
    params : libtbx.phil.scope_extract

    Returns
    -------
    lengths : tuple of int
        Numbers of peaks to try.
    plans : tuple of Plan
        One for each.
    wanted : tuple of str
        Lattices to search.
    skipped : dict
        Lattices left out, with the reason.

    Raises
    ------
    InputError
        If there are too few peaks for every lattice, a parameter makes no sense, or models are missing.
    """
    if not isinstance(params.search.seed, int):
        raise InputError(f"search.seed={params.search.seed}: give a whole number, zero or more.")
    lengths = trial_lengths(len(peaks), params.search.n_peaks)
    wanted, skipped = searchable(params.search.bravais_lattices, lengths[-1], peaks.source)
    check_models(wanted, params.model.directory)
    return lengths, make_plans(wanted, params.search.effort, len(lengths)), wanted, skipped


def search(peaks: PeakList, params=None, progress: Callable[[float, str], None] | None = None) -> SearchResult:
    """Find unit cells for a peak list, and say how.

    Budgets are counted in candidates and decisions fall between rounds, so the answer depends on the seed alone and
    not on the number of processes. A time limit or Ctrl-C ends the search early with the best so far.

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
        If there are too few peaks for every lattice, a parameter makes no sense, or models are missing.
    """
    from threadpoolctl import threadpool_limits

    if params is None:
        from mlindex_plugin.phil import powder_scope

        params = powder_scope().extract()
    started = time.perf_counter()
    everything = observe(peaks)
    lengths, plans, wanted, skipped = prepare(peaks, params)
    nproc = params.mp.nproc if isinstance(params.mp.nproc, int) else available_processors()
    # Sums over several threads would come in another order, and the processors are taken by the workers.
    with threadpool_limits(1), Interruption() as interruption, Workers(nproc) as workers:
        run = _Run(params, wanted, started, progress or (lambda fraction, message: None), interruption)
        for trial, (n_peaks, plan) in enumerate(zip(lengths, plans, strict=True)):
            run.trial(plan, everything.first(n_peaks), workers, trial / len(lengths), 1 / len(lengths))
            if run.stopped or convincing(run.entries, run.observed):
                break
        solutions = [
            build_solution(entry, run.observed, i + 1, peaks.wavelength)
            for i, entry in enumerate(run.entries[:N_SOLUTIONS])
        ]
        if interruption.asked:
            run.stopped = "interrupted"
    return SearchResult(
        solutions=solutions,
        lattices_searched=wanted,
        lattices_skipped=skipped,
        n_peaks=len(run.observed.q2),
        stopped=run.stopped,
        candidates={symbol: run.candidates.get(symbol, 0) for symbol in wanted},
        seconds={"search": time.perf_counter() - started},
        notes=remarks(run.entries, run.observed),
    )


class _Run:
    """State of one search: the pool of candidates found so far and what ended it."""

    def __init__(self, params, wanted, started: float, progress, interruption: Interruption):
        self._seed = params.search.seed
        self._max_volume = params.search.max_volume
        self._models = params.model.directory
        self._deadline = np.inf if params.search.time_limit is None else started + params.search.time_limit
        self._progress = progress
        self._wanted = wanted
        self._interruption = interruption
        self._asked: set = set()
        self.entries: list[Entry] = []
        self.observed: Observed | None = None
        self.candidates: dict[str, int] = {}
        self.stopped: str | None = None

    def trial(self, plan: Plan, observed: Observed, workers: Workers, begin: float, share: float) -> None:
        """Search with one number of peaks, round by round, until a round convinces."""
        # what fewer peaks found competes again, refined on the new ones
        pool = [(entry.symbol, refine_cells(entry.symbol, entry.refined.x, observed)) for entry in self.entries]
        self.observed = observed
        for number, blocks in enumerate(plan.rounds):
            units = [
                block.unit(self._seed, largest_volume(block.symbol, observed, self._max_volume), self._models)
                for block in blocks
            ]
            fraction = begin + share * number / len(plan.rounds)
            pool += self._round(units, observed, workers, fraction, share / len(plan.rounds))
            entries = rank(pool, observed)
            pool = [(entry.symbol, entry.refined) for entry in entries] + self._relatives(entries, observed)
            self.entries = rank(pool, observed)
            pool = [(entry.symbol, entry.refined) for entry in self.entries]
            if self.stopped or convincing(self.entries, observed):
                return

    def _relatives(self, entries: list[Entry], observed: Observed) -> list:
        """Relatives of the leading entries, refined; each cell is asked for them once."""
        found = []
        for entry in entries[:_N_LEADING]:
            if entry.evidence < entries[0].evidence - _FAR_BEHIND or self._cut():
                break
            key = (len(observed.q2), tuple(round(v, 2) for v in entry.niggli))
            if key in self._asked:
                continue
            self._asked.add(key)
            for symbol, x in relatives(entry, observed):
                if symbol in self._wanted:
                    refined = refine_cells(symbol, x[None], observed)
                    volume = volumes_from_xnn(full_xnn(LATTICES[symbol], refined.x))
                    found.append((symbol, refined.take(volume <= largest_volume(symbol, observed, self._max_volume))))
        return found

    def _cut(self) -> bool:
        """Whether Ctrl-C or the time limit ends the search now."""
        if self._interruption.asked:
            self.stopped = "interrupted"
        elif time.perf_counter() > self._deadline:
            self.stopped = "time_limit"
        return self.stopped is not None

    def _round(self, units, observed: Observed, workers: Workers, begin: float, share: float) -> list:
        """The units of a round; results in the units' order, whatever the order of completion."""
        done = {}
        for unit, result in workers.run(run_unit, units, observed):
            done[unit] = result
            self.candidates[unit.symbol] = self.candidates.get(unit.symbol, 0) + result.n_candidates
            self._progress(begin + share * len(done) / len(units), f"{len(observed.q2)} peaks, {unit.symbol}")
            if self._cut():
                break
        return [(unit.symbol, done[unit].refined) for unit in units if unit in done]
