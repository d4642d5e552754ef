"""Searching many peak lists and counting how often the true cell is found: resumable, in parallel."""

from __future__ import annotations

import hashlib
import json
import os
import re
import statistics
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from scoring import STRICT, rank_of_truth, wilson_interval

import mlindex_plugin
from mlindex_plugin.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[1]
BUILD = REPOSITORY / "build"


def search_parameters(assignments):
    """Parameters of a search with PHIL assignments such as ``search.effort=quick``; one process by default.

    Parameters
    ----------
    assignments : sequence of str

    Returns
    -------
    libtbx.phil.scope_extract
    """
    from mlindex_plugin.phil import powder_scope

    scope = powder_scope()
    interpreter = scope.command_line_argument_interpreter()
    sources = [interpreter.process_arg(text) for text in ("mp.nproc=1", *assignments)]
    return scope.fetch(sources=sources).extract()


def judge(read, truth, bravais_lattices, params):
    """Search one peak list and compare every solution with the truth.

    Parameters
    ----------
    read : callable
        ``read() -> mlindex_plugin.PeakList``; counts in the time.
    truth : cctbx.uctbx.unit_cell
        Primitive cell.
    bravais_lattices : collection of str
        What counts as the right Bravais lattice.
    params : libtbx.phil.scope_extract

    Returns
    -------
    dict
        ``rank, rank_bravais, rank_strict`` (None where the truth is not among the solutions), ``seconds``,
        ``best`` and ``error``.
    """
    start = time.perf_counter()
    try:
        peaks = read()
        solutions, error = mlindex_plugin.index(peaks, params), None
    except InputError as refused:
        solutions, error = [], str(refused)
    seconds = time.perf_counter() - start
    return {
        "rank": rank_of_truth(solutions, truth),
        "rank_bravais": rank_of_truth(solutions, truth, bravais_lattices=bravais_lattices),
        "rank_strict": rank_of_truth(solutions, truth, STRICT),
        "seconds": round(seconds, 3),
        "best": _summary(solutions[0]) if solutions else None,
        "error": error,
    }


def _summary(solution):
    return {
        "bravais_lattice": solution.bravais_lattice,
        "unit_cell": [round(float(value), 5) for value in solution.unit_cell],
        "niggli_cell": [round(float(value), 5) for value in solution.niggli_cell],
        "figures_of_merit": {name: value for name, value in solution.figures_of_merit.items()},
        "n_indexed": solution.n_indexed,
        "n_peaks": solution.n_peaks,
    }


