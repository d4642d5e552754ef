"""The search for several phases as rounds: all peaks first, then for each leading cell the peaks that it leaves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.phases.joint import JointFit, joint_fit
from mlindex_plugin.algorithms.phases.joint_solutions import joint_solutions
from mlindex_plugin.algorithms.ranking import Solution, convincing, with_scale_error
from mlindex_plugin.algorithms.rounds import N_SOLUTIONS, Rounds, SearchResult, one_by_one
from mlindex_plugin.algorithms.search import NO_LINE, Observed, Unit
from mlindex_plugin.errors import InputError

_N_LEADS = 5  # cells, of different peaks, whose left-over peaks are searched
_FAR_BEHIND = 25.0
_SAME_PEAKS = 0.7  # of the peaks that either of two cells indexes: both leave about the same
_N_PARTNERS = 3  # best cells of left-over peaks that are tried with each lead
_FEWEST_LEFT = 6  # peaks; with fewer a cell of any lattice says nothing
_BETTER = 6.0  # evidence by which one phase more must be likelier


@dataclass(frozen=True)
class _Chain:
    """Phases found one after the other.

    Attributes
    ----------
    searches : tuple of Rounds
        The search that gave each.
    places : tuple of int
        Its place in the ranking of that search, from 0.
    fit : JointFit or None
        Of all of them.
    """

    searches: tuple[Rounds, ...]
    places: tuple[int, ...]
    fit: JointFit

    @property
    def indexed(self) -> np.ndarray:
        """Peaks that one of the phases explains, bool, shape (n,)."""
        return np.any([entry.refined.code[0] != NO_LINE for entry in self.fit.entries], axis=0)


def rounds_for(peaks: PeakList, params) -> Rounds | PhaseRounds:
    """The rounds of a search: of one phase or, by ``search.n_phases``, of several.

    Raises
    ------
    InputError
        As `Rounds`.
    """
    return Rounds(peaks, params) if params.search.n_phases == 1 else PhaseRounds(peaks, params)


class PhaseRounds:
    """State of a search for several phases; used as `Rounds`.

    The first search looks for a cell that explains a part of the peaks. For each of its leading cells the peaks that it
    leaves are searched; every pair is refined together on all peaks, and the pairs are ranked by their joint evidence.
    A third phase is searched likewise on what the best pairs leave.

    Parameters
    ----------
    peaks : PeakList
    params : libtbx.phil.scope_extract
        Of ``dials.mlindex_powder``.

    Raises
    ------
    InputError
        As `Rounds`.
    """

    def __init__(self, peaks: PeakList, params):
        self._n_phases = params.search.n_phases
        self._peaks = replace(peaks, pattern=None)
        self._params = params
        self._first = Rounds(peaks, params, foreign=1 - 1 / self._n_phases)
        self._later = copy.deepcopy(params)
        self._later.search.effort = {"thorough": "normal"}.get(params.search.effort, "quick")
        self._current = self._first
        self._parent: _Chain | None = None
        self._to_search: list[_Chain] = []
        self._found: list[_Chain] = []
        self._levels: list[list[_Chain]] = []
        self._searches: list[Rounds] = [self._first]
        self.stopped: str | None = None

    @property
    def units(self) -> list[Unit]:
        """To be done before `advance`; empty when the search has ended."""
        return self._current.units

    @property
    def observed(self) -> Observed:
        """The peaks that the units need; of the first search when all has ended."""
        return self._current.observed

    @property
    def fraction(self) -> float:
        """Share of the rounds that have been done, where all are needed."""
        return (len(self._searches) - 1 + self._current.fraction) * self._weight

    @property
    def share(self) -> float:
        """Share of the present round."""
        return self._current.share * self._weight

    @property
    def _weight(self) -> float:
        return 1 / (1 + _N_LEADS * (self._n_phases - 1))

    def advance(
        self, results: list, cut: Callable[[], bool] = lambda: False, spread: Callable[..., Iterator] = one_by_one
    ) -> None:
        """Take the results of a round and decide what comes next; see `Rounds.advance`."""
        self._current.stopped = self.stopped
        self._current.advance(results, cut, spread)
        self.stopped = self.stopped or self._current.stopped
        if not self._current.units:
            self._end_search()

    def lost(self, n_units: int) -> None:
        """Note that units were lost for good, with the workers that did them."""
        self._current.lost(n_units)

    def _end_search(self) -> None:
        """Take what a search found, and begin the next one."""
        if self._parent is None:
            self._levels.append(self._leads())
            self._to_search = list(self._levels[0])
        else:
            self._found += self._extended(self._parent, self._current)
            if convincing(self._current.entries, self._current.observed):
                self._to_search = []  # the peaks that this lead leaves are of one phase, so it is right
        while not self.stopped:
            if self._to_search:
                self._parent = self._to_search.pop(0)
                if self._begin(self._parent):
                    return
            elif self._found and len(self._levels) < self._n_phases:
                self._end_level()
                if len(self._levels) < self._n_phases:
                    self._to_search = _different(self._levels[-1])
            else:
                break
        if self._found:
            self._end_level()
        self._current = self._first

    def _end_level(self) -> None:
        """Rank the chains found, which have one phase more than those of the level before."""
        self._levels.append(sorted(self._found, key=lambda chain: -chain.fit.evidence))
        self._found = []

    def _leads(self) -> list[_Chain]:
        """Leading cells of the first search that index different peaks."""
        entries = self._first.entries[:N_SOLUTIONS]
        near = [e for e in entries if e.evidence > entries[0].evidence - _FAR_BEHIND]
        chains = []
        for place, entry in enumerate(near):
            fit = joint_fit([(entry.symbol, entry.refined.x[0])], self._first.observed)
            if fit is not None:
                chains.append(_Chain((self._first,), (place,), fit))
        return _different(chains)

    def _begin(self, parent: _Chain) -> bool:
        """Begin the search of the peaks that a chain leaves; False where they are too few."""
        left = ~parent.indexed
        if left.sum() < _FEWEST_LEFT:
            return False
        n = len(left)
        peaks = replace(
            self._peaks,
            q2=self._peaks.q2[:n][left],
            sigma=self._peaks.sigma[:n][left],
            intensity=None if self._peaks.intensity is None else self._peaks.intensity[:n][left],
        )
        to_come = self._n_phases - len(parent.places)
        try:
            self._current = Rounds(peaks, self._later, foreign=1 - 1 / to_come)
        except InputError:  # too few peaks for the lattices that are wanted
            return False
        self._searches.append(self._current)
        return True

    def _extended(self, parent: _Chain, search: Rounds) -> list[_Chain]:
        """A chain with each of the best cells that its left-over peaks gave."""
        chains = []
        for place, entry in enumerate(search.entries[:_N_PARTNERS]):
            cells = [(one.symbol, one.refined.x[0]) for one in (*parent.fit.entries, entry)]
            fit = joint_fit(cells, self._first.observed)
            if fit is not None:
                chains.append(_Chain((*parent.searches, search), (*parent.places, place), fit))
        return chains

    def result(self, seconds: float) -> SearchResult:
        """The solutions so far; see `Rounds.result`. Those of further phases are in ``phases``."""
        first = self._first.result(seconds)
        symbols = first.candidates
        first = replace(
            first,
            candidates={s: sum(search.candidates.get(s, 0) for search in self._searches) for s in symbols},
            stopped=self.stopped,
        )
        chain = self._best()
        if chain is None:
            return first
        tables = []
        joint = joint_solutions(chain.fit.entries, self._first.observed, self._peaks.wavelength)
        for search, place, solution in zip(chain.searches, chain.places, joint, strict=True):
            found = first if search is self._first else search.result(seconds)
            tables.append(_table(found.solutions, place, with_scale_error(solution, self._params.input.scale_error)))
        notes = first.notes if len(tables) == 1 else [note for search in self._searches for note in search.losses()]
        return replace(first, solutions=tables[0], phases=tuple(tables[1:]), notes=(*notes, *self._remarks(chain)))

    def _best(self) -> _Chain | None:
        """The likeliest chain of which each phase makes the peaks likelier."""
        best = None
        for level in self._levels:
            first = max(level, key=lambda chain: chain.fit.evidence, default=None)
            if first is None or (best is not None and first.fit.evidence < best.fit.evidence + _BETTER):
                break
            best = first
        return best

    def _remarks(self, chain: _Chain) -> tuple[str, ...]:
        """What to say of the phases found, and of those that were not."""
        n_found, n_left = len(chain.places), int(np.sum(~chain.indexed))
        if n_found == self._n_phases:
            said = f"{n_found} phases were refined together; they leave {n_left} of {len(chain.indexed)} lines."
            doubt = " They explain them no better than chance would." if chain.fit.evidence < 0 else ""
            return (said + doubt,)
        if n_left < _FEWEST_LEFT:
            why = f"{n_left} lines are left, too few for a cell"
        else:
            why = f"no cell explains the {n_left} lines that are left better than chance would"
        return (f"Of search.n_phases={self._n_phases} only {n_found} found: {why}.",)


def _table(solutions: list[Solution], place: int, joint: Solution) -> list[Solution]:
    """The solutions of a phase: first the one that was refined with the other phases, then the others."""
    own = solutions[place]
    joint = replace(
        joint,
        figures_of_merit={**joint.figures_of_merit, "score": own.figures_of_merit["score"]},
        probability=own.probability,
        alternatives=own.alternatives,
        extinction=own.extinction,
    )
    others = [replace(one, rank=rank) for rank, one in enumerate(solutions[:place] + solutions[place + 1 :], 2)]
    return [joint, *others]


def _different(chains: list[_Chain]) -> list[_Chain]:
    """The first chains that index different peaks."""
    kept: list[_Chain] = []
    for chain in chains:
        alike = [np.sum(chain.indexed & one.indexed) / max(np.sum(chain.indexed | one.indexed), 1) for one in kept]
        if max(alike, default=0.0) < _SAME_PEAKS:
            kept.append(chain)
        if len(kept) == _N_LEADS:
            break
    return kept
