# LIBTBX_SET_DISPATCHER_NAME dials.mlindex_powder
"""The unit cell from the lines of a powder pattern: ``dials.mlindex_powder``."""

from __future__ import annotations

import logging
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from mlindex_plugin.command import Command, run_command
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import powder_scope

# By name: run as a script, __name__ is "__main__", and the package's log would not hear it.
logger = logging.getLogger("mlindex_plugin.command_line.mlindex_powder")

COMMAND = "dials.mlindex_powder"
USAGE = f"{COMMAND} [options] (combined.expt combined.refl ... | peaks_or_pattern) [settings.phil] [name=value]"
DESCRIPTION = f"""\
Finds the unit cell from powder lines, all 14 Bravais lattices searched.

Input is either DIALS files (.expt with their .refl: stills with found spots, any number of pairs) or one file with a
peak list or a powder pattern. The results are a table on screen and in {COMMAND}.log, mlindex_powder.json,
mlindex_powder.html and small_cell_<rank>.phil for cctbx.small_cell_process, all in output.directory.

Exit status: 0 when the search has been done (also when no cell was found: "solutions" is then empty), 1 when the
input or a parameter cannot be used, 130 after Ctrl-C (the best cells found until then are written).

Examples:

  {COMMAND} combined.expt combined.refl
  {COMMAND} peaks.txt input.units=d
  {COMMAND} pattern.xy input.units=two_theta input.wavelength=1.5406 output.directory=results
"""
SHOWN = 10
SPOT_SUFFIXES = (".expt", ".refl")

phil_scope = powder_scope()


def run(args=None):
    """Run the command; see `run_command` for arguments and exit status."""
    run_command(Command(COMMAND, USAGE, DESCRIPTION, phil_scope), args, _find_cell)


def _find_cell(arguments, log) -> bool:
    """From the command line to the files; False if Ctrl-C stopped the search."""
    from mlindex_plugin.algorithms.report import RunRecord, prepare_directory, write_report

    params = arguments.params
    started = time.perf_counter()
    peaks = read_input(arguments.files, params)
    seconds = {"read": time.perf_counter() - started}
    logger.info("%d peaks from %s, d %.3f to %.3f Å", len(peaks), " ".join(arguments.files), *_d_range(peaks))
    for note in peaks.notes:
        logger.info("Note: %s", note)

    _check(peaks, params)
    directory = prepare_directory(params.output.directory)
    log.write_to(directory / f"{COMMAND}.log")
    result = _search(peaks, params)

    with _uninterrupted():
        record = RunRecord(arguments.files, peaks, result, arguments.scope, arguments.diff, seconds)
        _say(record)
        for path in write_report(record, directory):
            logger.info("Saved %s", path)
    return result.stopped != "interrupted"


def _check(peaks, params) -> None:
    """Refuse what cannot be searched before anything is written."""
    from mlindex_plugin.algorithms.indexing import prepare

    prepare(peaks, params)


def _search(peaks, params):
    from mlindex_plugin.algorithms.indexing import search

    with _progress() as progress:
        return search(peaks, params, progress)


def _say(record) -> None:
    """The result for screen and log."""
    from mlindex_plugin.algorithms.report import solutions_table

    result = record.result
    for lattice, reason in result.lattices_skipped.items():
        logger.info("%s skipped: %s", lattice, reason)
    for note in record.notes:
        if note not in record.peaks.notes:  # those have been said before the search
            logger.info("Note: %s", note)
    if result.solutions:
        logger.info("\n%s\n", solutions_table(result.solutions[:SHOWN]))
    else:
        logger.info("\nNo cell was found in the lattices searched: %s.\n", " ".join(result.lattices_searched))


def read_input(files, params):
    """The peak list of the data files named on the command line.

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
        If there are no files, or they are of both kinds, or cannot be read.
    """
    from mlindex_plugin.algorithms import peaks

    spot_files = [file for file in files if Path(file).suffix in SPOT_SUFFIXES]
    if not files:
        raise InputError(f"no input: name .expt and .refl files, or a peak list or pattern; {COMMAND} -h says more.")
    if not spot_files:
        if len(files) > 1:
            raise InputError(f"{' '.join(files)}: only one peak list or pattern can be searched at a time.")
        return peaks.read_peaks(files[0], params)
    others = [file for file in files if file not in spot_files]
    if others:
        raise InputError(f"{others[0]}: a peak list or pattern cannot be combined with .expt and .refl files.")
    return peaks.peaks_from_spots(peaks.pair_files(spot_files), params)


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


@contextmanager
def _uninterrupted():
    """Ignore Ctrl-C: an impatient second one must not cost the results that the first one asked for."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    run()
