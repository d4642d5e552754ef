from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlindex_plugin.phil import powder_scope


@pytest.fixture
def phil():
    """Makes the parameters of the command with a unit and a wavelength."""

    def make(units="auto", wavelength=None):
        params = powder_scope().extract()
        params.input.units = units
        params.input.wavelength = wavelength
        return params

    return make


@pytest.fixture(scope="session")
def shared_data():
    """The folder of measured cases; tests that need it are skipped where it is absent."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("MLINDEX_SHARED", beside))
    if not (folder / "experimental").is_dir():
        pytest.skip(f"no measured cases at {folder}")
    return folder
