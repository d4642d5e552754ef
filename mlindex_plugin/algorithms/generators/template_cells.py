"""Generator of candidates from Miller-index templates learned from known crystals."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from mlindex_plugin.algorithms.generators.template_choice import TemplateChoice
from mlindex_plugin.algorithms.generators.template_draws import draw_counts, drawn_subsets
from mlindex_plugin.algorithms.generators.template_features import solution_features
from mlindex_plugin.algorithms.generators.template_library import TemplateLibrary, build_library, information
from mlindex_plugin.algorithms.generators.template_screen import template_bases, unexplained
from mlindex_plugin.algorithms.generators.template_solver import solve_templates
from mlindex_plugin.algorithms.lattice import LATTICES, are_cells, full_xnn, hkl_design, volumes_from_xnn
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.algorithms.training.training_set import TrainingSet

logger = logging.getLogger(__name__)

_N_PER_BIN = 4000
_N_LISTS = 600  # that the choice is learned on
_N_SOLVED = 4000
_LEARNING_PART = 6  # a family in six teaches the choice, with templates of the others
_VOLUME_RATIO = 2.5
_SOLVED_PER_CANDIDATE = 1.5
_SCREEN_POWER = 3.0
_LEAST_REST = 1e-6
# A list with many close solutions counts less by each: finding the one of a hard list is worth more.
_EVEN = 0.5
_FAR_KEPT = 300  # solutions of a list that are not close, for learning
_TEMPER = 0.75
_OMITTED = 3  # rows and peaks, when a template is solved again
_LEAST_LOSS = 1e-4
_LEAST_CLOSE = 200  # solutions; too few lists teach no choice
_CHOICE = "choice/"  # names of its arrays
_STEP = 20  # lists between two reports of progress


class TemplateCells:
    """Candidates from templates: screened, solved, and drawn by their learned probability.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    library : TemplateLibrary
    typical : numpy.ndarray, shape (n_rows,)
        Geometric mean of the positions, each list relative to its mean.
    choice : TemplateChoice or None
        None draws by the ratios of the library.
    """

    def __init__(self, symbol: str, library: TemplateLibrary, typical: np.ndarray, choice: TemplateChoice | None):
        self.symbol = symbol
        self.library = library
        self.typical = typical
        self.choice = choice
        self._lattice = LATTICES[symbol]
        self._design = hkl_design(self._lattice, library.hkl, np.int16)
        self._information = information(library.hkl)
        self._bases: dict[int, np.ndarray] = {}

    @classmethod
    def fit(
        cls, training_set: TrainingSet, rng: np.random.Generator, progress: Callable[[float], None] | None = None
    ) -> TemplateCells:
        """Learn templates and their choice from known lists, each from families of its own.

        Parameters
        ----------
        training_set : TrainingSet
        rng : numpy.random.Generator
        progress : callable, optional
            Called with the share of the lists that the choice is learned on that are solved.
        """
        families = np.unique(training_set.family)
        held_out = np.isin(training_set.family, rng.permutation(families)[: len(families) // _LEARNING_PART])
        learning = cls._uniform(training_set.take(~held_out), rng)
        choice = learning._learn_choice(training_set.take(held_out), rng, progress)
        final = cls._uniform(training_set, rng)
        return cls(final.symbol, final.library, final.typical, choice)

    @classmethod
    def _uniform(cls, training_set: TrainingSet, rng: np.random.Generator) -> TemplateCells:
        library = build_library(training_set, _N_PER_BIN, rng)
        n_rows = library.hkl.shape[1]
        q2 = training_set.q2[training_set.n_peaks >= n_rows, :n_rows]
        typical = np.exp(np.log(q2 / q2.mean(axis=1, keepdims=True)).mean(axis=0))
        return cls(training_set.symbol, library, typical, None)

    def _learn_choice(
        self, known: TrainingSet, rng: np.random.Generator, progress: Callable[[float], None] | None
    ) -> TemplateChoice | None:
        features, close, weight = [], [], []
        lists = rng.permutation(len(known))[:_N_LISTS]
        for done, i in enumerate(lists):
            if progress is not None and done % _STEP == 0:
                progress(done / len(lists))
            q2 = known.q2[i, : min(known.n_peaks[i], len(self.typical))]
            _, x, of_list = self._solve(q2, _N_SOLVED, rng)
            if len(x) == 0:
                continue
            near = self._close(x, known.x[i])
            far = np.flatnonzero(~near)
            kept = rng.permutation(far)[:_FAR_KEPT]
            features += [of_list[near], of_list[kept]]
            close += [np.ones(near.sum(), bool), np.zeros(len(kept), bool)]
            weight += [
                np.full(near.sum(), max(near.sum(), 1) ** -_EVEN),
                np.full(len(kept), len(far) / max(len(kept), 1)),
            ]
        n_close = sum(int(of_list.sum()) for of_list in close)
        if n_close < _LEAST_CLOSE:
            logger.info(
                "%s: %d close solutions teach no choice of templates, which are drawn by their ratios",
                self.symbol,
                n_close,
            )
            return None
        seed = int(rng.integers(2**31))
        return TemplateChoice.fit(np.concatenate(features), np.concatenate(close), np.concatenate(weight), seed)

    def _close(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """Which cells are close to the true one; a volume far from the true one saves the reduction."""
        log_ratio = np.log(volumes_from_xnn(full_xnn(self._lattice, np.vstack([truth, x]))))
        near = np.abs(log_ratio[1:] - log_ratio[0]) < np.log(_VOLUME_RATIO)
        near[near] = close_candidates(self.symbol, x[near], truth)
        return near

    def generate(self, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Candidates for a peak list.

        Templates drawn more than once are solved again with some of their rows and peaks left out.

        Parameters
        ----------
        q2 : numpy.ndarray, shape (n_peaks,)
            Peaks, ascending, 1/Å²; as many are used as a template has rows.
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray, shape (at most n, n_free)
            Free xnn, 1/Å².
        """
        q2 = np.asarray(q2, float)[: len(self.typical)]
        picked, x, features = self._solve(q2, round(_SOLVED_PER_CANDIDATE * n), rng)
        if len(x) == 0:
            return x
        if self.choice is None:
            weight = self.library.ratio[picked]
        else:
            weight = self.choice.probability(features) ** _TEMPER
        counts = draw_counts(weight, n, rng)
        again = np.repeat(picked, np.maximum(counts - 1, 0))
        omitted = max(1, min(_OMITTED, len(q2) - self._lattice.n_free))  # short lists still decide all parameters
        rows, peaks = drawn_subsets(len(again), len(q2), omitted, rng)
        varied, _, _ = solve_templates(self._design, again, rows, peaks, q2)
        varied = varied[are_cells(full_xnn(self._lattice, varied))]
        return np.unique(np.concatenate([x[counts > 0], varied]), axis=0)

    def _solve(self, q2: np.ndarray, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Screen and solve n templates: which ones, free xnn, features; only physical solutions."""
        picked = self._screen(q2, n, rng)
        every = np.arange(len(q2))[None]
        x, loss, iterations = solve_templates(self._design, picked, every, every, q2)
        known = np.column_stack([np.log(loss + _LEAST_LOSS), iterations, self._information[picked]])
        physical, features = solution_features(self._lattice, x, q2, known)
        return picked[physical], x[physical], features

    def _screen(self, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n templates, those that can explain the peaks sooner (Gumbel noise draws without replacement)."""
        if n >= len(self.library):
            return np.arange(len(self.library))
        rest = unexplained(self._bases_of(len(q2)), self.typical[: len(q2)], q2)
        score = rng.gumbel(size=len(rest)) - _SCREEN_POWER * np.log(rest + _LEAST_REST)
        return np.sort(np.argpartition(-score, n)[:n])

    def _bases_of(self, n_rows: int) -> np.ndarray:
        """Bases for so many peaks; kept are those for whole templates, and for the last shorter list."""
        if n_rows not in self._bases:
            whole = len(self.typical)
            self._bases = {n: bases for n, bases in self._bases.items() if n == whole}
            self._bases[n_rows] = template_bases(self._design, self.typical[:n_rows])
        return self._bases[n_rows]

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that `from_arrays` needs."""
        choice = {} if self.choice is None else self.choice.arrays()
        stored = {f"{_CHOICE}{name}": value for name, value in choice.items()}
        ratio = self.library.ratio.astype(np.float32)
        return stored | {"hkl": self.library.hkl, "ratio": ratio, "typical": self.typical}

    @classmethod
    def from_arrays(cls, symbol: str, arrays: dict[str, np.ndarray]) -> TemplateCells:
        """From `arrays`."""
        choice = {name[len(_CHOICE) :]: value for name, value in arrays.items() if name.startswith(_CHOICE)}
        library = TemplateLibrary(arrays["hkl"], arrays["ratio"])
        return cls(symbol, library, arrays["typical"], TemplateChoice.from_arrays(choice) if choice else None)
