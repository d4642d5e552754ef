"""The search as a sequence of rounds: units of work that may be done anywhere, and decisions between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.plan import largest_volume, make_mixture_plan, make_plans, searchable, trial_lengths
from mlindex_plugin.algorithms.ranking import (
    Entry,
    Solution,
    Verdict,
    build_solution,
    convincing,
    find_alternatives,
    probabilities,
    rank,
    relatives,
    verdict_of,
    with_extinction,
    with_scale_error,
)
from mlindex_plugin.algorithms.search import Observed, Unit, UnitResult, observe, refine_cells
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
    p_none : float
        Probability that none of the ranked cells is right, those beyond `solutions` included.
    verdict : Verdict
        What to believe, in words.
    phases : tuple of list of Solution
        Solutions for each further phase, where ``search.n_phases`` asked for some and they were found.
    """

    solutions: list[Solution]
    lattices_searched: tuple[str, ...]
    lattices_skipped: dict[str, str]
    n_peaks: int
    stopped: str | None
    candidates: dict[str, int]
    seconds: dict[str, float]
    notes: tuple[str, ...]
    p_none: float
    verdict: Verdict
    phases: tuple[list[Solution], ...] = ()


def check_parameters(params) -> None:
    """Refuse parameters that make no sense for any peaks.

    Raises
    ------
    InputError
        For a seed that is no number, an unknown lattice or effort, or where models are missing.
    """
    if not isinstance(params.search.seed, int):
        raise InputError(f"search.seed={params.search.seed}: give a whole number, zero or more.")
    wanted, _ = searchable(params.search.bravais_lattices, 100, "")
    make_plans(wanted, params.search.effort, 1)
    check_models(wanted, params.model.directory)


def one_by_one(function: Callable, tasks: list, *arguments) -> Iterator[tuple]:
    """Yield (task, value) of a function called with each task, in this process; see `Workers.run`."""
    for task in tasks:
        yield task, function(task, *arguments)


def _refined_relatives(asked: tuple[int, Entry], observed: Observed, largest: dict[str, float]) -> list:
    """Relatives of a numbered entry in the lattices that have a largest volume, refined."""
    return [
        (symbol, refine_cells(symbol, x[None], observed, largest[symbol]))
        for symbol, x in relatives(asked[1], observed)
        if symbol in largest
    ]


