"""Run by libtbx.configure and libtbx.refresh: says which Python packages are still missing.

libtbx itself writes a dispatcher for each file in mlindex_plugin/command_line.
"""

from __future__ import annotations

from importlib.util import find_spec

# import name -> name to install
_NEEDED = {
    "h5py": "h5py",
    "jinja2": "jinja2",
    "matplotlib": "matplotlib",
    "numba": "numba",
    "numpy": "numpy",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "tqdm": "tqdm",
}

_missing = [package for module, package in _NEEDED.items() if find_spec(module) is None]
if _missing:
    print(f"mlindex_plugin needs {', '.join(_missing)}: install with conda, or libtbx.python -m pip install.")
