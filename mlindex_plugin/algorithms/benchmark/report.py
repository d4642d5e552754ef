"""``mlindex_benchmark.json`` and ``.html``: what a run found, and how it compares with another."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mlindex_plugin.algorithms.benchmark import plots, text
from mlindex_plugin.algorithms.benchmark.calibration import calibration
from mlindex_plugin.algorithms.benchmark.comparison import SCHEMA, changed, compare
from mlindex_plugin.algorithms.benchmark.rates import tables
from mlindex_plugin.algorithms.benchmark.store import program_digest
from mlindex_plugin.algorithms.report import versions
from mlindex_plugin.algorithms.report.files import write_files


@dataclass(frozen=True)
class BenchmarkRun:
    """What a report tells about.

    Attributes
    ----------
    records : list of dict
        Of the searches that are done.
    n_asked : int
        Number of searches asked for; more than there are records where the run was interrupted.
    data : tuple of str
        Data sets.
    parameters : str
        PHIL text of the parameters that differ from their defaults.
    other : list of dict or None
        Records of the run to compare with.
    other_name : str or None
        Its file.
    """

    records: list[dict]
    n_asked: int
    data: tuple[str, ...]
    parameters: str
    other: list[dict] | None = None
    other_name: str | None = None

    @property
    def tables(self) -> list[dict]:
        """See `rates.tables`."""
        return tables(self.records)

    @property
    def calibration(self) -> dict | None:
        """See `calibration.calibration`; over all conditions together."""
        return calibration(self.records)

    @property
    def comparison(self) -> list[dict] | None:
        """See `comparison.compare`; None where there is nothing to compare with."""
        return None if self.other is None else compare(self.records, self.other)


def write_benchmark(run: BenchmarkRun, directory: Path) -> list[Path]:
    """Write the summary and the page.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        If they cannot be written; none is then left half-written.
    """
    return write_files(directory, {"mlindex_benchmark.json": _json(run), "mlindex_benchmark.html": _html(run)})


def _json(run: BenchmarkRun) -> str:
    content = {
        "schema": SCHEMA,
        "versions": versions(),
        "program_digest": program_digest(),
        "data": list(run.data),
        "parameters": run.parameters,
        "n_asked": run.n_asked,
        "tables": run.tables,
        "calibration": run.calibration,
        "compared_with": run.other_name,
        "comparison": run.comparison,
        "searches": run.records,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _html(run: BenchmarkRun) -> str:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("mlindex_plugin.algorithms.benchmark")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    found = run.tables
    failures = {
        text.title(table): [
            text.failure_line(record)
            for record in run.records
            if (record["condition"], record["lattice"]) == (table["condition"], table["lattice"])
            and record["rank"] != 1
        ]
        for table in found
    }
    return environment.get_template("benchmark.html.jinja").render(
        run=run,
        tables=found,
        title=text.title,
        percent=text.percent,
        failures=failures,
        pictures=_pictures(run, found) if found else {},
        calibration=run.calibration and text.calibration_line(run.calibration),
        comparison=run.comparison,
        changes=_changes(run),
        versions=versions(),
        program=program_digest(),
    )


def _pictures(run: BenchmarkRun, found: list[dict]) -> dict[str, str]:
    pictures = {
        "Rates with 95 % intervals": plots.ladder_plot(found),
        "Top-1 by lattice": plots.lattice_plot(found),
        "Truth not first, by reason": plots.failure_plot(found),
        "Time": plots.time_plot(run.records),
    }
    if run.calibration is not None:
        pictures["Probabilities"] = plots.reliability_plot(run.calibration)
    return pictures


def _changes(run: BenchmarkRun) -> list[str]:
    if run.other is None:
        return []
    return [
        f"{one['condition']}: {one['bravais_lattice']} {one['name']}: rank {one['rank'] or '-'} here, "
        f"{its['rank'] or '-'} there"
        for one, its in changed(run.records, run.other)
    ]
