from __future__ import annotations

import sys

import iotbx.phil
import pytest

from mlindex_plugin import InputError
from mlindex_plugin.algorithms.parallel import available_processors, workers_for
from mlindex_plugin.algorithms.parallel.jobs import _job
from mlindex_plugin.algorithms.parallel.ranks import _check_program, _program
from mlindex_plugin.phil import powder_scope


def parameters(*assignments):
    return powder_scope().fetch(iotbx.phil.parse("\n".join(f"mp.{one}" for one in assignments))).extract().mp


@pytest.mark.parametrize(
    ("assignment", "size"), [("nproc=1", 1), ("nproc=3", 3), ("nproc=Auto", available_processors())]
)
def test_processes_are_as_many_as_asked_for(assignment, size):
    assert workers_for(parameters(assignment)).size == size


@pytest.mark.parametrize(
    ("method", "module"), [("mpi", "mpi4py"), ("slurm", "dask_jobqueue"), ("pbs", "dask_jobqueue")]
)
def test_a_method_without_its_package_names_it(method, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=f"^mp.method={method} needs .*{module.replace('_', '-')}"):
        workers_for(parameters(f"method={method}", "nproc=2"))


def test_a_job_is_described_as_the_parameters_say(monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    given = (
        "method=slurm",
        "queue=long",
        "wall_time=95",
        "memory=3000",
        "extra_options=--account=x",
        "env_script=/a b.sh",
    )
    job = _job(parameters(*given))
    assert job["walltime"] == "01:35:00" and job["memory"] == "3000MB" and job["queue"] == "long"
    assert job["job_extra_directives"] == ["--account=x"] and job["job_script_prologue"] == ["source '/a b.sh'"]
    assert (job["cores"], job["processes"], job["python"]) == (1, 1, sys.executable)
    assert _job(parameters("method=lsf", "wall_time=95"))["walltime"] == "01:35"


def test_ranks_of_different_installations_are_refused():
    _check_program(3, {**_program(), "host": "node7"})
    with pytest.raises(InputError, match="^MPI rank 3 on node7 has numpy 0.1, rank 0 on .* start all ranks from one"):
        _check_program(3, {**_program(), "numpy": "0.1", "host": "node7"})
