# LIBTBX_SET_DISPATCHER_NAME dials.mlindex_powder
"""The unit cell from the lines of a powder pattern: ``dials.mlindex_powder``."""

from __future__ import annotations

import logging
import signal
import time
from contextlib import contextmanager
from pathlib import Path

from mlindex_plugin.command import Command, run_command
from mlindex_plugin.errors import InputError
from mlindex_plugin.folder_lock import folder_lock
from mlindex_plugin.phil import powder_scope

# By name: run as a script, __name__ is "__main__", and the package's log would not hear it.
logger = logging.getLogger("mlindex_plugin.command_line.mlindex_powder")

COMMAND = "dials.mlindex_powder"
USAGE = f"{COMMAND} [options] (combined.expt combined.refl ... | peaks_or_pattern ...) [settings.phil] [name=value]"
DESCRIPTION = f"""\
Finds the unit cell from powder lines, all 14 Bravais lattices searched.

Input is either DIALS files (.expt with their .refl: stills with found spots, any number of pairs, one data set) or
files with a peak list or a powder pattern each. The results are a table on screen and in {COMMAND}.log,
mlindex_powder.json, mlindex_powder.html and small_cell_<rank>.phil for cctbx.small_cell_process, all in
output.directory. With search.n_phases=2 or 3 each further phase has a table and small_cell_<phase>_<rank>.phil.

Several peak lists or patterns, or a list of them (input.file_list), are a batch: each is searched for itself and has a
folder of its name in output.directory, which also gets mlindex_batch.csv, .json and .html with a row for each. Run
again, a batch does only what is missing.

Exit status: 0 when the search has been done (also when no cell was found: "solutions" is then empty), 1 when the
input or a parameter cannot be used, or a pattern of a batch failed, 130 after Ctrl-C or SIGTERM (the best cells found
until then are written).

Examples:

  {COMMAND} combined.expt combined.refl
  {COMMAND} peaks.txt input.units=d
  {COMMAND} pattern.xy input.units=two_theta input.wavelength=1.5406 output.directory=results
  {COMMAND} patterns/*.xy input.wavelength=1.5406 output.directory=results mp.nproc=8
  mpirun -n 17 {COMMAND} input.file_list=patterns.txt output.directory=results mp.method=mpi
"""
SHOWN = 10
SPOT_SUFFIXES = (".expt", ".refl")

phil_scope = powder_scope()


def run(args=None):
    """Run the command; see `run_command` for arguments and exit status."""
    run_command(Command(COMMAND, USAGE, DESCRIPTION, phil_scope), args, _find_cell)


def _find_cell(arguments, log) -> bool:
    """From the command line to the files; False if Ctrl-C or SIGTERM stopped the search."""
    params = arguments.params
    files = arguments.files
    if params.input.file_list is not None:
        from mlindex_plugin.algorithms.batch import read_file_list

        files = (*files, *read_file_list(params.input.file_list))
    if is_batch(files, params):
        return _find_cells(files, arguments, log)

    from mlindex_plugin.algorithms.indexing import PreparedSearch
    from mlindex_plugin.algorithms.parallel import stop_signals_to
    from mlindex_plugin.algorithms.report import RunRecord, prepare_directory, write_report

    started = time.perf_counter()
    peaks = read_input(files, params)
    seconds = {"read": time.perf_counter() - started}
    logger.info("%d peaks from %s, d %.3f to %.3f Å", len(peaks), " ".join(files), *_d_range(peaks))
    for note in peaks.notes:
        logger.info("Note: %s", note)

    search = PreparedSearch(peaks, params)  # refuses what cannot be searched, before anything is written
    directory = prepare_directory(params.output.directory)
    with folder_lock(directory):
        log.write_to(directory / f"{COMMAND}.log")
        with _progress() as progress:
            result = search.run(progress)
        # an impatient second Ctrl-C must not cost the results that the first one asked for
        with stop_signals_to(signal.SIG_IGN):
            record = RunRecord(files, peaks, result, arguments.scope, arguments.diff, seconds)
            _say(record)
            for path in write_report(record, directory):
                logger.info("Saved %s", path)
    return result.stopped != "interrupted"


