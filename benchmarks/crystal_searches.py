"""How often the whole search finds the cell of crystals that no model was trained on.

Peak lists of data sets, through a preset of experimental error; all 14 lattices are searched with no option.

    python benchmarks/crystal_searches.py real.h5 --part test --preset ideal --n 20
    python benchmarks/crystal_searches.py layered_98.h5 --part unseen --lattices mP mC oP oC tP --n-peaks 40
"""

from __future__ import annotations

import argparse
from pathlib import Path

from crystal_lists import PARTS, UNSEEN, crystal_lists
from evaluation import (
    BUILD,
    commit,
    default_jobs,
    describe_failure,
    file_tag,
    judge,
    run_all,
    search_parameters,
    summarise,
    table,
)
from prepared_patterns import write_json
from scoring import niggli_cell

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn

FEWEST = 20  # peaks; 10 of cubic lattices
WAVELENGTH = 1.5406  # Å, gives positions their default errors


def evaluate(task, search_args):
    """Search one list; the result of `evaluation.judge` with what it is about."""
    from mlindex_plugin.algorithms.peaks import peaks_from_positions

    def read():
        return peaks_from_positions(task["q2"], "q2", wavelength=WAVELENGTH, source=task["id"])

    about = {name: task[name] for name in ("id", "bravais", "cell", "source")}
    truth = niggli_cell(task["cell"], LATTICES[task["bravais"]].centring)
    return {
        **about,
        "group": task["bravais"],
        **judge(read, truth, {task["bravais"]}, search_parameters(search_args)),
    }


def tasks(options, symbol: str) -> list[dict]:
    """The lists of one lattice, with at least 20 peaks (10 of cubic lattices) and at most as many as asked."""
    fewest = 10 if LATTICES[symbol].system == "cubic" else FEWEST
    lists = crystal_lists(options.data, symbol, options.preset, options.part, options.n, fewest, options.seed)
    cells = cells_from_xnn(full_xnn(LATTICES[symbol], lists.x))
    return [
        {
            "id": f"{symbol} {lists.names[i]}",
            "bravais": symbol,
            "source": lists.sources[i],
            "cell": cells[i].tolist(),
            "q2": lists.every[i][: options.n_peaks].tolist(),
        }
        for i in range(len(lists))
    ]


def main(arguments=None):
    """Run the evaluation; prints the table and writes it to build/."""
    options = _options(arguments)
    BUILD.mkdir(exist_ok=True)
    entries = [task for symbol in options.lattices for task in tasks(options, symbol)]
    data = "-".join(Path(path).stem for path in options.data)
    name = f"crystal_searches_{data}_{options.preset}_{options.part}_{options.seed}{file_tag(options.search_args)}"
    records = run_all(evaluate, entries, options.search_args, options.jobs, BUILD / f"{name}.jsonl")
    rows = {symbol: summarise([r for r in records if r["bravais"] == symbol]) for symbol in options.lattices}
    rows["all"] = summarise(records)
    failures = [record for record in records if record["rank"] != 1]
    print(f"\nCommit {commit()}, {data}, {options.preset}, part {options.part}, {' '.join(options.search_args)}\n")
    print(table(rows))
    print("\nNot at rank 1:")
    for record in failures:
        print("  " + describe_failure(record))
    record = {"commit": commit(), "options": vars(options), "table": rows, "failures": failures}
    write_json(BUILD / f"{name}.json", record)


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument("--lattices", nargs="+", choices=tuple(LATTICES), default=list(LATTICES), metavar="LATTICE")
    parser.add_argument("--preset", default="ideal", choices=("ideal", "laboratory", "synchrotron", "smsfx"))
    parser.add_argument("--part", default="development", choices=(*PARTS, UNSEEN))
    parser.add_argument("--n", type=int, default=20, help="lists of each lattice, at most")
    parser.add_argument("--n-peaks", type=int, default=20, help="most peaks of a list")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of crystals and of the errors")
    parser.add_argument("--jobs", type=int, default=default_jobs(), help="lists searched at the same time")
    parser.add_argument("--search-args", nargs="+", default=[], metavar="NAME=VALUE", help="PHIL assignments")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
