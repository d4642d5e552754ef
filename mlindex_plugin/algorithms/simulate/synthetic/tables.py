"""Tables of crystals as CSV files, gzip or not."""

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path

from mlindex_plugin.errors import InputError

UNREADABLE = "unreadable row"


def read_rows(path, columns):
    """Rows of a table, one after another.

    Parameters
    ----------
    path : str or pathlib.Path
    columns : sequence of str
        Which the table must have.

    Yields
    ------
    dict of str to str, or None
        None for a row with too few or too many values.

    Raises
    ------
    InputError
        If the file cannot be read to its end, lacks a column, or has no rows.
    """
    path = Path(path)
    opened = gzip.open if path.suffix == ".gz" else open
    n_rows = 0
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            _check_columns(path, reader.fieldnames or (), columns)
            for row in reader:
                n_rows += 1
                yield None if None in row or None in row.values() else row
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise InputError(
            f"{path}: not a readable CSV file ({type(error).__name__}); check its name and contents."
        ) from error
    if n_rows == 0:
        raise InputError(f"{path}: a table without rows; give one that lists crystals.")


def _check_columns(path, found, wanted) -> None:
    missing = [name for name in wanted if name not in found]
    if missing:
        raise InputError(f"{path}: no column {', '.join(missing)}; give a table with {', '.join(wanted)}.")
