from __future__ import annotations

import sys

import pytest

from mlindex_plugin import InputError
from mlindex_plugin.algorithms.search import device, torch_device


@pytest.fixture
def no_torch(monkeypatch):
    """An import of torch fails."""
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.fixture
def processor_torch(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)


@pytest.mark.usefixtures("no_torch")
def test_torch_is_not_needed_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(device, "_GPU_FILES", ())
    assert torch_device("cpu", 10**6) is None
    assert torch_device("auto", 10**6) is None
    monkeypatch.setattr(device, "_GPU_FILES", ("/",))
    assert torch_device("auto", 10**6) is None  # a GPU, but no torch


def test_auto_takes_a_gpu_for_many_patterns_only(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(device, "_GPU_FILES", ("/",))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert torch_device("auto", device.WORTH_A_GPU) == "cuda"
    assert torch_device("auto", device.WORTH_A_GPU - 1) is None
    assert torch_device("cuda", 1) == "cuda"


@pytest.mark.usefixtures("no_torch")
def test_cuda_without_torch_says_what_to_install():
    with pytest.raises(InputError, match=r"^search\.device=cuda needs .*pip install torch.*search\.device=cpu\.$"):
        torch_device("cuda", 1)


@pytest.mark.usefixtures("processor_torch")
def test_cuda_with_a_torch_for_processors_says_so(monkeypatch):
    with pytest.raises(InputError, match=r"^search\.device=cuda needs .* for processors only.*search\.device=cpu\.$"):
        torch_device("cuda", 1)
    monkeypatch.setattr(sys.modules["torch"].version, "cuda", "12.8")
    with pytest.raises(InputError, match=r"^search\.device=cuda needs a GPU.*search\.device=cpu\.$"):
        torch_device("cuda", 1)
