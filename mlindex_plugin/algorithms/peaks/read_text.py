"""Tables in plain text: lists and patterns in columns, and GSAS-II peak lists."""

from __future__ import annotations

import ast
import re

import numpy as np

from mlindex_plugin.algorithms.peaks.columns import Table
from mlindex_plugin.algorithms.peaks.grid import is_grid
from mlindex_plugin.algorithms.peaks.units import UNITS, column_name
from mlindex_plugin.errors import InputError

GSAS_FIRST_LINE = "#GSAS-II PWDR peaks list"

_COMMENT = ("#", "!", "%", "//", "*", "'")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?$|[+-]?(nan|inf|infinity)$", re.IGNORECASE)
_WAVELENGTH = re.compile(r"\b(?:wave ?length|lambda)\b[^\d\n]{0,15}?(\d+\.\d*|\.\d+)", re.IGNORECASE)
_WAVELENGTH_CLAUSE = re.compile(rf"[\s,;(]*{_WAVELENGTH.pattern}\s*(?:Å|A|angstroms?)?[\s,;)]*$", re.IGNORECASE)
# Names of several words, joined before a header is split at blanks.
_LONG_NAMES = ((r"2[\s_-]*(?:theta|θ)", "2theta"), (r"\bd[\s_-]+(spacing|value)s?\b", "d"), (r"([\[(])\s+", r"\1"))


def read_columns(text: str, source: str) -> Table:
    """Read a list or pattern in columns.

    Parameters
    ----------
    text : str
        Lines of numbers, parted by blanks, tabs, commas or semicolons. Lines that start with ``#``, ``!``, ``%``,
        ``//``, ``*`` or an apostrophe are comments; the last one before the numbers may name the columns, as may a
        first line that is no comment. A comment may hold ``wavelength = 1.5406``.
    source : str
        File name, for messages.

    Returns
    -------
    Table
        Without names: one column is positions, two are positions and intensities, three (patterns only) have the
        error of the intensity too.

    Raises
    ------
    InputError
        If a value is no number, rows differ in length, or a list has three or more columns without names.
    """
    header, rows = _split_lines(text)
    if not rows:
        raise InputError(f"{source}: holds no numbers.")
    cells, delimiter = _split_rows(rows, source)
    numbers = _numbers(cells, rows, source)
    names = _column_names(header, delimiter, numbers.shape[1], source)
    wavelength = _WAVELENGTH.search("\n".join(line for _, line in header))
    return Table(
        source=source,
        columns=_unnamed(numbers, source) if names is None else _named(numbers, names, source),
        wavelength=float(wavelength.group(1)) if wavelength else None,
        from_text=True,
    )


def _split_lines(text: str) -> tuple[list[tuple[bool, str]], list[tuple[int, str]]]:
    """Lines above the first number with whether they are comments, and lines of numbers with their line number."""
    header, rows = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        is_comment = line.startswith(_COMMENT)
        if not line or (is_comment and rows):
            continue
        if rows or (not is_comment and _is_row(line)):
            rows.append((number, line))
        else:
            header.append((is_comment, line.lstrip("".join(_COMMENT)).strip()))
    return header, rows


def _is_row(line: str) -> bool:
    if re.match(r"2\s+(theta|θ)", line, re.IGNORECASE):
        return False
    return bool(_NUMBER.match(re.split(r"[\s,;]+", line)[0]))


def _split_rows(rows: list[tuple[int, str]], source: str) -> tuple[list[list[str]], str]:
    """Cells of every row, with a decimal point whatever the file has, and the delimiter found."""
    lines = [line for _, line in rows]
    joined = "\n".join(lines)
    if ";" in joined:
        delimiter = ";"
    elif all("\t" in line for line in lines):
        delimiter = "\t"
    elif "," in joined:
        delimiter = ","
        for number, line in rows:
            if re.search(r"[^,\s]\s+[^,\s]", line):
                raise InputError(f"{source}: line {number} mixes commas and blanks ({line!r}); use one of them.")
    else:
        delimiter = None
    cells = [[cell.strip() for cell in line.split(delimiter)] for line in lines]
    cells = [row[:-1] if row[-1] == "" else row for row in cells]
    if delimiter != ",":
        cells = _decimal_points(cells, source)
    return cells, delimiter


def _decimal_points(cells: list[list[str]], source: str) -> list[list[str]]:
    everything = [cell for row in cells for cell in row]
    with_comma = [cell for cell in everything if re.fullmatch(r"[+-]?\d+,\d+", cell)]
    if not with_comma:
        return cells
    if any("." in cell for cell in everything):
        raise InputError(f"{source}: has numbers with points and with commas ({with_comma[0]}); use points only.")
    return [[cell.replace(",", ".") for cell in row] for row in cells]


