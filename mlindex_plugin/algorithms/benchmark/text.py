"""Tables in Markdown, as the log shows them and documents quote them."""

from __future__ import annotations

_HEAD = (
    "| {name} | n | top-1 % (95 %) | top-10 % (95 %) | explains % | lattice right % | strict % | failed: search | "
    "failed: ranking | s median | s 95 % | processor s | candidates |"
)
_COMPARISON_HEAD = (
    "| {name} | pairs | top-1: both | only this | only other | p | top-10: both | only this | only other | p |"
)


def title(table: dict) -> str:
    """Name of a table: its condition, and whether the lattice was given."""
    return table["condition"] + (", lattice known" if table["lattice"] == "known" else "")


def rate_table(table: dict) -> str:
    """One of `rates.tables`."""
    lines = [_HEAD.format(name=title(table)), "| --- |" + " --: |" * 12]
    for group, row in table["rows"].items():
        failures = row["failures"]
        cells = [
            group,
            str(row["n"]),
            percent(row["top_1"], True),
            percent(row["top_10"], True),
            *(percent(row[name]) for name in ("explains", "top_1_bravais", "top_1_strict")),
            str(failures["search"] + failures["refused"]),
            str(failures["ranking"]),
            f"{row['seconds']['median']:.1f}",
            f"{row['seconds']['p95']:.1f}",
            f"{row['processor_seconds']['median']:.1f}",
            f"{row['candidates']['median']:.0f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    mean = table["mean_over_lattices"]
    lines.append(f"\nMean over lattices: top-1 {100 * mean['top_1']:.1f} %, top-10 {100 * mean['top_10']:.1f} %")
    return "\n".join(lines)


def calibration_line(found: dict) -> str:
    """One of `calibration.calibration`."""
    confident = found["confident"]
    part = "" if confident["part_of_right"] is None else f", {100 * confident['part_of_right']:.0f} % of all right ones"
    return (
        f"Probabilities of {found['n']} best solutions: expected calibration error {found['error']:.3f}, Brier score "
        f"{found['brier']:.3f} (of the base rate {found['brier_of_base_rate']:.3f}); of {confident['n']} with at least "
        f"0.9 {confident['right']} are right{part}"
    )


def comparison_table(table: dict) -> str:
    """One of `comparison.compare`."""
    lines = [_COMPARISON_HEAD.format(name=title(table)), "| --- |" + " --: |" * 9]
    for group, row in table["rows"].items():
        cells = [group, str(row["n"])]
        for name in ("top_1", "top_10"):
            counts = row[name]
            cells += [str(counts["both"]), str(counts["only_this"]), str(counts["only_other"]), f"{counts['p']:.2g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def percent(rate: dict, with_interval: bool = False) -> str:
    """A rate of `rates.summarise` in per cent, with its interval where asked."""
    if rate["rate"] is None:
        return "-"
    low, high = rate["interval"]
    text = f"{100 * rate['rate']:.1f}"
    return f"{text} ({100 * low:.0f}-{100 * high:.0f})" if with_interval else text


def failure_line(record: dict) -> str:
    """A search whose truth is not at rank 1."""
    best, true = record["best"], record["true"]
    found = record["error"] or "nothing"
    if best:
        found = f"{best['bravais_lattice']} {cell(best['unit_cell'])}, {_support(best)}"
    truth = f"{record['bravais_lattice']} {cell(record['cell'])}" + (f", {_support(true)}" if true else "")
    return f"{record['name']}: rank {record['rank'] or '-'} ({record['failure']}); true {truth}; found {found}"


def cell(parameters) -> str:
    """A unit cell in Å and degrees."""
    return " ".join(f"{value:.3f}" for value in parameters[:3]) + " " + " ".join(f"{v:.2f}" for v in parameters[3:])


def _support(solution: dict) -> str:
    return f"{solution['n_indexed']}/{solution['n_peaks']} lines, score {solution['score']:.1f}"
