"""How often the true cell of a real peak list is found: laboratory tiers A and B, and smSFX.

Reads ../shared/data/experimental/*.json and ../shared/data/smsfx/*.json as a user's files are read; all 14 lattices
are searched, with no option but the file.

    python benchmarks/real_cases.py --groups smSFX A B
"""

from __future__ import annotations

import argparse
import json

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
from prepared_patterns import shared_data, write_json
from scoring import niggli_cell

GROUPS = ("smSFX", "A", "B")


def cases(groups):
    """Every real case of the shared data: a list of dict ``id, group, path, bravais, centring, cell``."""
    found = []
    for path in sorted((shared_data() / "smsfx").glob("*.json")) + sorted(
        (shared_data() / "experimental").glob("*.json")
    ):
        case = json.loads(path.read_text())
        group = case.get("quality_tier", "smSFX")
        # Where published and refined cell agree, either may be used; elsewhere only the refined one.
        refined = case.get("truth_to_use") == "known_cell_refined_to_these_peaks"
        found.append(
            {
                "id": case["id"],
                "group": group,
                "path": str(path),
                "bravais": case["bravais"],
                # The symbol of the space group knows the setting (A m m 2, I 1 2/a 1), the Bravais symbol does not.
                "centring": case.get("space_group", case["bravais"][1])[0],
                "cell": case["known_cell_refined_to_these_peaks" if refined else "known_cell"],
            }
        )
    return [case for case in found if case["group"] in groups]


def evaluate(case, search_args):
    """Search one case of `cases`; the result of `evaluation.judge` with what it is about."""
    from mlindex_plugin.algorithms.peaks import read_peaks

    params = search_parameters(search_args)

    def read():
        return read_peaks(case["path"], params)

    truth = niggli_cell(case["cell"], case["centring"])
    about = {name: case[name] for name in ("id", "group", "bravais", "cell")}
    return {**about, **judge(read, truth, {case["bravais"]}, params)}


def main(arguments=None):
    """Run the evaluation; prints the table and the rank of every truth, and writes both to build/."""
    options = _options(arguments)
    name = f"real_cases_results{file_tag(options.search_args)}"
    tasks = cases(options.groups)
    records = run_all(evaluate, tasks, options.search_args, options.jobs, BUILD / f"{name}.jsonl", options.fresh)
    rows = {group: summarise([r for r in records if r["group"] == group]) for group in options.groups}
    print(f"\nCommit {commit()} {' '.join(options.search_args)}\n")
    print(table(rows))
    print("\nRank of the truth:")
    for record in records:
        print(f"{record['group']:6}{record['rank'] or '-':>4}{record['seconds']:7.1f} s  {record['id']}")
    print("\nNot at rank 1:")
    for record in records:
        if record["rank"] != 1:
            print(describe_failure(record))
    write_json(
        BUILD / f"{name}.json", {"commit": commit(), "options": vars(options), "table": rows, "records": records}
    )


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--jobs", type=int, default=default_jobs(), help="patterns searched at the same time")
    parser.add_argument("--search-args", nargs="+", default=[], metavar="NAME=VALUE", help="PHIL assignments")
    parser.add_argument("--fresh", action="store_true", help="forget results of earlier runs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
