# LIBTBX_SET_DISPATCHER_NAME dials.mlindex_benchmark
"""How often the true cell is found: ``dials.mlindex_benchmark``."""

from __future__ import annotations

import logging

from libtbx import Auto

from mlindex_plugin.command import Command, run_command
from mlindex_plugin.errors import InputError
from mlindex_plugin.folder_lock import folder_lock
from mlindex_plugin.phil import benchmark_scope
from mlindex_plugin.phil.words import split_words

# By name: run as a script, __name__ is "__main__", and the package's log would not hear it.
logger = logging.getLogger("mlindex_plugin.command_line.mlindex_benchmark")

COMMAND = "dials.mlindex_benchmark"
USAGE = f"{COMMAND} [options] [structures.h5 ...] [settings.phil] [name=value]"
DESCRIPTION = f"""\
Searches peak lists whose cell is known, and counts how often it is found.

Lists are simulated from data sets of dials.mlindex_dataset, of crystals that no model was trained on, with growing
experimental error; and measured lists are read from benchmark.open_cases. The results are tables on screen and in
{COMMAND}.log, mlindex_benchmark.json and mlindex_benchmark.html, all in output.directory, and a line for
each search in mlindex_benchmark.jsonl, as soon as it is done: run again, only searches that are missing are done.

Exit status: 0 when all searches are done, 1 when an input or a parameter cannot be used or searches were lost, 130
after Ctrl-C or SIGTERM (what is done until then is reported).

Examples:

  {COMMAND} structures.h5 benchmark.n=100 mp.nproc=8
  {COMMAND} structures.h5 benchmark.conditions=ideal,zero_0.07 search.effort=quick output.directory=quick
  {COMMAND} benchmark.open_cases=data benchmark.compare=before/mlindex_benchmark.json
"""

phil_scope = benchmark_scope()


def run(args=None):
    """Run the command; see `run_command` for arguments and exit status."""
    run_command(Command(COMMAND, USAGE, DESCRIPTION, phil_scope), args, _measure)


def _measure(arguments, log) -> bool:
    """From the command line to the files; False if Ctrl-C or SIGTERM stopped the work."""
    from mlindex_plugin.algorithms.benchmark import BenchmarkRun, read_run, run_searches, write_benchmark
    from mlindex_plugin.algorithms.parallel import Interruption, workers_for
    from mlindex_plugin.algorithms.report import prepare_directory
    from mlindex_plugin.algorithms.rounds import check_parameters

    params = arguments.params
    check_parameters(params)
    other = None if params.benchmark.compare is None else read_run(params.benchmark.compare)
    workers = workers_for(params.mp)
    searches = _searches(arguments.files, params.benchmark)
    directory = prepare_directory(params.output.directory)
    with folder_lock(directory):
        log.write_to(directory / f"{COMMAND}.log")
        logger.info("%d searches", len(searches))

        def tell(n_done: int, record: dict) -> None:
            logger.info("[%d/%d] %s", n_done, len(searches), _line(record))

        with Interruption() as interruption:  # until the report is written
            with workers:
                records = run_searches(searches, _of_search(arguments.scope), directory, workers, interruption, tell)
            run = BenchmarkRun(records, len(searches), arguments.files, arguments.diff, other, params.benchmark.compare)
            _say(run)
            for path in write_benchmark(run, directory):
                logger.info("Saved %s", path)
        if interruption.asked and len(records) < len(searches):
            return False
    if len(records) < len(searches):
        raise InputError(f"{len(searches) - len(records)} searches were lost; the same command does them again.")
    return True


def _searches(files, wanted) -> list:
    """The searches that the parameters ``benchmark`` ask for, condition by condition."""
    from mlindex_plugin.algorithms.benchmark import (
        OPEN,
        chosen_conditions,
        crystal_searches,
        open_searches,
        simulated_conditions,
    )

    words = None if wanted.conditions is Auto else wanted.conditions
    names = chosen_conditions(words, bool(files), wanted.open_cases is not None)
    symbols = _lattices(wanted.lattices)
    simulated = {name: condition for name, condition in simulated_conditions().items() if name in names}
    found = []
    if simulated:
        for symbol in symbols:
            lists = crystal_searches(files, symbol, simulated, wanted.part, wanted.n, wanted.list_length, wanted.seed)
            _tell_few(symbol, simulated, lists, wanted.n)
            found += lists
    for name in names:
        if name in OPEN:
            found += [
                one
                for one in open_searches(wanted.open_cases, name, wanted.list_length)
                if one.truth.bravais_lattice in symbols
            ]
    if not found:
        raise InputError("no list to search: the data hold none of these lattices with peaks enough.")
    found.sort(key=lambda one: names.index(one.condition))  # stable: lattices stay in order
    return [
        one if mode == "unknown" else one.of_known_lattice()
        for mode in {"both": ("unknown", "known")}.get(wanted.lattice, (wanted.lattice,))
        for one in found
    ]


def _tell_few(symbol: str, conditions, lists, n: int) -> None:
    for name in conditions:
        n_found = sum(one.condition == name for one in lists)
        if n_found < n:
            logger.info("%s, %s: %d lists of %d, there are no more", symbol, name, n_found, n)


def _lattices(words) -> tuple[str, ...]:
    from mlindex_plugin.algorithms.lattice import LATTICES

    symbols = split_words(words)
    unknown = [symbol for symbol in symbols if symbol not in (*LATTICES, "all")]
    if unknown or not symbols:
        raise InputError(f"benchmark.lattices={' '.join(words or ())}: use all, or any of {' '.join(LATTICES)}.")
    return tuple(symbol for symbol in LATTICES if symbol in symbols or "all" in symbols)


def _of_search(scope) -> str:
    """PHIL text of the search's and the models' parameters that differ from their defaults."""
    diff = phil_scope.fetch_diff(scope)
    return "".join(diff.get(name, with_substitution=False).as_str() for name in ("search", "model"))


def _line(record: dict) -> str:
    """A finished search in a line."""
    outcome = record["error"] or f"rank {record['rank'] or '-'}"
    if record["failure"] in ("search", "ranking"):
        outcome += f" ({record['failure']})"
    where = " ".join((record["condition"], record["bravais_lattice"], record["name"]))
    return f"{where}: {outcome}, {record['seconds']:.1f} s"


def _say(run) -> None:
    """The tables for screen and log."""
    from mlindex_plugin.algorithms.benchmark import text

    for table in run.tables:
        logger.info("\n%s", text.rate_table(table))
    if run.calibration is not None:
        logger.info("\n%s", text.calibration_line(run.calibration))
    failures = [record for record in run.records if record["rank"] != 1]
    if failures:
        logger.info("\nNot at rank 1:\n")
    for record in failures:
        logger.info("%s: %s", text.title(record), text.failure_line(record))
    if run.comparison is not None:
        logger.info("\nCompared with %s, on the lists that both have searched:", run.other_name)
    for table in run.comparison or ():
        logger.info("\n%s", text.comparison_table(table))


if __name__ == "__main__":
    run()
