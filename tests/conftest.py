"""Loads cctbx before any test module imports numba, scipy or scikit-learn."""

from __future__ import annotations

import mlindex_plugin  # noqa: F401
