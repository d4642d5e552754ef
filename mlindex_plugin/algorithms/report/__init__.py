"""Reports of a run: the table, the JSON summary, the HTML page and the PHIL files for small_cell."""

from __future__ import annotations

from mlindex_plugin.algorithms.report.alternatives_text import alternatives_lines
from mlindex_plugin.algorithms.report.files import prepare_directory
from mlindex_plugin.algorithms.report.run_record import RunRecord, versions
from mlindex_plugin.algorithms.report.scale_text import scale_text
from mlindex_plugin.algorithms.report.table import cell_with_errors, extinction_lines, solutions_table
from mlindex_plugin.algorithms.report.write import remove_report, write_report

__all__ = [
    "RunRecord",
    "alternatives_lines",
    "cell_with_errors",
    "extinction_lines",
    "prepare_directory",
    "remove_report",
    "scale_text",
    "solutions_table",
    "versions",
    "write_report",
]
