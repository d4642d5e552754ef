"""Making of the table of extinction symbols: ``python -m mlindex_plugin.algorithms.ranking.extinction_shares``.

Crystals are counted on the training side of data sets of real structures, which lack molecular ones; of these the
expected numbers are added.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter, defaultdict

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.ranking.extinction_names import extinction_name
from mlindex_plugin.algorithms.ranking.extinction_table import COLUMNS, absences, in_solution_setting

_MONOCLINIC = {
    "mP": ["P 1 2 1", "P 1 21 1", "P 1 m 1", "P 1 2/m 1", "P 1 21/m 1"]
    + [f"P 1 {element}{glide} 1" for glide in "acn" for element in ("", "2/", "21/")],
    "mC": ["C 1 2 1", "C 1 m 1", "C 1 2/m 1", "C 1 c 1", "C 1 2/c 1"],
}
N_MOLECULAR = 2000
# A symbol seen less often than this is given more of what its kind has in all settings of the axes.
_SEEN_OFTEN = 10.0
_UNSEEN = 0.5  # crystals added to each symbol
_REMAKE = (
    "Made by: python -m mlindex_plugin.algorithms.ranking.extinction_shares DATA_SET ... -o extinction_symbols.csv"
)


def make_table(paths) -> str:
    """Text of the table of extinction symbols.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
        Data sets of ``dials.mlindex_dataset``, of which the training side is counted.

    Returns
    -------
    str
        CSV below comment lines; one row for each pattern of absences, space groups separated by ``;``, the commonest
        first. The shares of a lattice add up to one.
    """
    from mlindex_plugin.algorithms.simulate.synthetic import POPULATIONS

    by_number = POPULATIONS["molecular"].space_groups()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    text.write(f"# {_REMAKE}\n")
    writer.writerow(COLUMNS)
    for lattice in LATTICES.values():
        patterns = _patterns(lattice)
        seen, groups = _training_counts(paths, lattice)
        numbers = {key: [number for _, number in members] for key, members in patterns.items()}
        settings = Counter(number for of_key in numbers.values() for number in set(of_key))
        for key, of_key in numbers.items():
            seen[key] += N_MOLECULAR * sum(by_number[n - 1] / settings[n] for n in set(of_key))
        share = _shares(seen, numbers)
        for members, one in zip(patterns.values(), share, strict=True):
            ordered = sorted(members, key=lambda member: -groups[member[1]] - N_MOLECULAR * by_number[member[1] - 1])
            symbols = [symbol for symbol, _ in ordered]
            writer.writerow([lattice.symbol, *_words(lattice, symbols[0]), f"{one:.6f}", "; ".join(symbols)])
    return text.getvalue()


def _patterns(lattice) -> dict[bytes, list[tuple[str, int]]]:
    """Space groups (symbol, number) of a lattice on the axes of solutions, by their pattern of absences."""
    from cctbx import sgtbx

    from mlindex_plugin.algorithms.simulate.grouping.symbols import common_symbols

    common = [symbol for symbol, (own, _) in common_symbols().items() if own == lattice.symbol]
    patterns = defaultdict(list)
    for symbol in _MONOCLINIC.get(lattice.symbol, common):
        info = sgtbx.space_group_info(symbol)
        patterns[absences(info.group())].append((symbol, info.type().number()))
    return dict(patterns)


def _training_counts(paths, lattice) -> tuple[Counter, Counter]:
    """Training crystals by pattern of absences and by number of space group."""
    from mlindex_plugin.algorithms.simulate.dataset import open_dataset

    patterns, numbers = Counter(), Counter()
    for path in paths:
        with open_dataset(path) as dataset:
            rows = dataset.rows("training", lattice.symbol)
            columns = (dataset.column(name, rows) for name in ("space_group", "cell", "space_group_number"))
            for symbol, cell, number in zip(*columns, strict=True):
                patterns[absences(in_solution_setting(lattice, symbol, cell))] += 1
                numbers[int(number)] += 1
    return patterns, numbers


def _shares(counts, numbers) -> np.ndarray:
    """Smoothed shares of the patterns, in the order of `numbers`."""
    kinds = defaultdict(list)  # patterns of the same space groups differ in the axes alone
    for key, of_key in numbers.items():
        kinds[frozenset(of_key)].append(key)
    smoothed = {}
    for keys in kinds.values():
        mean = sum(counts[key] for key in keys) / len(keys)
        for key in keys:
            weight = counts[key] / (counts[key] + _SEEN_OFTEN)
            smoothed[key] = weight * counts[key] + (1 - weight) * mean
    share = np.array([smoothed[key] for key in numbers]) + _UNSEEN
    return share / share.sum()


def _words(lattice, space_group: str) -> tuple[str, str]:
    from mlindex_plugin.algorithms.simulate.grouping import reflection_conditions

    conditions = reflection_conditions(space_group, lattice.symbol)
    name = extinction_name(lattice.symbol, lattice.system, conditions)
    return name, "; ".join(f"{zone}: {condition}" for zone, condition in conditions.items()) or "none"


def main(arguments=None):
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args(arguments)
    with open(options.output, "w", encoding="utf-8") as handle:
        handle.write(make_table(options.data))


if __name__ == "__main__":
    main()
