"""Make the table of groups anew: ``python -m mlindex_plugin.algorithms.simulate.grouping cells.csv.gz groups.csv``."""

from __future__ import annotations

import sys

import mlindex_plugin  # noqa: F401  (cctbx first)
from mlindex_plugin.algorithms.simulate.grouping.table import make_table
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import write_text


def run(args=None):
    """Write the table of groups.

    Parameters
    ----------
    args : list of str, optional
        The table of cells and the file to write; those of the command line by default.
    """
    args = sys.argv[1:] if args is None else args
    if len(args) != 2:
        sys.exit("Give two files: the table of cells (cells.csv.gz) and the table of groups to write (groups.csv).")
    cells, output = args
    try:
        write_text(output, make_table(cells))
    except InputError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    run()