def run_all(work, tasks, search_args, jobs, path, fresh=False):
    """Run `work` on every task, keeping each result in a file of JSON lines as soon as it is there.

    Results in the file are reused if they were made by the same code with the same search arguments.

    Parameters
    ----------
    work : callable
        ``work(task, search_args) -> dict``; a module-level function.
    tasks : list of dict
        Each with a unique ``id``.
    search_args : list of str
    jobs : int
        Number of processes.
    path : pathlib.Path
    fresh : bool
        Forget earlier results.

    Returns
    -------
    list of dict
        In the order of `tasks`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = {"code": code_fingerprint(), "search_args": list(search_args)}
    if fresh:
        path.unlink(missing_ok=True)
    done = {record["id"]: record for record in _read_lines(path) if stamp.items() <= record.items()}
    waiting = [task for task in tasks if task["id"] not in done]
    print(f"{len(tasks) - len(waiting)} of {len(tasks)} results are in {path}", flush=True)
    with open(path, "a") as handle:
        for number, record in enumerate(_results(work, waiting, search_args, jobs), start=1):
            record = {**record, **stamp}
            handle.write(json.dumps(record) + "\n")
            handle.flush()
            done[record["id"]] = record
            result = f"rank {record['rank'] or '-'} {record['seconds']:.1f} s"
            print(f"{number}/{len(waiting)} {record['group']} {result} {record['id']}", flush=True)
    return [done[task["id"]] for task in tasks]


def _results(work, tasks, search_args, jobs):
    if jobs == 1:
        yield from (work(task, search_args) for task in tasks)
        return
    # Forked children would inherit compiled code's threads and locks in an unknown state.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(work, task, search_args) for task in tasks]
        for future in as_completed(futures):
            yield future.result()


def _read_lines(path):
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:  # the last line of a run that was killed
            continue


def code_fingerprint():
    """Short hash of the package's and the benchmarks' sources."""
    digest = hashlib.sha256()
    for folder in ("mlindex_plugin", "benchmarks"):
        for source in sorted((REPOSITORY / folder).rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def commit():
    """Commit of the repository, with ``+`` where files differ from it."""
    describe = ["git", "-C", str(REPOSITORY), "describe", "--always", "--abbrev=10", "--dirty=+", "--match=-"]
    return subprocess.run(describe, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def file_tag(search_args):
    """Part of a file name that tells runs with different search arguments apart."""
    return "".join("_" + re.sub(r"[^A-Za-z0-9]+", "-", text) for text in search_args)


def summarise(records):
    """Counts and times of a group of results.

    Parameters
    ----------
    records : list of dict
        From `judge`.

    Returns
    -------
    dict
        ``n, top_1, top_10, top_1_bravais, top_1_strict`` (counts), ``top_1_interval, top_10_interval`` (Wilson,
        95 %), ``median_seconds, max_seconds``.
    """
    n = len(records)
    top_1, top_10 = count_within(records, "rank", 1), count_within(records, "rank", 10)
    seconds = [record["seconds"] for record in records] or [0.0]
    return {
        "n": n,
        "top_1": top_1,
        "top_10": top_10,
        "top_1_bravais": count_within(records, "rank_bravais", 1),
        "top_1_strict": count_within(records, "rank_strict", 1),
        "top_1_interval": wilson_interval(top_1, n),
        "top_10_interval": wilson_interval(top_10, n),
        "median_seconds": statistics.median(seconds),
        "max_seconds": max(seconds),
    }


def count_within(records, key, limit):
    """Number of records whose rank under `key` is at most `limit`."""
    return sum(record[key] is not None and record[key] <= limit for record in records)


def table(rows):
    """A Markdown table of summaries.

    Parameters
    ----------
    rows : dict of str to dict
        Name of the group and its `summarise`.

    Returns
    -------
    str
    """
    lines = [
        "| group | n | top-1 % (95%) | top-10 % (95%) | top-1, lattice right % | top-1, strict % | s median | s max |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for name, row in rows.items():
        cells = [
            name,
            str(row["n"]),
            _percent(row["top_1"], row["n"], row["top_1_interval"]),
            _percent(row["top_10"], row["n"], row["top_10_interval"]),
            _percent(row["top_1_bravais"], row["n"]),
            _percent(row["top_1_strict"], row["n"]),
            f"{row['median_seconds']:.1f}",
            f"{row['max_seconds']:.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _percent(count, n, interval=None):
    if n == 0:
        return "-"
    text = f"{100 * count / n:.1f}"
    return text if interval is None else f"{text} ({100 * interval[0]:.0f}-{100 * interval[1]:.0f})"


def describe_failure(record):
    """One line on a pattern whose truth is not at rank 1."""
    best = record["best"]
    found = record["error"] or "nothing found"
    if best:
        found = f"{best['bravais_lattice']} {_cell(best['unit_cell'])} ({best['n_indexed']}/{best['n_peaks']})"
    return (
        f"{record['id']}: rank {record['rank'] or '-'}; true {record['bravais']} {_cell(record['cell'])}; found {found}"
    )


def _cell(parameters):
    return " ".join(f"{value:.3f}" for value in parameters[:3]) + " " + " ".join(f"{v:.2f}" for v in parameters[3:])


def default_jobs():
    """Number of processors this process may use."""
    return len(os.sched_getaffinity(0))
