# LIBTBX_SET_DISPATCHER_NAME dials.mlindex_train
"""Models for the search, trained on data sets: ``dials.mlindex_train``."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from libtbx import Auto

from mlindex_plugin.command import Command, run_command
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import train_scope

# By name: run as a script, __name__ is "__main__", and the package's log would not hear it.
logger = logging.getLogger("mlindex_plugin.command_line.mlindex_train")

COMMAND = "dials.mlindex_train"
USAGE = f"{COMMAND} [options] training.h5 [more.h5 ...] [settings.phil] [name=value]"
DESCRIPTION = f"""\
Trains the models with which dials.mlindex_powder proposes cells, on data sets of dials.mlindex_dataset.

For each lattice: peak lists with the errors of experiments are made from the crystals of the training side, then
Miller-index templates, forests and networks are fitted, and a report compares what they predict with what is true. The
work can be stopped at any moment; the same command goes on where it stopped.

Exit status: 0 when the models are complete, 1 when an input or a parameter cannot be used, 130 after Ctrl-C.

Examples:

  {COMMAND} training.h5 output.models=models
  {COMMAND} training.h5 molecular.h5 lattices=mP,aP mp.nproc=8
"""

phil_scope = train_scope()


def run(args=None):
    """Run the command; see `run_command` for arguments and exit status."""
    run_command(Command(COMMAND, USAGE, DESCRIPTION, phil_scope), args, _train)


def _train(arguments, log) -> bool:
    """From the command line to the models; False if Ctrl-C stopped the work."""
    from mlindex_plugin.algorithms.parallel import available_processors
    from mlindex_plugin.algorithms.report import prepare_directory
    from mlindex_plugin.algorithms.training.schedule import train_models

    params = arguments.params
    if not arguments.files:
        raise InputError(f"no input: name data sets of dials.mlindex_dataset; {COMMAND} -h says more.")
    if find_spec("torch") is None:
        raise InputError("training needs PyTorch, which is not installed here: pip install torch.")
    if params.network.device == "cuda":
        from mlindex_plugin.models.training_run import torch_device

        torch_device("cuda")  # the networks come late
    symbols = _lattices(params.training.lattices)
    directory = prepare_directory(params.output.models, "output.models")
    order = _order(arguments.files, params, directory)
    log.write_to(directory / f"{COMMAND}.log")
    n_processes = available_processors() if params.mp.nproc is Auto else params.mp.nproc
    started = time.perf_counter()
    with _progress(symbols) as show:
        complete = train_models(order, symbols, n_processes, show)
    if not complete:
        logger.info("Interrupted: what is done lies in %s; the same command goes on from there.", directory)
        return False
    logger.info("Models in %s are complete, %.0f s", directory, time.perf_counter() - started)
    return True


def _lattices(words) -> list[str]:
    from mlindex_plugin.algorithms.lattice import LATTICES

    symbols = [symbol for word in words for symbol in word.split(",") if symbol]
    if symbols == ["all"]:
        return list(LATTICES)
    unknown = [symbol for symbol in symbols if symbol not in LATTICES]
    if unknown or not symbols:
        raise InputError(f"training.lattices={' '.join(words)}: use all, or any of {', '.join(LATTICES)}.")
    return list(dict.fromkeys(symbols))


def _order(files, params, directory: Path):
    from mlindex_plugin.algorithms.training.assemble import SHARES, Recipe
    from mlindex_plugin.algorithms.training.order import DataFile, Order

    n_lists = None if params.training.n_lists is Auto else params.training.n_lists
    shares = {name: getattr(params.experiment, name) for name in SHARES}
    limits = {"n_epochs": params.network.epochs, "patience": params.network.patience}
    return Order(
        data=tuple(DataFile.of(file) for file in files),
        directory=directory,
        recipe=Recipe(n_lists, shares),
        seed=params.training.seed,
        network_kind=params.network.kind,
        network={
            "device": params.network.device,
            **{name: value for name, value in limits.items() if value is not Auto},
        },
    )


@contextmanager
def _progress(symbols):
    """A progress bar over all lattices on a terminal, nothing elsewhere; gives the function that moves it."""
    from tqdm import tqdm

    from mlindex_plugin.algorithms.training.lattice_training import STAGES

    before = {stage: sum(list(STAGES.values())[:i]) for i, stage in enumerate(STAGES)}
    done = dict.fromkeys(symbols, 0.0)
    with tqdm(disable=None, total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}{postfix}") as bar:

        def show(symbol: str, stage: str, fraction: float) -> None:
            done[symbol] = before[stage] + fraction * STAGES[stage]
            bar.set_postfix_str(f"{symbol}: {stage}", refresh=False)
            bar.update(100 * sum(done.values()) / len(done) - bar.n)

        yield show


if __name__ == "__main__":
    run()
