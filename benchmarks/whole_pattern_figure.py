"""Draw one whole pattern of every preset, of the same crystal: docs/whole_patterns.png.

.venv/bin/python benchmarks/whole_pattern_figure.py
"""

from __future__ import annotations

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from surroundings import REPOSITORY

from mlindex_plugin.algorithms.simulate import random_structure
from mlindex_plugin.algorithms.simulate.whole_pattern import PRESETS, lines_for_pattern, simulate_pattern

FIGURE = REPOSITORY / "docs" / "whole_patterns.png"
CELL, SPACE_GROUP = (8.21, 6.43, 12.37, 90, 104.6, 90), "P 1 21/c 1"
IMPURITY_CELL, IMPURITY_GROUP = (9.7, 11.3, 14.9, 90, 90, 90), "P 21 21 21"
SEED = 3


def main() -> None:
    lines = lines_for_pattern(random_structure(CELL, SPACE_GROUP, SEED))
    impurity = lines_for_pattern(random_structure(IMPURITY_CELL, IMPURITY_GROUP, SEED))
    figure, axes = plt.subplots(len(PRESETS), sharex=True, figsize=(10, 9), layout="constrained")
    for axis, (name, conditions) in zip(axes, PRESETS.items(), strict=True):
        pattern = simulate_pattern(lines, conditions, np.random.default_rng(SEED), impurity)
        axis.plot(pattern.two_theta, pattern.counts, linewidth=0.6, color="black")
        axis.set_title(name, loc="left", fontsize=10)
        axis.set_ylabel("intensity" if np.isinf(pattern.parameters.counts) else "counts")
        axis.set_xlim(5, 90)
        axis.set_ylim(bottom=0)
    axes[-1].set_xlabel("2θ (degrees), λ = 1.5406 Å")
    figure.savefig(FIGURE, dpi=100)


if __name__ == "__main__":
    main()
