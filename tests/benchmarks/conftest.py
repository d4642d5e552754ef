from __future__ import annotations

import sys
from pathlib import Path

# The evaluation scripts are run as files, not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
