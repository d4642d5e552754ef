"""Reading a peak list or pattern from a file of any of the formats."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from pathlib import Path

from mlindex_plugin.algorithms.peaks.assemble import peaks_from_positions, with_notes
from mlindex_plugin.algorithms.peaks.columns import Table, choose_positions
from mlindex_plugin.algorithms.peaks.error_model import rounding_sigma
from mlindex_plugin.algorithms.peaks.grid import is_grid, is_reciprocal_grid
from mlindex_plugin.algorithms.peaks.pattern import peaks_from_pattern
from mlindex_plugin.algorithms.peaks.peak_list import PeakList
from mlindex_plugin.algorithms.peaks.read_binary import read_hdf5, read_npy
from mlindex_plugin.algorithms.peaks.read_json import read_json
from mlindex_plugin.algorithms.peaks.read_text import GSAS_FIRST_LINE, read_columns, read_gsas_peaks
from mlindex_plugin.algorithms.peaks.units import UNITS, check_unit
from mlindex_plugin.errors import InputError

_GZIP, _NPY, _HDF5 = b"\x1f\x8b", b"\x93NUMPY", b"\x89HDF\r\n\x1a\n"
_NEEDED_START = {".npy": _NPY, ".h5": _HDF5, ".hdf5": _HDF5, ".hdf": _HDF5, ".nxs": _HDF5}


def read_peaks(path, params) -> PeakList:
    """Read a peak list, or a pattern and find its lines.

    Parameters
    ----------
    path : str or os.PathLike
        A JSON list, text in columns, a GSAS-II ``.pkslst``, a numpy ``.npy``, or an HDF5 file; the content decides,
        and any may be compressed with gzip.
    params : libtbx.phil.scope_extract
        Of `mlindex_plugin.phil.powder_scope`; ``input.units`` and ``input.wavelength`` (Å) are used. The latter
        replaces the file's.

    Returns
    -------
    PeakList

    Raises
    ------
    InputError
        If the file cannot be read, its unit is not told by the file nor by ``input.units``, or its content cannot be
        the lines of a powder.
    """
    source = str(path)
    units, wavelength = params.input.units, params.input.wavelength
    if units != "auto":
        check_unit(units, source)
    table = _read_table(Path(path), source)
    wavelength = table.wavelength if wavelength is None else wavelength
    if len(table) == 0:
        raise InputError(f"{source}: holds no peaks.")
    if _is_pattern(table):
        return _pattern_peaks(table, units, wavelength)
    chosen = choose_positions(table, units, wavelength)
    peaks = peaks_from_positions(
        chosen.values,
        chosen.unit,
        wavelength=wavelength,
        sigma=chosen.sigma,
        intensity=table.columns.get("intensity"),
        source=source,
        rounding=rounding_sigma(chosen.values) if table.from_text else 0.0,
    )
    return with_notes(peaks, chosen.notes)


def _read_table(path: Path, source: str) -> Table:
    content = _read_bytes(path, source)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    needed = _NEEDED_START.get(suffix)
    if needed and not content.startswith(needed):
        raise InputError(f"{source}: is not a {suffix} file inside; it may be damaged, write it again.")
    if content.startswith(_NPY):
        return read_npy(content, source)
    if content.startswith(_HDF5):
        return _read_hdf5_content(content, source)
    text = _decode(content, source)
    if suffix == ".pkslst" or text.startswith(GSAS_FIRST_LINE):
        return read_gsas_peaks(text, source)
    if suffix == ".json" or text.lstrip().startswith(("{", "[")):
        return read_json(text, source)
    return read_columns(text, source)


def _read_bytes(path: Path, source: str) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{source}: no such file.") from None
    except IsADirectoryError:
        raise InputError(f"{source}: is a folder; give the file in it.") from None
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}).") from None
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise InputError(f"{source}: is damaged or cut off; compress it again.") from None
    if not content.strip():
        raise InputError(f"{source}: is empty.")
    return content


def _read_hdf5_content(content: bytes, source: str) -> Table:
    # A file on disk is what the library reads, and the content may have been compressed.
    with tempfile.NamedTemporaryFile(suffix=".h5") as file:
        file.write(content)
        file.flush()
        return read_hdf5(file.name, source)


def _decode(content: bytes, source: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # instruments write their degree and angstrom signs like this
    if any(ord(character) < 32 and character not in "\t\n\r\f\v" for character in text[:65536]):
        raise InputError(f"{source}: is neither text, JSON, numpy nor HDF5; give a peak list or a pattern.")
    return text


def _is_pattern(table: Table) -> bool:
    """Whether the table is a pattern: intensities on a grid of positions."""
    if "intensity" not in table.columns:
        return False
    names = [name for name in (*UNITS, "q_2pi", "position") if name in table.columns]
    return any(is_grid(table.columns[name]) for name in names)


def _pattern_peaks(table: Table, units: str, wavelength: float | None) -> PeakList:
    if units == "auto" and "position" in table.columns and is_reciprocal_grid(table.columns["position"]):
        units = "d"
    chosen = choose_positions(table, units, wavelength)
    peaks = peaks_from_pattern(
        chosen.values, table.columns["intensity"], chosen.unit, wavelength, table.columns.get("sigma"), table.source
    )
    return with_notes(peaks, chosen.notes)
