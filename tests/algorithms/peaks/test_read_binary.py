from __future__ import annotations

import io

import h5py
import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.read_binary import read_hdf5, read_npy
from mlindex_plugin.errors import InputError


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("width", "names"), [(1, ["position"]), (2, ["position", "intensity"]), (3, ["position", "sigma", "intensity"])]
)
def test_columns_of_a_list(width, names):
    array = np.arange(1, 1 + 4 * width, dtype=float).reshape(4, width)
    table = read_npy(npy(array if width > 1 else array[:, 0]), "a.npy")
    assert list(table.columns) == names
    np.testing.assert_array_equal(table.columns["position"], array[:, 0])
    assert not table.from_text


def test_the_third_column_of_a_pattern_is_the_error_of_the_intensity():
    x = np.linspace(5, 50, 500)
    columns = read_npy(npy(np.column_stack([x, 0 * x + 3, 0 * x + 1])), "a.npy").columns
    np.testing.assert_array_equal(columns["intensity"], 3)
    np.testing.assert_array_equal(columns["sigma"], 1)


def test_named_fields():
    array = np.array([(4.0, 0.01), (3.0, 0.02)], dtype=[("d", float), ("esd", float)])
    columns = read_npy(npy(array), "a.npy").columns
    assert list(columns) == ["d", "sigma"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(np.arange(100.0))[:-200], "damaged or cut off"),
        (npy(np.arange(100.0))[:20], "damaged or cut off"),
        (npy(np.array([{"d": 1}], dtype=object), allow_pickle=True), "holds Python objects"),
        (npy(np.zeros((2, 5))), r"shape \(2, 5\)"),
        (npy(np.float64(3.0)), r"shape \(\)"),
        (npy(np.array(["a", "b"])), "not numeric"),
        (npy(np.array([1 + 2j])), "not numeric"),
    ],
)
def test_bad_npy(content, message):
    with pytest.raises(InputError, match=f"a.npy: .*{message}"):
        read_npy(content, "a.npy")


@pytest.fixture
def hdf5(tmp_path):
    """Writes datasets and attributes to a file; returns its path."""

    def write(datasets, attributes=None):
        path = str(tmp_path / "a.h5")
        with h5py.File(path, "w") as file:
            for name, values in datasets.items():
                file[name] = values
            for (owner, name), value in (attributes or {}).items():
                file[owner].attrs[name] = value
        return path

    return write


def test_datasets_and_the_wavelength_of_the_file(hdf5):
    path = hdf5({"two_theta": [10.0, 20.0], "sigma": [0.1, 0.2], "intensity": [5, 6]}, {("/", "wavelength"): 1.54})
    table = read_hdf5(path, "a.h5")
    assert set(table.columns) == {"two_theta", "sigma", "intensity"}
    assert table.wavelength == 1.54


def test_datasets_in_a_group(hdf5):
    table = read_hdf5(hdf5({"entry/peaks/d": [4.0, 3.0], "entry/wavelength": 1.2, "entry/other": [1]}), "a.h5")
    np.testing.assert_array_equal(table.columns["d"], [4.0, 3.0])
    assert table.wavelength == 1.2


def test_the_wavelength_of_a_dataset(hdf5):
    assert read_hdf5(hdf5({"q": [0.1, 0.2]}, {("q", "wavelength"): 0.7}), "a.h5").wavelength == 0.7


@pytest.mark.parametrize(
    ("datasets", "message"),
    [
        ({"peaks": [1.0, 2.0]}, "no dataset called d, two_theta, q or q2"),
        ({"a/d": [1.0], "b/d": [2.0]}, "several datasets of d"),
        ({"d": [[1.0, 2.0]]}, "not one-dimensional and equally long"),
        ({"d": [1.0, 2.0], "sigma": [1.0]}, "not one-dimensional and equally long"),
        ({"d": ["x", "y"]}, "d is not numeric"),
        ({"d": [1.0], "wavelength": 1.0, "a/wavelength": 2.0}, "several wavelengths"),
    ],
)
def test_bad_hdf5(hdf5, datasets, message):
    with pytest.raises(InputError, match=f"a.h5: .*{message}"):
        read_hdf5(hdf5(datasets), "a.h5")


def test_a_truncated_hdf5(hdf5, tmp_path):
    content = open(hdf5({"d": np.arange(1.0, 500.0)}), "rb").read()
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="cut.h5: is not a readable HDF5 file"):
        read_hdf5(str(tmp_path / "cut.h5"), "cut.h5")
