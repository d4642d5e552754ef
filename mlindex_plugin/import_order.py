"""Refuses the import order that would crash the interpreter, before it does."""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

# std::num_put<char>::id, the index of the facet that writes numbers to streams; 0 until a stream was set up. The
# dynamic linker keeps one such object per process, whatever the number of C++ libraries.
_NUM_PUT_ID = "_ZNSt7num_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEE2idE"


def require_cctbx_first():
    """Check that cctbx can still be loaded into this process.

    The cctbx-base wheel for Linux brings a libstdc++ of its own. Where the system's has numbered its stream facets
    already (llvmlite, scipy, scikit-learn and matplotlib make it do so), the wheel's takes over the index of one facet,
    gives the same index to another, and crashes at the first number it writes. DIALS from Debian or conda shares one
    libstdc++ with everything else and is loaded in any order.

    Raises
    ------
    ImportError
        If cctbx is not installed, or if loading it now would crash.
    """
    if "boost_python_meta_ext" in sys.modules:
        return
    cctbx = find_spec("cctbx")
    if cctbx is None:
        raise ImportError("cctbx was not found: use an environment that has DIALS, or pip install cctbx-base.")
    brings_its_own = any(Path(cctbx.origin).parents[1].glob("cctbx_base.libs/libstdc++*"))
    if brings_its_own and _system_streams_are_set_up():
        raise ImportError(
            "cctbx must be loaded before numba, scipy, scikit-learn and matplotlib, or it crashes the interpreter: "
            "put `import mlindex_plugin` above those imports."
        )


def _system_streams_are_set_up():
    try:
        libstdcxx = ctypes.CDLL("libstdc++.so.6", mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    except OSError:
        return False
    return ctypes.c_size_t.in_dll(libstdcxx, _NUM_PUT_ID).value != 0
