"""Make the table of groups anew: ``python -m mlindex_plugin.algorithms.simulate.grouping cells.csv.gz groups.csv``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)
from mlindex_plugin.algorithms.simulate.grouping.table import make_table
from mlindex_plugin.errors import InputError


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
        text = make_table(cells)
        unfinished = Path(f"{output}.part")
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, output)
    except InputError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{output}: cannot be written ({error.strerror}); choose another place.")


if __name__ == "__main__":
    run()
