"""Where candidates are optimised: by the compiled kernel on the processor, or by torch on a GPU."""

from __future__ import annotations

from pathlib import Path

from mlindex_plugin.errors import InputError

# Patterns; with fewer a GPU has too little to do at a time to be quicker than the compiled kernel (docs/gpu.md).
WORTH_A_GPU = 100
_GPU_FILES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")


def torch_device(name: str, n_patterns: int) -> str | None:
    """The device of torch on which to optimise; None: the compiled kernel on the processor.

    torch, which takes seconds to import, is imported only where it may be needed.

    Parameters
    ----------
    name : str
        Value of ``search.device``: ``auto``, ``cpu`` or ``cuda``.
    n_patterns : int
        Patterns to be searched.

    Raises
    ------
    InputError
        For ``cuda`` without torch or without a GPU.
    """
    if name == "cpu" or (name == "auto" and (n_patterns < WORTH_A_GPU or not _gpu_may_exist())):
        return None
    lack = _lack_of_gpu()
    if lack is None:
        return "cuda"
    if name == "auto":
        return None
    raise InputError(f"search.device=cuda needs {lack}; or choose search.device=auto or search.device=cpu.")


def _gpu_may_exist() -> bool:
    return any(Path(name).exists() for name in _GPU_FILES)


def _lack_of_gpu() -> str | None:
    """What is needed for torch to use a GPU; None where it can."""
    try:
        import torch
    except ImportError:
        return "torch, which is not installed here: use pip install torch"
    if torch.cuda.is_available():
        return None
    if torch.version.cuda is None and torch.version.hip is None:
        return f"a torch for GPUs, and {torch.__version__} is for processors only: install one from pytorch.org"
    return "a GPU, and torch finds none here"
