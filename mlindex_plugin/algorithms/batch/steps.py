"""What a worker does for a pattern: begin, units of work, advance, finish. Each step may be another worker's."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import mlindex_plugin
from mlindex_plugin.algorithms.batch.patterns import Pattern
from mlindex_plugin.algorithms.batch.row import FAILED, ROW_NAME, Row, keep_row, kept_row, row_of
from mlindex_plugin.algorithms.batch.thumbnail import thumbnail
from mlindex_plugin.algorithms.peaks import PeakList, read_peaks
from mlindex_plugin.algorithms.phases import rounds_for
from mlindex_plugin.algorithms.report import RunRecord, prepare_directory, remove_report, write_report
from mlindex_plugin.algorithms.rounds import Rounds
from mlindex_plugin.algorithms.search import Observed, Unit, UnitResult, run_unit, run_units
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.registry import models_checksum

_NOT_OF_THE_ANSWER = ("mp.", "output.", "input.file_list", "search.device")


@dataclass
class Task:
    """A pattern under work.

    Attributes
    ----------
    pattern : Pattern
    directory : str
        Of the batch.
    diff : str
        PHIL text of the parameters that differ from their defaults.
    digest : str
        Of content, parameters, models and program: the same give the same answer.
    peaks : PeakList
    rounds : Rounds
    seconds : dict
        Wall time in s by stage.
    """

    pattern: Pattern
    directory: str
    diff: str
    digest: str
    peaks: PeakList
    rounds: Rounds
    seconds: dict[str, float] = field(default_factory=dict)


@lru_cache(maxsize=4)
def working_scope(diff: str):
    """The working parameters for the PHIL text of those that were changed."""
    import iotbx.phil

    from mlindex_plugin.phil import powder_scope

    return powder_scope().fetch(source=iotbx.phil.parse(diff))


def timed(function: Callable, *arguments) -> tuple[Any, float]:
    """What a function returns, and the wall time in s that it took."""
    started = time.perf_counter()
    value = function(*arguments)
    return value, time.perf_counter() - started


def timed_unit(unit: Unit, observed: Observed) -> tuple[UnitResult, float]:
    """A unit of work, and the wall time in s that it took."""
    return timed(run_unit, unit, observed)


def timed_units(tasks: list[tuple[Unit, Observed]], device: str) -> list[tuple[UnitResult, float]]:
    """`timed_unit` of many units that torch optimises together; each has its share of the time."""
    results, seconds = timed(run_units, tasks, device)
    return [(result, seconds / len(tasks)) for result in results]


def begin(pattern: Pattern, directory: str, diff: str) -> Task | Row:
    """Read a pattern; its row where it has been finished before, or cannot be searched."""
    started = time.perf_counter()
    folder = Path(directory) / pattern.name
    try:
        digest = _digest(pattern.file, diff)
        row = kept_row(folder, digest)
        if row is not None:
            return replace(row, file=pattern.file)
        _clear(folder)
        params = working_scope(diff).extract()
        peaks = read_peaks(pattern.file, params)
        rounds = rounds_for(peaks, params)
    except InputError as error:
        return Row(pattern.name, pattern.file, FAILED, str(error), seconds=round(time.perf_counter() - started, 3))
    return Task(pattern, directory, diff, digest, peaks, rounds, {"read": time.perf_counter() - started})


def advance(rounds: Rounds, results: list, n_lost: int, seconds_left: float) -> Rounds:
    """Take the results of a round, as `Rounds.advance`; hurry when the time is over."""
    end = time.monotonic() + seconds_left
    rounds.lost(n_lost)

    def cut() -> bool:
        if time.monotonic() > end:
            rounds.stopped = "time_limit"
        return rounds.stopped is not None

    rounds.advance(results, cut)
    return rounds


def finish(task: Task, results: list, seconds: float) -> Row:
    """Write the report and the row.

    Parameters
    ----------
    task : Task
    results : list
        Those of the round in which the search was cut.
    seconds : float
        Time that workers have spent on the pattern.

    Raises
    ------
    InputError
        If they cannot be written.
    """
    if task.rounds.stopped:
        task.rounds.advance(results)
    pattern = task.pattern
    result = task.rounds.result(seconds)
    record = RunRecord((pattern.file,), task.peaks, result, working_scope(task.diff), task.diff, task.seconds)
    folder = prepare_directory(Path(task.directory) / pattern.name)
    write_report(record, folder)
    picture = thumbnail(task.peaks, result.solutions[0] if result.solutions else None)
    row = row_of(pattern.name, pattern.file, record, seconds, picture)
    keep_row(folder, row, task.digest)
    return row


def _digest(file: str, diff: str) -> str:
    params = {one.path: str(one.object.extract()) for one in working_scope(diff).all_definitions()}
    params = {path: value for path, value in params.items() if not path.startswith(_NOT_OF_THE_ANSWER)}
    models = models_checksum(working_scope(diff).extract().model.directory)
    digest = hashlib.sha256(f"{mlindex_plugin.__version__}\n{models}\n{params}\n".encode())
    try:
        with open(file, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(f"{file}: {_why(error)}.") from error
    return digest.hexdigest()


def _clear(folder: Path) -> None:
    """Remove what was made from something else, or not finished."""
    try:
        (folder / ROW_NAME).unlink(missing_ok=True)
        remove_report(folder)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot hold results ({error.strerror.lower()}); choose another output.directory."
        ) from error


def _why(error: OSError) -> str:
    return "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror.lower()})"
