"""The kernel on tensors against the compiled one: ``python benchmarks/torch_kernel.py [--device cuda]``.

Triclinic patterns of 20 peaks, each of its own cell, with errors. Prints for the compiled kernel (one core), for torch
on the processor (one thread) and, where torch finds one, on a GPU: candidate-iterations per second, and patterns per
second with 1,000 candidates each, optimised as a search does (100 iterations at most, dropped after 25 without a
better figure of merit). Writes build/torch_kernel.json. The processor is measured with few patterns and candidates,
a GPU with all at once, and with several numbers of candidates under way.
"""

from __future__ import annotations

import argparse
import time

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
import torch
from surroundings import write_result

from mlindex_plugin.algorithms.generators import RandomCells
from mlindex_plugin.algorithms.lattice import LATTICES, find_lines, lattice_table
from mlindex_plugin.algorithms.plan import largest_volume, make_plans
from mlindex_plugin.algorithms.search import Observed, optimise
from mlindex_plugin.algorithms.search.torch_kernel import Block, candidates_at_once, optimise_blocks
from mlindex_plugin.algorithms.search.unit import N_ITERATIONS, STALL, finished_unit, starting_cells

SYMBOL = "aP"
N_PEAKS = 20
ON_PROCESSOR = 3  # patterns
AT_ONCE = (1 << 14, 1 << 17, 1 << 20)  # candidates under way on a GPU


def pattern(rng: np.random.Generator) -> Observed:
    """The first lines of a random cell, with errors of 2e-4 in q."""
    table = lattice_table(SYMBOL)
    lines, codes = np.empty(20000), np.empty(20000, np.int64)
    x = RandomCells(SYMBOL).generate(np.linspace(0.01, 0.1, N_PEAKS), 1, rng)[0]
    found, limit = 0, 0.01
    while found < 2 * N_PEAKS:
        limit *= 1.5
        found = find_lines(table.family, table.centring, table.reps, x, limit, len(lines), lines, codes)
        if found < 0:
            return pattern(rng)
    q = np.sqrt(np.unique(lines[:found])[:N_PEAKS])
    q2 = np.sort((q + 2e-4 * rng.standard_normal(N_PEAKS)) ** 2)
    return Observed(q2, 4e-4 * q, False, np.empty(0))


def make_blocks(n_patterns: int, n_candidates: int) -> list[Block]:
    """Patterns with random candidates."""
    rng = np.random.default_rng(0)
    blocks = []
    for number in range(n_patterns):
        observed = pattern(rng)
        blocks.append(Block(RandomCells(SYMBOL).generate(observed.q2, n_candidates, rng), observed, number))
    return blocks


def compiled(blocks: list[Block]) -> int:
    """Candidate-iterations done by the compiled kernel."""
    table = lattice_table(SYMBOL)
    return sum(optimise(table, b.start, b.observed, N_ITERATIONS, b.seed, STALL)[2] for b in blocks)


def on_tensors(blocks: list[Block], device: str, at_once: int) -> int:
    """Candidate-iterations done by torch."""
    results = optimise_blocks(lattice_table(SYMBOL), blocks, N_ITERATIONS, STALL, device, at_once)
    return sum(done for _, _, done in results)


def measure(name: str, kernel, blocks: list[Block], *arguments, clock=time.perf_counter) -> dict[str, float]:
    """Rates of a kernel after a first run, which compiles or loads.

    On a processor the clock is that of the processor time, since one thread works and others may be busy beside it.
    """
    first = blocks[0]
    kernel([Block(first.start[:10], first.observed, 0)], *arguments)
    started = clock()
    done = kernel(blocks, *arguments)  # the results are on the host when it returns
    seconds = clock() - started
    print(
        f"{name:34} {done / seconds / 1e6:9.3f} M candidate-iterations/s {len(blocks) / seconds:9.2f} patterns/s "
        f"({len(blocks)} patterns, {seconds:.2f} s)",
        flush=True,
    )
    return {
        "candidate_iterations_per_second": done / seconds,
        "patterns_per_second": len(blocks) / seconds,
        "n_patterns": len(blocks),
        "seconds": seconds,
    }


def time_of_calls(block: Block) -> float:
    """Seconds that an iteration takes however few its candidates: the calls of torch, on the processor."""
    one = Block(block.start[:1], block.observed, 0)
    started = time.process_time()
    n_iterations = on_tensors([one], "cpu", 1)
    return (time.process_time() - started) / n_iterations


def share_of_optimisation(observed: Observed) -> float:
    """Share of the processor time of the units of two rounds, all lattices, that is spent in the compiled kernel."""
    everything = inside = 0.0
    for block in sum(make_plans(tuple(LATTICES), "normal", 1)[0].rounds[:2], ()):
        unit = block.unit(0, largest_volume(block.symbol, observed, None), None)
        starting_cells(unit, observed)  # loads
        times = [time.process_time()]
        start, seed = starting_cells(unit, observed)
        times.append(time.process_time())
        best, merit, _ = optimise(lattice_table(unit.symbol), start, observed, N_ITERATIONS, seed, STALL)
        times.append(time.process_time())
        finished_unit(unit, observed, best, merit)
        everything += time.process_time() - times[0]
        inside += times[2] - times[1]
    return inside / everything


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--patterns", type=int, default=1000, help="for a GPU")
    parser.add_argument("--candidates", type=int, default=1000, help="of each pattern")
    options = parser.parse_args()
    torch.set_num_threads(1)
    few = make_blocks(min(ON_PROCESSOR, options.patterns), options.candidates)
    figures = {
        "compiled": measure("compiled, one core", compiled, few, clock=time.process_time),
        "torch_cpu": measure(
            "torch, one core", on_tensors, few, "cpu", candidates_at_once("cpu", N_PEAKS), clock=time.process_time
        ),
    }
    figures["seconds_of_calls"] = time_of_calls(few[0])
    print(f"torch, calls of one iteration      {1e3 * figures['seconds_of_calls']:9.1f} ms", flush=True)
    figures["share_of_optimisation"] = share_of_optimisation(few[0].observed)
    print(f"optimisation, share of a search    {100 * figures['share_of_optimisation']:9.0f} %", flush=True)
    if options.device != "cpu" and torch.cuda.is_available():
        print(torch.cuda.get_device_name(), flush=True)
        many = make_blocks(options.patterns, options.candidates)
        for at_once in AT_ONCE:
            name = f"torch_cuda_{at_once}"
            figures[name] = measure(f"torch, GPU, {at_once} under way", on_tensors, many, "cuda", at_once)
    elif options.device == "cuda":
        raise SystemExit("torch finds no GPU")
    else:
        print("torch, GPU: not measured, torch finds none here", flush=True)
    write_result("torch_kernel", figures)


if __name__ == "__main__":
    main()
