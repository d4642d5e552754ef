"""How often the true cell of a calculated pattern is found, lattice by lattice.

Peak lists are the first 20 observable lines of crystal structures, positions exact; all 14 lattices are
searched. Entries whose 20 lines cannot tell the true cell (they obey a centring rule that the structure does not,
or leave a parameter free) stay in the count and are also shown apart.

    python benchmarks/calculated_patterns.py --per-lattice 20 --part development
"""

from __future__ import annotations

import argparse

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
from prepared_patterns import N_LINES, prepared, write_json

from mlindex_plugin.algorithms.lattice.bravais import LATTICES


def evaluate(entry, search_args):
    """Search one entry of `prepared_patterns.prepare`; the result of `evaluation.judge` with what it is about."""
    from cctbx import uctbx

    from mlindex_plugin.algorithms.peaks import peaks_from_positions

    def read():
        return peaks_from_positions(entry["q2"][:N_LINES], "q2", wavelength=entry["wavelength"], source=entry["id"])

    about = {name: entry[name] for name in ("id", "bravais", "metric_bravais", "cell", "determined")}
    # Where the cell happens to have a higher symmetry than the atoms, positions cannot tell the two apart.
    right = {entry["bravais"], entry["metric_bravais"]}
    truth = uctbx.unit_cell(entry["niggli"])
    return {**about, "group": entry["bravais"], **judge(read, truth, right, search_parameters(search_args))}


def main(arguments=None):
    """Run the evaluation; prints the table and writes it to build/."""
    options = _options(arguments)
    BUILD.mkdir(exist_ok=True)
    entries, left_out = [], {}
    for lattice in options.lattices:
        chosen, left_out[lattice] = prepared(BUILD, lattice, options.per_lattice, options.seed, options.part)
        entries += chosen
    name = f"calculated_patterns_{options.part}_{options.seed}_results{file_tag(options.search_args)}"
    records = run_all(evaluate, entries, options.search_args, options.jobs, BUILD / f"{name}.jsonl", options.fresh)
    rows = {lattice: summarise([r for r in records if r["bravais"] == lattice]) for lattice in options.lattices}
    rows |= {
        "cubic to orthorhombic": summarise([r for r in records if r["bravais"][0] not in "ma"]),
        "monoclinic": summarise([r for r in records if r["bravais"][0] == "m"]),
        "triclinic": summarise([r for r in records if r["bravais"][0] == "a"]),
        "all": summarise(records),
        "all, lines determine the cell": summarise([r for r in records if r["determined"]]),
    }
    failures = [record for record in records if record["rank"] != 1]
    print(f"\nCommit {commit()}, part {options.part}, seed {options.seed}, {' '.join(options.search_args)}\n")
    print(table(rows))
    print("\nNot at rank 1 (* its lines do not determine the cell):")
    for record in failures:
        print(("  " if record["determined"] else "* ") + describe_failure(record))
    print("\nLeft out of the choice:")
    for lattice, reasons in left_out.items():
        for reason, count in reasons.items():
            print(f"  {lattice} {count}: {reason}")
    write_json(
        BUILD / f"{name}.json",
        {"commit": commit(), "options": vars(options), "table": rows, "left_out": left_out, "failures": failures},
    )


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-lattice", type=int, default=20, help="entries of each lattice")
    parser.add_argument("--seed", type=int, default=1, help="of the random choice of entries")
    parser.add_argument(
        "--part", choices=("development", "test"), default="development", help="half of the entries to choose from"
    )
    parser.add_argument("--lattices", nargs="+", choices=tuple(LATTICES), default=list(LATTICES), metavar="LATTICE")
    parser.add_argument("--jobs", type=int, default=default_jobs(), help="patterns searched at the same time")
    parser.add_argument("--search-args", nargs="+", default=[], metavar="NAME=VALUE", help="PHIL assignments")
    parser.add_argument("--fresh", action="store_true", help="forget results of earlier runs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
