# LIBTBX_SET_DISPATCHER_NAME dials.mlindex_statistics
"""Statistics of crystals, from which synthetic ones are drawn: ``dials.mlindex_statistics``."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from libtbx import Auto

from mlindex_plugin.command import Command, run_command
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import statistics_scope
from mlindex_plugin.whole_files import write_text

# By name: run as a script, __name__ is "__main__", and the package's log would not hear it.
logger = logging.getLogger("mlindex_plugin.command_line.mlindex_statistics")

COMMAND = "dials.mlindex_statistics"
SUMMARY_SCHEMA = {"name": "mlindex_statistics_summary", "version": 1}
USAGE = f"{COMMAND} [options] cells.csv.gz cifs/ [settings.phil] [name=value]"
DESCRIPTION = f"""\
Learns the statistics of synthetic crystals from a table of cells and a folder of CIFs.

Counted are space groups, cell shapes, volumes given the atoms, elements, their repetitions and the Wyckoff positions
that they occupy. What is near an experimental case is left out. The package brings the result for the tables that it
was developed with; this command makes it anew. The counts are also written to <output>.json.

Exit status: 0 when the statistics are written, 1 when an input or a parameter cannot be used, 130 after Ctrl-C.

Example:

  {COMMAND} cells.csv.gz cifs/ output.file=statistics.npz
"""
ATTRIBUTION = (
    "Counts and kernel densities learned from public crystal structures, mainly of the Materials Project (CC BY 4.0; "
    "Jain et al., 2013, APL Materials 1, 011002) and of CoRE MOF 2019 (CC BY 4.0; Chung et al., 2019, J. Chem. Eng. "
    "Data 64, 5985), further of CURATED COFs, the IZA zeolites and test files of open-source programs."
)

phil_scope = statistics_scope()


def run(args=None):
    """Run the command; see `run_command` for arguments and exit status."""
    run_command(Command(COMMAND, USAGE, DESCRIPTION, phil_scope, folders=True), args, _learn)


def _learn(arguments, log) -> bool:
    """From the command line to the file."""
    from mlindex_plugin.algorithms.simulate.dataset import check_output
    from mlindex_plugin.algorithms.simulate.synthetic import write_statistics

    cells, folder = _inputs(arguments.files)
    index, output = arguments.params.input.index, Path(arguments.params.output.file)
    if index is Auto:
        index = cells.with_name("cifs_index.csv")
    check_output(output)
    log.write_to(output.with_name(f"{COMMAND}.log"))
    populations, left_out = _counted(cells, index, folder)
    counts = _summary(populations, left_out)
    for name, n in counts["populations"].items():
        logger.info("%-10s %7d cells, %6d structures", name, n["cells"], n["structures"])
    for reason, n in counts["left_out"].items():
        logger.info("left out   %7d %s", n, reason)
    write_statistics(output, populations, ATTRIBUTION)
    text = json.dumps(counts, indent=2) + "\n"
    summary = write_text(output.with_name(f"{output.stem}.json"), text, "choose another output.file")
    for path in (output, summary):
        logger.info("Saved %s", path)
    return True


def _counted(cells, index, folder):
    """`learn_statistics` with a progress bar on a terminal."""
    from tqdm import tqdm

    from mlindex_plugin.algorithms.simulate.synthetic import learn_statistics

    with tqdm(disable=None, leave=False, unit="CIF") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return learn_statistics(cells, index, folder, progress)


def _summary(populations, left_out) -> dict:
    """Numbers of cells and structures by population, and of what was left out by reason."""
    counted = {
        name: {"cells": int(statistics.space_groups.sum()), "structures": int(statistics.n_structures[-1])}
        for name, statistics in populations.items()
    }
    return {"schema": SUMMARY_SCHEMA, "populations": counted, "left_out": dict(sorted(left_out.items()))}


def _inputs(files) -> tuple[Path, Path]:
    folders = [Path(file) for file in files if Path(file).is_dir()]
    tables = [Path(file) for file in files if not Path(file).is_dir()]
    if len(folders) != 1 or len(tables) != 1:
        raise InputError(f"name one table of cells and one folder of CIFs; {COMMAND} -h says more.")
    return tables[0], folders[0]


if __name__ == "__main__":
    run()
