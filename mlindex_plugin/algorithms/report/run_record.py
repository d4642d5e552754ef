"""What a report tells about: the input, the parameters and the result of one run."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from importlib import import_module, util
from typing import TYPE_CHECKING, Any

import mlindex_plugin

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.indexing import SearchResult
    from mlindex_plugin.algorithms.peaks import PeakList


@dataclass(frozen=True)
class RunRecord:
    """One run, from files to solutions.

    Attributes
    ----------
    files : tuple of str
        Data files, as the user named them.
    peaks : PeakList
    result : SearchResult
    scope : libtbx.phil.scope
        The working parameters.
    diff : str
        PHIL text of the parameters that differ from their defaults.
    seconds : dict
        Wall time in s of the stages outside the search, by name.
    """

    files: tuple[str, ...]
    peaks: PeakList
    result: SearchResult
    scope: Any
    diff: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that the user should read, each once: how the search ended, the peaks', the search's."""
        return tuple(dict.fromkeys((*_ending(self.result), *self.peaks.notes, *self.result.notes)))


def _ending(result: SearchResult) -> tuple[str, ...]:
    if result.stopped == "time_limit":
        return ("The search was cut by search.time_limit; these are the best cells found until then.",)
    if result.stopped == "interrupted":
        return ("The search was interrupted; these are the best cells found until then.",)
    return ()


def versions() -> dict[str, str | None]:
    """Versions of the programs that make the answer; ``dials`` is None where DIALS is not installed."""
    found = {"mlindex_plugin": mlindex_plugin.__version__, "cctbx": _cctbx_version(), "dials": _dials_version()}
    for package in ("numpy", "scipy", "numba"):
        found[package] = import_module(package).__version__
    found["python"] = platform.python_version()
    return found


def _cctbx_version() -> str | None:
    """What cctbx itself states, else its distribution (Debian ships no version file).

    ``cctbx.__version__`` is not used: without that file it is today's date.
    """
    from importlib.metadata import PackageNotFoundError, version

    from libtbx.version import get_version

    for distribution in ("cctbx-base", "cctbx"):
        try:
            return get_version(fail_with_none=True) or version(distribution)
        except PackageNotFoundError:
            continue
    return None


def _dials_version() -> str | None:
    if util.find_spec("dials") is None:
        return None
    from dials.util.version import dials_version

    return dials_version()
