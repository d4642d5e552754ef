"""All files of a run's report."""

from __future__ import annotations

from pathlib import Path

from mlindex_plugin.algorithms.report.files import write_files
from mlindex_plugin.algorithms.report.html import html_report
from mlindex_plugin.algorithms.report.json_summary import json_summary
from mlindex_plugin.algorithms.report.run_record import RunRecord
from mlindex_plugin.algorithms.report.small_cell import LEADING, small_cell_name, small_cell_phil

_SUMMARY, _PAGE = "mlindex_powder.json", "mlindex_powder.html"
_MOST_PHASES = 3


def write_report(run: RunRecord, directory: Path) -> list[Path]:
    """Write ``mlindex_powder.json``, ``mlindex_powder.html`` and ``small_cell_<rank>.phil`` of the five best.

    Those of a further phase are ``small_cell_<phase>_<rank>.phil``.

    A ``small_cell_<rank>.phil`` that an earlier run left in the folder and this one does not replace is
    removed: it would be taken for an answer of this run.

    Parameters
    ----------
    run : RunRecord
    directory : Path
        An existing folder.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        If they cannot be written; none is then left half-written.
    """
    texts = {_SUMMARY: json_summary(run), _PAGE: html_report(run)}
    for phase, solutions in enumerate((run.result.solutions, *run.result.phases), 1):
        for solution in solutions[:LEADING]:
            texts[small_cell_name(solution.rank, phase)] = small_cell_phil(solution)
    written = write_files(directory, texts)
    for name in _small_cell_names():
        if name not in texts:
            (directory / name).unlink(missing_ok=True)
    return written


def remove_report(directory: Path) -> None:
    """Remove the files that `write_report` writes, and those that a killed one left, where there are any."""
    for name in (_SUMMARY, _PAGE, *_small_cell_names()):
        for path in (directory / name, *directory.glob(f"{name}.*.part")):
            path.unlink(missing_ok=True)


def _small_cell_names() -> list[str]:
    """Every name that a ``small_cell`` file may have."""
    phases, ranks = range(1, _MOST_PHASES + 1), range(1, LEADING + 1)
    return [small_cell_name(rank, phase) for phase in phases for rank in ranks]