def _find_cells(files, arguments, log) -> bool:
    """The cells of a batch of patterns."""
    from mlindex_plugin.algorithms.batch import name_patterns, run_batch, timed_unit, timed_units, write_summary
    from mlindex_plugin.algorithms.parallel import Interruption, workers_for
    from mlindex_plugin.algorithms.report import prepare_directory
    from mlindex_plugin.algorithms.rounds import check_parameters
    from mlindex_plugin.algorithms.unit_groups import unit_groups

    params = arguments.params
    check_parameters(params)
    patterns = name_patterns(files)
    workers = workers_for(params.mp, unit_groups(params, len(patterns), timed_unit, timed_units))
    directory = prepare_directory(params.output.directory)
    with folder_lock(directory):
        log.write_to(directory / f"{COMMAND}.log")
        with Interruption() as interruption:  # until the summary is written
            with workers:
                logger.info("%d patterns", len(patterns))

                def tell(n_done: int, row, searched: bool) -> None:
                    logger.info("[%d/%d] %s", n_done, len(patterns), _line(row, searched))

                rows = run_batch(
                    patterns, directory, arguments.diff, params.search.time_limit, workers, interruption, tell
                )
            for path in write_summary(rows, directory):
                logger.info("Saved %s", path)
        n_failed = sum(row.status == "failed" for row in rows)
        if n_failed:
            table = directory / "mlindex_batch.csv"
            raise InputError(f"{n_failed} of {len(rows)} patterns could not be searched; {table} says why.")
    return all(row.status != "interrupted" for row in rows)


def _line(row, searched: bool) -> str:
    """A finished pattern in a line."""
    if row.status == "failed":
        return f"{row.name}: {row.reason}"
    if row.lattice is None:
        return f"{row.name}: {'interrupted' if row.status == 'interrupted' else 'no cell found'}"
    cell = " ".join(f"{value:.4g}" for value in (row.a, row.b, row.c, row.alpha, row.beta, row.gamma))
    found = f"{row.name}: {row.lattice} {cell}, M {row.M or 0:.1f}, {row.n_indexed}/{row.n_peaks} lines"
    return f"{found}, {row.seconds:.1f} s" if searched else f"{found}, done before"


def _say(record) -> None:
    """The result for screen and log."""
    from mlindex_plugin.algorithms.report import (
        alternatives_lines,
        cell_with_errors,
        extinction_lines,
        scale_text,
        solutions_table,
    )

    result = record.result
    for lattice, reason in result.lattices_skipped.items():
        logger.info("%s skipped: %s", lattice, reason)
    for note in record.notes:
        if note not in record.peaks.notes:  # those have been said before the search
            logger.info("Note: %s", note)
    logger.info("%s", result.verdict.text)
    if result.solutions:
        best = result.solutions[0]
        logger.info("\n%s\n", solutions_table(result.solutions[:SHOWN]))
        logger.info("Cell 1 with standard errors: %s", " ".join(cell_with_errors(best)))
        logger.info("%s\n", scale_text(best, record.scope.extract().input.scale_error))
        logger.info("%s\n", extinction_lines(result.solutions[:SHOWN]))
        alternatives = alternatives_lines(best)
        if alternatives:
            logger.info("Solution 1 is explained as well by:\n%s\n", "\n".join(f"  {line}" for line in alternatives))
        for phase, solutions in enumerate(result.phases, 2):
            logger.info("Phase %d\n\n%s\n", phase, solutions_table(solutions[:SHOWN]))
    else:
        logger.info("\nNo cell was found in the lattices searched: %s.\n", " ".join(result.lattices_searched))


def is_batch(files, params) -> bool:
    """Whether several patterns are each to be searched for themselves.

    Parameters
    ----------
    files : sequence of str
    params : libtbx.phil.scope_extract

    Raises
    ------
    InputError
        If there are no files, or they are of both kinds.
    """
    if not files:
        raise InputError(f"no input: name .expt and .refl files, or a peak list or pattern; {COMMAND} -h says more.")
    others = [file for file in files if Path(file).suffix not in SPOT_SUFFIXES]
    if others and len(others) < len(files):
        raise InputError(f"{others[0]}: a peak list or pattern cannot be combined with .expt and .refl files.")
    return bool(others) and (len(files) > 1 or params.input.file_list is not None)


def read_input(files, params):
    """The peak list of a data set.

    Parameters
    ----------
    files : sequence of str
        ``.expt`` and ``.refl`` files, or one peak list or pattern.
    params : libtbx.phil.scope_extract

    Returns
    -------
    PeakList

    Raises
    ------
    InputError
        If they cannot be read.
    """
    from mlindex_plugin.algorithms import peaks

    if Path(files[0]).suffix in SPOT_SUFFIXES:
        return peaks.peaks_from_spots(peaks.pair_files(files), params)
    return peaks.read_peaks(files[0], params)


def _d_range(peaks) -> tuple[float, float]:
    return peaks.q2[-1] ** -0.5, peaks.q2[0] ** -0.5


@contextmanager
def _progress():
    """A progress bar on a terminal, nothing elsewhere; gives the function ``progress(fraction, message)``."""
    from tqdm import tqdm

    with tqdm(total=1.0, disable=None, leave=False, bar_format="{percentage:3.0f}% |{bar:30}| {desc}") as bar:

        def progress(fraction: float, message: str) -> None:
            bar.set_description_str(message, refresh=False)
            bar.update(fraction - bar.n)

        yield progress


if __name__ == "__main__":
    run()
