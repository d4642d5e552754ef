"""What a data set holds, for people and programs."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.dataset.layout import FORMAT, SPLITS, VERSION
from mlindex_plugin.algorithms.simulate.preparation.reasons import REASONS
from mlindex_plugin.whole_files import write_text

SUMMARY_SCHEMA = {"name": f"{FORMAT}_summary", "version": 1}


def summary(dataset) -> dict:
    """Numbers of entries by lattice, source and split, and of rejected structures by reason.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    dict
        Every reason and split is named, also those that did not occur.
    """
    splits, lattices = dataset.column("split").tolist(), dataset.column("bravais_lattice").tolist()
    pairs = Counter(zip(lattices, splits, strict=True))
    reasons = Counter(dataset.column("rejected/reason").tolist())
    return {
        "schema": SUMMARY_SCHEMA,
        "layout_version": VERSION,
        "seed": dataset.seed,
        "files": len(dataset.column("files/name")),
        "entries": len(dataset),
        "sources": dict(sorted(Counter(dataset.column("source").tolist()).items())),
        "bravais_lattices": {
            lattice: {split: pairs[lattice, split] for split in SPLITS} for lattice in LATTICES if lattice in lattices
        },
        "rejected": {reason: reasons[reason] for reason in REASONS},
    }


def summary_table(counts) -> str:
    """The counts of `summary` as text."""
    lines = [f"{'lattice':<8}" + "".join(f"{split:>12}" for split in SPLITS)]
    for lattice, of_lattice in counts["bravais_lattices"].items():
        lines.append(f"{lattice:<8}" + "".join(f"{of_lattice[split]:>12}" for split in SPLITS))
    total = [sum(of_lattice[split] for of_lattice in counts["bravais_lattices"].values()) for split in SPLITS]
    lines.append(f"{'all':<8}" + "".join(f"{n:>12}" for n in total))
    if counts["files"]:
        lines += ["", f"{'rejected':>8}  reason", *(f"{n:>8}  {reason}" for reason, n in counts["rejected"].items())]
        lines.append(f"{sum(counts['rejected'].values()):>8}  in all")
    return "\n".join(lines)


def write_summary(dataset, path):
    """Write ``<stem>.json`` and, where structures were rejected, ``<stem>_rejected.csv`` beside a data set.

    Parameters
    ----------
    dataset : Dataset
    path : pathlib.Path
        Of the data set.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    path = Path(path)
    remedy = "choose another output.file"
    text = json.dumps(summary(dataset), indent=2) + "\n"
    written = [write_text(path.with_name(f"{path.stem}.json"), text, remedy)]
    rows = list(zip(*(dataset.column(f"rejected/{name}") for name in ("identifier", "reason", "detail")), strict=True))
    if rows:
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows([("file", "reason", "detail"), *sorted(rows)])
        written.append(write_text(path.with_name(f"{path.stem}_rejected.csv"), table.getvalue(), remedy))
    return written
