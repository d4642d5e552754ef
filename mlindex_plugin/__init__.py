"""Unit cells from serial-crystallography powder data: a plugin of cctbx and DIALS."""

from __future__ import annotations

from mlindex_plugin.import_order import require_cctbx_first

# Before numba, scikit-learn or scipy.spatial: the reason is told in import_order.
require_cctbx_first()
# numpy before cctbx: loaded after Debian's cctbx it breaks the work-array sizes of SciPy's LAPACK
import numpy  # noqa: E402, F401, I001
from cctbx import uctbx  # noqa: E402, F401

__version__ = "0.1.0"

_OFFERED = {
    "index": "mlindex_plugin.algorithms.indexing",
    "PeakList": "mlindex_plugin.algorithms.peaks",
    "Solution": "mlindex_plugin.algorithms.ranking",
    "InputError": "mlindex_plugin.errors",
}


def __getattr__(name):
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_OFFERED[name]), name)
