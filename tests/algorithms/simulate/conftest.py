from __future__ import annotations

import pytest

from mlindex_plugin.algorithms.simulate.structure import read_structure


@pytest.fixture
def structure(tmp_path):
    """A function that reads the text of a CIF."""

    def read(text):
        path = tmp_path / "structure.cif"
        path.write_text(text)
        return read_structure(path)

    return read