def _numbers(cells: list[list[str]], rows: list[tuple[int, str]], source: str) -> np.ndarray:
    width = len(cells[0])
    values = np.empty((len(cells), width))
    for i, (row, (number, _)) in enumerate(zip(cells, rows, strict=True)):
        if len(row) != width:
            raise InputError(f"{source}: line {number} has {len(row)} columns where the first has {width}; correct it.")
        for k, cell in enumerate(row):
            if not _NUMBER.match(cell):
                raise InputError(f"{source}: line {number}: {cell!r} is not a number; correct or remove it.")
            values[i, k] = float(cell.lower().replace("d", "e"))
    return values


def _column_names(header: list[tuple[bool, str]], delimiter: str | None, width: int, source: str) -> list[str] | None:
    """Names of the columns, from the lowest line above the numbers that can be their header."""
    for is_comment, line in reversed(header):
        line = _WAVELENGTH_CLAUSE.sub("", line)
        for pattern, replacement in _LONG_NAMES:
            line = re.sub(pattern, replacement, line, flags=re.IGNORECASE)
        parts = _split_at_blanks(line) if delimiter is None or delimiter not in line else line.split(delimiter)
        kinds = [column_name(part, source) for part in parts]
        if not any(kind in (*UNITS, "q_2pi") for kind in kinds):
            continue
        if is_comment and kinds[0] in UNITS and len(parts) == 1 and width == 2:
            return [kinds[0], "intensity"]
        if len(parts) != width and not is_comment:
            raise InputError(f"{source}: {len(parts)} columns are named but {width} follow; correct the header.")
        # Sentences in comments can hold a lone "d" or "q".
        n_known = sum(kind is not None for kind in kinds)
        if len(parts) == width and (not is_comment or n_known >= min(2, width)):
            return [kind or f"column {k + 1}" for k, kind in enumerate(kinds)]
    return None


def _split_at_blanks(line: str) -> list[str]:
    """Names parted by blanks or commas; a unit in brackets stays with its name."""
    line = re.sub(r"\s+([\[(])", r"\1", line)
    return [part for part in re.split(r"[\s,;]+", line) if part]


def _named(numbers: np.ndarray, names: list[str], source: str) -> dict[str, np.ndarray]:
    columns = {}
    for name, values in zip(names, numbers.T, strict=True):
        if name in columns and name in ("sigma", "intensity"):
            continue  # GSAS-II's lists, for one, give an esd behind the position and another behind the intensity
        if name in columns:
            raise InputError(f"{source}: has two columns of {name}; remove one of them.")
        columns[name] = values
    return columns


def _unnamed(numbers: np.ndarray, source: str) -> dict[str, np.ndarray]:
    width = numbers.shape[1]
    if width > 2 and not (width == 3 and is_grid(numbers[:, 0])):
        raise InputError(f"{source}: has {width} columns without names; add a first line such as: d sigma intensity.")
    names = ("position", "intensity", "sigma")  # the order of patterns in .xye files
    return dict(zip(names, numbers.T, strict=False))


def read_gsas_peaks(text: str, source: str) -> Table:
    """Read a GSAS-II peak list (``.pkslst``).

    The file holds a comment and a Python list for each peak: the position in degrees two-theta, the intensity, the
    Gaussian variance and the Lorentzian width, each followed by its refinement flag. It holds neither the wavelength
    nor standard errors. Lists of time-of-flight peaks have twelve items.

    Parameters
    ----------
    text : str
    source : str
        File name, for messages.

    Returns
    -------
    Table
        Columns ``two_theta`` and ``intensity``.

    Raises
    ------
    InputError
        For a line that is no such list, and for time-of-flight data.
    """
    peaks = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        peaks.append(_gsas_peak(line, number, source))
    if not peaks:
        raise InputError(f"{source}: holds no peaks.")
    position, intensity = np.array(peaks).T
    return Table(source, {"two_theta": position, "intensity": intensity}, from_text=True)


def _gsas_peak(line: str, number: int, source: str) -> tuple[float, float]:
    # numpy 2 writes its numbers as np.float64(1.5)
    plain = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", line)
    try:
        items = ast.literal_eval(plain)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        items = None
    is_number = [isinstance(item, int | float) for item in items] if isinstance(items, list) else []
    if len(is_number) < 4 or not (is_number[0] and is_number[2]):
        raise InputError(f"{source}: line {number} is not a GSAS-II peak; save the list again or remove the line.")
    if len(items) >= 12:
        raise InputError(
            f"{source}: line {number} is a time-of-flight peak; convert the list to a column d of d-spacings."
        )
    return float(items[0]), float(items[2])
