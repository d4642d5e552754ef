"""How many candidates are under way at a time."""

from __future__ import annotations

import torch

_BYTES_PER_LINE = 200  # of all tensors alive at a time, upper bound
_LINES_PER_PEAK = 12  # of the cells with the most lines; most have a third of them
_SHARE = 0.1  # of the free memory: several processes may use one GPU
_MOST = 1 << 18
_ON_PROCESSOR = 2000  # tensors of more candidates leave the cache


def candidates_at_once(device: str, n_peaks: int) -> int:
    """Number of candidates that fit into the memory of a device.

    Parameters
    ----------
    device : str
        ``cpu`` or ``cuda``.
    n_peaks : int
    """
    if device == "cpu":
        return _ON_PROCESSOR
    free, _ = torch.cuda.mem_get_info()
    return max(_ON_PROCESSOR, min(_MOST, int(_SHARE * free / (_BYTES_PER_LINE * _LINES_PER_PEAK * n_peaks))))
