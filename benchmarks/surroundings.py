"""Where benchmarks find data and leave results, and what they say of the program that they measured."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from mlindex_plugin.whole_files import write_text

REPOSITORY = Path(__file__).resolve().parents[1]
BUILD = REPOSITORY / "build"


def shared_data():
    """Folder of the evaluation data: $MLINDEX_SHARED, or ../shared/data beside the repository."""
    return Path(os.environ.get("MLINDEX_SHARED", REPOSITORY.parent / "shared" / "data"))


def write_result(name: str, content):
    """Write ``build/<name>.json``."""
    BUILD.mkdir(exist_ok=True)
    write_text(BUILD / f"{name}.json", json.dumps(content, indent=1) + "\n")


def commit():
    """Commit of the repository, with ``+`` where files differ from it."""
    describe = ["git", "-C", str(REPOSITORY), "describe", "--always", "--abbrev=10", "--dirty=+", "--match=-"]
    return subprocess.run(describe, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
