"""A row of the summary, and the file that keeps it: a pattern is done when its row is there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mlindex_plugin.algorithms.report import RunRecord
from mlindex_plugin.whole_files import write_text

ROW_NAME = "mlindex_row.json"
DONE, FAILED, INTERRUPTED = "done", "failed", "interrupted"


@dataclass(frozen=True)
class Row:
    """What the summary says of one pattern.

    Attributes
    ----------
    name, file : str
        Result folder and data file.
    status : str
        ``done``, ``failed`` or ``interrupted`` (the best cell until then, or none).
    reason : str
        Why it failed; empty otherwise.
    lattice : str or None
        Bravais lattice of the best cell; None where there is none, as the following.
    a, b, c, alpha, beta, gamma : float or None
        Å, degrees.
    volume : float or None
        Å³.
    M, F, score : float or None
    n_indexed, n_peaks : int or None
        Lines indexed, lines used.
    next_lattice : str or None
        Bravais lattice of the second best.
    lead : float or None
        Score of the best above that of the second.
    probability : float or None
        Of the best cell.
    verdict : str
        ``found``, ``ambiguous``, ``several`` or ``not_found``; empty where it was not searched.
    n_notes : int
        Notes in the pattern's report.
    seconds : float
        Time that workers have spent on it, all together, in s.
    thumbnail : str
        The pattern and its lines as SVG.
    """

    name: str
    file: str
    status: str
    reason: str = ""
    lattice: str | None = None
    a: float | None = None
    b: float | None = None
    c: float | None = None
    alpha: float | None = None
    beta: float | None = None
    gamma: float | None = None
    volume: float | None = None
    M: float | None = None
    F: float | None = None
    score: float | None = None
    n_indexed: int | None = None
    n_peaks: int | None = None
    next_lattice: str | None = None
    lead: float | None = None
    probability: float | None = None
    verdict: str = ""
    n_notes: int = 0
    seconds: float = 0.0
    thumbnail: str = ""


COLUMNS = tuple(field.name for field in fields(Row) if field.name != "thumbnail")


def row_of(name: str, file: str, record: RunRecord, seconds: float, thumbnail: str) -> Row:
    """The row of a pattern that has been searched."""
    result = record.result
    about = {
        "name": name,
        "file": file,
        "status": INTERRUPTED if result.stopped == "interrupted" else DONE,
        "verdict": result.verdict.outcome,
        "n_notes": len(record.notes),
        "seconds": round(seconds, 3),
        "thumbnail": thumbnail,
    }
    if not result.solutions:
        return Row(**about, n_peaks=result.n_peaks)
    best, *others = result.solutions
    merit = best.figures_of_merit
    lead = merit["score"] - others[0].figures_of_merit["score"] if others else None
    return Row(
        **about,
        lattice=best.bravais_lattice,
        **dict(zip(("a", "b", "c", "alpha", "beta", "gamma"), map(float, best.unit_cell), strict=True)),
        volume=float(best.volume),
        M=_finite(merit.get("M")),
        F=_finite(merit.get("F")),
        score=_finite(merit["score"]),
        n_indexed=int(best.n_indexed),
        n_peaks=int(best.n_peaks),
        next_lattice=others[0].bravais_lattice if others else None,
        lead=_finite(lead),
        probability=best.probability,
    )


def keep_row(folder: Path, row: Row, digest: str) -> None:
    """Write the file that makes a pattern done; `digest` tells what it was made from."""
    write_text(folder / ROW_NAME, json.dumps({"digest": digest, "row": asdict(row)}, indent=1) + "\n")


def kept_row(folder: Path, digest: str) -> Row | None:
    """The row of a pattern that an earlier run has finished from the same content, parameters and program."""
    try:
        kept = json.loads((folder / ROW_NAME).read_text(encoding="utf-8"))
        row = Row(**kept["row"])
        return row if kept["digest"] == digest and row.status == DONE else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _finite(value) -> float | None:
    return float(value) if value is not None and abs(value) < float("inf") else None
