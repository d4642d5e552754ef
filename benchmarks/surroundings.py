"""Where benchmarks find data and leave results, and what they say of the program that they measured."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BUILD = REPOSITORY / "build"


def shared_data():
    """Folder of the evaluation data: $MLINDEX_SHARED, or ../shared/data beside the repository."""
    return Path(os.environ.get("MLINDEX_SHARED", REPOSITORY.parent / "shared" / "data"))


def commit():
    """Commit of the repository, with ``+`` where files differ from it."""
    describe = ["git", "-C", str(REPOSITORY), "describe", "--always", "--abbrev=10", "--dirty=+", "--match=-"]
    return subprocess.run(describe, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