class Rounds:
    """State of a search between two rounds; it can be sent to another process.

    ::

        rounds = Rounds(peaks, params)
        while rounds.units:
            rounds.advance([run_unit(unit, rounds.observed) for unit in rounds.units])

    Budgets are counted in candidates and decisions fall in `advance`, so the answer depends on the seed alone and not
    on where the units are done.

    Parameters
    ----------
    peaks : PeakList
    params : libtbx.phil.scope_extract
        Of ``dials.mlindex_powder``.
    foreign : float
        Share of the peaks that may be of other phases; the cell that explains most of the others is then looked for.

    Attributes
    ----------
    units : list of Unit
        To be done before `advance`; empty when the search has ended.
    observed : Observed
        The peaks that the units need.
    entries : list of Entry
        What has been found, ranked.
    candidates : dict
        Candidates tried, by lattice symbol.
    stopped : str or None
        Set by whoever cuts the search: ``time_limit`` or ``interrupted``.

    Raises
    ------
    InputError
        If there are too few peaks for every lattice, a parameter makes no sense (for these peaks), or models are
        missing.
    """

    def __init__(self, peaks: PeakList, params, foreign: float = 0.0):
        check_parameters(params)
        self._lengths = trial_lengths(len(peaks), params.search.n_peaks)[-1 if foreign else 0 :]
        self._wanted, self._skipped = searchable(params.search.bravais_lattices, self._lengths[-1], peaks.source)
        if foreign:
            self._plans = make_mixture_plan(self._wanted, params.search.effort)
        else:
            self._plans = make_plans(self._wanted, params.search.effort, len(self._lengths))
        self._everything = replace(observe(peaks, params.search.zero_shift), foreign=foreign)
        self._wavelength = peaks.wavelength
        self._scale_error = params.input.scale_error
        self._seed = params.search.seed
        self._max_volume = params.search.max_volume
        self._models = params.model.directory
        self._asked: set = set()
        self.candidates = dict.fromkeys(self._wanted, 0)
        self._n_lost = 0
        self._pool: list = []
        self.entries: list[Entry] = []
        self.stopped: str | None = None
        self._begin(0)

    @property
    def fraction(self) -> float:
        """Share of the rounds that have been done, where all are needed."""
        return (self._trial + self._round / len(self._plans[self._trial].rounds)) / len(self._lengths)

    @property
    def share(self) -> float:
        """Share of the present round."""
        return 1 / len(self._plans[self._trial].rounds) / len(self._lengths)

    def advance(
        self,
        results: list[UnitResult | None],
        cut: Callable[[], bool] = lambda: False,
        spread: Callable[..., Iterator] = one_by_one,
    ) -> None:
        """Take the results of a round and decide what comes next.

        Parameters
        ----------
        results : list of UnitResult or None
            One a unit, in the order of `units`; None for one that was lost or not done.
        cut : callable
            Whether to hurry: relatives of leading cells are then not tried. A search that is `stopped` ends here.
        spread : callable
            As `Workers.run`: does what takes long for each of some entries, here or elsewhere.
        """
        for result in results:
            if result is not None:
                self.candidates[result.symbol] += result.n_candidates
                self._pool.append((result.symbol, result.refined))
        self._compete(cut, spread)
        if self.stopped:
            self.units = []
        elif not convincing(self.entries, self.observed):
            self._next()
        elif self._trial + 1 == len(self._lengths):
            self.units = []
        else:
            self._confirm(cut, spread)

    def lost(self, n_units: int) -> None:
        """Note that units were lost for good, with the workers that did them."""
        self._n_lost += n_units

    def result(self, seconds: float) -> SearchResult:
        """The solutions so far.

        Parameters
        ----------
        seconds : float
            Wall time of the search.
        """
        probability, p_none = probabilities(self.entries)
        solutions = [
            with_scale_error(build_solution(entry, self.observed, i + 1, self._wavelength), self._scale_error)
            for i, entry in enumerate(self.entries[:N_SOLUTIONS])
        ]
        solutions = [replace(one, probability=float(p)) for one, p in zip(solutions, probability, strict=False)]
        for i, alternatives in enumerate(find_alternatives(self.entries, self.observed, self._wavelength)):
            solutions[i] = replace(solutions[i], alternatives=alternatives)
        return SearchResult(
            solutions=with_extinction(solutions),
            lattices_searched=self._wanted,
            lattices_skipped=self._skipped,
            n_peaks=len(self.observed.q2),
            stopped=self.stopped,
            candidates=self.candidates,
            seconds={"search": seconds},
            notes=self.losses(),
            p_none=p_none,
            verdict=verdict_of(solutions, p_none),
        )

    def _begin(self, trial: int) -> None:
        """Begin a trial: what fewer peaks found competes again, refined on the new ones."""
        self._trial, self._round = trial, 0
        self.observed: Observed = self._everything.first(self._lengths[trial])
        self._pool = [
            (entry.symbol, refine_cells(entry.symbol, entry.refined.x, self.observed)) for entry in self.entries
        ]
        self.units = self._units()

    def _compete(self, cut: Callable[[], bool], spread: Callable[..., Iterator]) -> None:
        """Rank what has been found, and the relatives of the leading entries with it."""
        entries = rank(self._pool, self.observed)
        pool = [(entry.symbol, entry.refined) for entry in entries] + self._relatives(entries, cut, spread)
        self.entries = rank(pool, self.observed)
        self._pool = [(entry.symbol, entry.refined) for entry in self.entries]

    def _confirm(self, cut: Callable[[], bool], spread: Callable[..., Iterator]) -> None:
        """Go over to all the peaks with what fewer of them found convincingly; go on only where more peaks object."""
        self._begin(len(self._lengths) - 1)
        self._compete(cut, spread)
        if convincing(self.entries, self.observed):
            self.units = []

    def _next(self) -> None:
        if self._round + 1 < len(self._plans[self._trial].rounds):
            self._round += 1
            self.units = self._units()
        elif self._trial + 1 < len(self._lengths):
            self._begin(self._trial + 1)
        else:
            self.units = []

    def _units(self) -> list[Unit]:
        blocks = self._plans[self._trial].rounds[self._round]
        return [
            block.unit(self._seed, largest_volume(block.symbol, self.observed, self._max_volume), self._models)
            for block in blocks
        ]

    def _relatives(self, entries: list[Entry], cut: Callable[[], bool], spread: Callable[..., Iterator]) -> list:
        """Relatives of the leading entries, refined; each cell is asked for them once."""
        asked = []
        for entry in entries[:_N_LEADING]:
            if entry.evidence < entries[0].evidence - _FAR_BEHIND:
                break
            key = (len(self.observed.q2), tuple(round(v, 2) for v in entry.niggli))
            if key not in self._asked:
                self._asked.add(key)
                asked.append((len(asked), entry))
        if self.stopped or cut():
            return []
        largest = {symbol: largest_volume(symbol, self.observed, self._max_volume) for symbol in self._wanted}
        found: dict[int, list] = {}
        for (number, _), refined in spread(_refined_relatives, asked, self.observed, largest):
            found[number] = refined
            if cut():
                break
        return [one for number in sorted(found) for one in found[number]]

    def losses(self) -> tuple[str, ...]:
        """What to say of units of work that were lost."""
        if not self._n_lost:
            return ()
        return (
            f"{self._n_lost} units of work were lost, since their worker died twice, probably for want of memory; "
            "their candidates are missing from this search.",
        )
