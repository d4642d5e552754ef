"""The summary of a batch: ``mlindex_batch.csv``, ``.json`` and ``.html``."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from mlindex_plugin.algorithms.batch.row import COLUMNS, DONE, FAILED, INTERRUPTED, Row
from mlindex_plugin.algorithms.ranking.verdict import probability_text
from mlindex_plugin.algorithms.report import versions
from mlindex_plugin.algorithms.report.files import write_files

SCHEMA_VERSION = 1
_LENGTHS, _ANGLES = ("a", "b", "c"), ("alpha", "beta", "gamma")


def write_summary(rows: list[Row], directory: Path) -> list[Path]:
    """Write the summary, one row a pattern in the order of the batch.

    Parameters
    ----------
    rows : list of Row
    directory : Path
        The folder of the batch, which holds the result folders.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        If they cannot be written; none is then left half-written.
    """
    texts = {
        "mlindex_batch.csv": _csv(rows),
        "mlindex_batch.json": _json(rows),
        "mlindex_batch.html": _html(rows),
    }
    return write_files(directory, texts)


def counts(rows: list[Row]) -> dict[str, int]:
    """Number of rows by status; all three are there."""
    found = Counter(row.status for row in rows)
    return {status: found[status] for status in (DONE, FAILED, INTERRUPTED)}


def _csv(rows: list[Row]) -> str:
    stream = io.StringIO()
    table = csv.DictWriter(stream, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(row) for row in rows)
    return stream.getvalue()


def _json(rows: list[Row]) -> str:
    patterns = [{name: value for name, value in asdict(row).items() if name in COLUMNS} for row in rows]
    content = {
        "schema": {"name": "mlindex_batch", "version": SCHEMA_VERSION},
        "counts": counts(rows),
        "patterns": patterns,
        "versions": versions(),
    }
    return json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _html(rows: list[Row]) -> str:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("mlindex_plugin.algorithms.batch")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("batch.html.jinja").render(
        rows=[_cells(row) for row in rows], counts=counts(rows), versions=versions()
    )


def _cells(row: Row) -> dict:
    """Texts of a row of the page; numbers are sorted by the values behind them."""
    return {
        "row": row,
        "page": f"{quote(row.name)}/mlindex_powder.html" if row.n_peaks is not None else None,
        "cell": [_text(getattr(row, name), 4) for name in _LENGTHS]
        + [_text(getattr(row, name), 3) for name in _ANGLES],
        "numbers": [getattr(row, name) for name in (*_LENGTHS, *_ANGLES)],
        "volume": _text(row.volume, 1),
        "M": _text(row.M, 1),
        "lead": _text(row.lead, 1),
        "probability": "" if row.probability is None else probability_text(row.probability),
        "indexed": "" if row.n_indexed is None else f"{row.n_indexed}/{row.n_peaks}",
        "unindexed": None if row.n_indexed is None else row.n_peaks - row.n_indexed,
        "seconds": _text(row.seconds, 1),
    }


def _text(value: float | None, decimals: int) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if decimals == 3 and value in (90.0, 120.0) else f"{value:.{decimals}f}"
