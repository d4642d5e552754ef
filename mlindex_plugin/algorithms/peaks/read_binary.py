"""Tables in numpy and HDF5 files."""

from __future__ import annotations

import io

import numpy as np

from mlindex_plugin.algorithms.peaks.columns import Table
from mlindex_plugin.algorithms.peaks.grid import is_grid
from mlindex_plugin.algorithms.peaks.units import UNITS, column_name
from mlindex_plugin.errors import InputError


def read_npy(content: bytes, source: str) -> Table:
    """Read a numpy file.

    Parameters
    ----------
    content : bytes
        Of a ``.npy`` file with an array of shape (n,), positions; (n, 2), positions and intensities; (n, 3), positions,
        their standard errors and intensities, or for a pattern positions, intensities and their standard errors; or a
        structured array of shape (n,) whose fields are named as columns are.
    source : str
        File name, for messages.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the file is damaged, holds objects, or an array of another shape.
    """
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        reason = "holds Python objects" if "pickle" in str(error).lower() else "is damaged or cut off"
        raise InputError(f"{source}: {reason}; save a numeric array with numpy.save.") from None
    if array.dtype.names:
        columns = {column_name(field, source) or field: array[field] for field in array.dtype.names}
        return Table(source, {name: _numeric(values, name, source) for name, values in columns.items()})
    array = _numeric(array, "the array", source)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] not in (1, 2, 3) or len(array) == 0:
        raise InputError(f"{source}: holds an array of shape {array.shape}; shape (n,), (n, 2) or (n, 3) is needed.")
    is_list_with_errors = array.shape[1] == 3 and not is_grid(array[:, 0])
    names = ("position", "sigma", "intensity") if is_list_with_errors else ("position", "intensity", "sigma")
    return Table(source, dict(zip(names, array.T, strict=False)))


def read_hdf5(path: str, source: str) -> Table:
    """Read an HDF5 file.

    Parameters
    ----------
    path : str
        Of a file with one-dimensional datasets ``d``, ``two_theta``, ``q``, ``q2`` or ``q_2pi``, and optionally
        ``sigma`` and ``intensity``, in any one group; ``wavelength`` (Å) as a dataset or an attribute of the file, of
        a group or of a dataset used.
    source : str
        File name, for messages.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the file is damaged or has no such datasets, or several of one name.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _table_of(file, source)
    except (OSError, RuntimeError, KeyError):
        raise InputError(f"{source}: is not a readable HDF5 file; it may be damaged or cut off.") from None


def _table_of(file, source: str) -> Table:
    import h5py

    found: dict[str, list] = {}
    wavelengths = [] if file.attrs.get("wavelength") is None else [file.attrs["wavelength"]]

    def collect(path, item):
        if "wavelength" in item.attrs:
            wavelengths.append(item.attrs["wavelength"])
        if isinstance(item, h5py.Dataset):
            name = path.rsplit("/", 1)[-1]
            found.setdefault("wavelength" if name == "wavelength" else column_name(name, source), []).append(item)

    file.visititems(collect)
    found.pop(None, None)
    wavelengths += [dataset[()] for dataset in found.pop("wavelength", [])]
    twice = next((name for name, datasets in found.items() if len(datasets) > 1), None)
    if twice:
        paths = " and ".join(dataset.name for dataset in found[twice])
        raise InputError(f"{source}: has several datasets of {twice} ({paths}); keep one peak list per file.")
    columns = {name: _numeric(datasets[0][()], name, source) for name, datasets in found.items()}
    if not any(name in (*UNITS, "q_2pi") for name in columns):
        raise InputError(f"{source}: has no dataset called d, two_theta, q or q2.")
    lengths = {values.shape for values in columns.values()}
    if len(lengths) > 1 or len(next(iter(lengths))) != 1:
        raise InputError(f"{source}: its datasets {', '.join(columns)} are not one-dimensional and equally long.")
    return Table(source, columns, _one_wavelength(wavelengths, source))


def _one_wavelength(values: list, source: str) -> float | None:
    numbers = {float(number) for value in values for number in _numeric(np.atleast_1d(value), "wavelength", source)}
    if len(numbers) > 1:
        raise InputError(f"{source}: gives several wavelengths; add input.wavelength and remove all but one.")
    return numbers.pop() if numbers else None


def _numeric(values, name: str, source: str) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "iuf":
        raise InputError(f"{source}: {name} is not numeric.")
    return values.astype(float)
