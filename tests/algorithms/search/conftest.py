"""One thread for torch: small tensors are slower with several, above all beside other processes."""

from __future__ import annotations

import pytest


@pytest.fixture
def one_thread():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
