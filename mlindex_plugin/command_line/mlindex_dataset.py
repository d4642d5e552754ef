# LIBTBX_SET_DISPATCHER_NAME dials.mlindex_dataset
"""Training data from crystal structures and synthetic crystals: ``dials.mlindex_dataset``."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from pathlib import Path

from libtbx import Auto

from mlindex_plugin.command import Command, run_command
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import dataset_scope

# By name: run as a script, __name__ is "__main__", and the package's log would not hear it.
logger = logging.getLogger("mlindex_plugin.command_line.mlindex_dataset")

COMMAND = "dials.mlindex_dataset"
USAGE = f"{COMMAND} [options] (cifs/ | cifs.tar.gz | file.cif) ... [settings.phil] [name=value]"
DESCRIPTION = f"""\
Makes a data set of crystals and their powder lines, from CIFs or from synthetic crystals, to train models on.

Every structure is checked, turned to the common setting of its lattice and given its observable and allowed lines.
Files that give no entry are counted by reason and listed in <output>_rejected.csv. The work can be stopped at any
moment; the same command goes on where it stopped. An output.file that exists is extended.

Exit status: 0 when the data set is complete, 1 when an input or a parameter cannot be used, 130 after Ctrl-C.

Examples:

  {COMMAND} cifs/ output.file=training.h5
  {COMMAND} synthetic.population=molecular synthetic.n=100000 output.file=molecular.h5 mp.nproc=8
"""

phil_scope = dataset_scope()


def run(args=None):
    """Run the command; see `run_command` for arguments and exit status."""
    run_command(Command(COMMAND, USAGE, DESCRIPTION, phil_scope, folders=True), args, _make)


def _make(arguments, log) -> bool:
    """From the command line to the files; False if Ctrl-C stopped the work."""
    from mlindex_plugin.algorithms.parallel import available_processors
    from mlindex_plugin.algorithms.simulate.dataset import (
        build_dataset,
        check_output,
        open_dataset,
        summary,
        summary_table,
        write_summary,
    )

    params = arguments.params
    order, path = _order(arguments), Path(params.output.file)
    check_output(path)
    log.write_to(path.with_name(f"{COMMAND}.log"))
    n_processes = available_processors() if params.mp.nproc is Auto else params.mp.nproc
    started = time.perf_counter()
    with _progress() as progress:
        complete = build_dataset(order, path, n_processes, progress)
    if not complete:
        logger.info("Interrupted: what is done lies in %s.parts; the same command goes on from there.", path)
        return False
    with open_dataset(path) as dataset:
        logger.info("\n%s\n", summary_table(summary(dataset)))
        logger.info("Saved %s: %d entries, %.0f s", path, len(dataset), time.perf_counter() - started)
        for written in write_summary(dataset, path):
            logger.info("Saved %s", written)
    return True


def _order(arguments):
    from mlindex_plugin.algorithms.simulate.dataset import Order

    params = arguments.params
    population = params.synthetic.population
    if not arguments.files and population is None:
        raise InputError(f"no input: name CIFs or folders, or give synthetic.population; {COMMAND} -h says more.")
    return Order(
        inputs=arguments.files,
        population=population,
        n_synthetic=params.synthetic.n,
        seed=params.dataset.seed,
        left_out=_names(params.input.leave_out),
    )


def _names(path):
    """File names listed in a text file, one a line."""
    if path is None:
        return frozenset()
    try:
        return frozenset(line.strip() for line in Path(path).read_text().splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"input.leave_out={path}: cannot be read as text ({error}).") from error


@contextmanager
def _progress():
    """A progress bar on a terminal, nothing elsewhere; gives the function ``progress(done, total)``."""
    from tqdm import tqdm

    with tqdm(disable=None, unit=" crystals") as bar:

        def progress(done: int, total: int) -> None:
            if bar.total is None:  # what an earlier run has done does not count for the speed
                bar.total, bar.initial, bar.n = total, done, done
            bar.update(done - bar.n)

        yield progress


if __name__ == "__main__":
    run()
