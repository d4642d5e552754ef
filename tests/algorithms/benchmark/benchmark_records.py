"""Records of searches, as the benchmark keeps them."""

from __future__ import annotations


def record(rank, symbol="oP", name="x", **more):
    """A record; right in every respect where `rank` is 1."""
    failure = None if rank == 1 else "ranking"
    base = {
        "condition": "ideal",
        "lattice": "unknown",
        "bravais_lattice": symbol,
        "name": name,
        "list_digest": f"list of {name}",
        "n_peaks": 20,
        "cell": [5.0, 6.0, 7.0, 90.0, 90.0, 90.0],
        "about": {},
        "rank": rank,
        "rank_bravais": rank,
        "rank_strict": rank,
        "explains": rank == 1,
        "failure": failure,
        "scores": [],
        "best": None,
        "true": None,
        "n_used": 20,
        "candidates": 1000,
        "stopped": None,
        "seconds": 1.0,
        "processor_seconds": 1.0,
        "error": None,
    }
    return {**base, **more}
