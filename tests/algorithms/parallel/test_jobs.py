"""Jobs of a queue: the scripts that are submitted, and what becomes of jobs that end."""

from __future__ import annotations

import math
import os
import shlex
import sys
import time
from pathlib import Path

import iotbx.phil
import pytest

from mlindex_plugin import InputError
from mlindex_plugin.algorithms.parallel import Workers, jobs
from mlindex_plugin.algorithms.parallel.queue_list import job_number, jobs_in_queue
from mlindex_plugin.phil import powder_scope

REPOSITORY = Path(__file__).parents[3]
GIVEN = ("queue=long", "wall_time=95", "memory=3000", "extra_options=--account=x", "env_script='/a b.sh'")
HEADS = {
    "slurm": ["#SBATCH -p long", "#SBATCH -t 01:35:00", "#SBATCH --mem=3G", "#SBATCH -n 1", "#SBATCH --account=x"],
    "sge": ["#$ -q long", "#$ -l h_rt=01:35:00", "#$ -l mem_free=3000M", "#$ --account=x"],
    "lsf": ["#BSUB -q long", "#BSUB -W 01:35", "#BSUB -M 3000000", "#BSUB -n 1", "#BSUB --account=x"],
    "pbs": [
        "#PBS -q long",
        "#PBS -l walltime=01:35:00",
        "#PBS -l select=1:ncpus=1:mem=2862MB",
        "#PBS --account=x",
    ],
}
SUBMIT = {"slurm": "sbatch", "sge": "qsub", "lsf": "bsub", "pbs": "qsub"}
LIST = {"slurm": "squeue", "sge": "qstat", "lsf": "bjobs", "pbs": "qstat"}
CANCEL = {"slurm": "scancel", "sge": "qdel", "lsf": "bkill", "pbs": "qdel"}
SAYS = {
    "slurm": "Submitted batch job %s",
    "sge": 'Your job %s ("mlindex") has been submitted',
    "lsf": "Job <%s> is submitted to queue <long>.",
    "pbs": "%s.server",
}


def parameters(*assignments):
    return powder_scope().fetch(iotbx.phil.parse("\n".join(f"mp.{one}" for one in assignments))).extract().mp


@pytest.mark.parametrize("method", HEADS)
def test_the_script_of_a_job_is_what_the_queue_understands(method, monkeypatch):
    dask_jobqueue = pytest.importorskip("dask_jobqueue")
    monkeypatch.setenv("PYTHONPATH", "/x y")
    cluster = getattr(dask_jobqueue, jobs.CLUSTERS[method])
    described = jobs._job(parameters(f"method={method}", *GIVEN))
    lines = cluster.job_cls("tcp://10.0.0.1:4000", name="one", **described).job_script().splitlines()
    assert set(HEADS[method]) <= set(lines)
    assert lines.index("source '/a b.sh'") < lines.index("export PYTHONPATH='/x y'")
    worker = shlex.split([line for line in lines if line][-1])
    assert worker[:4] == [sys.executable, "-m", "distributed.cli.dask_worker", "tcp://10.0.0.1:4000"]
    assert worker[worker.index("--nthreads") + 1] == "1"


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A queue that begins jobs at once on this machine; gives a function that makes its commands."""
    ids = tmp_path / "jobs"
    ids.mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    paths = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))

    def make(method: str, begins: str = 'setsid bash "$script" > /dev/null 2>&1 < /dev/null & pid=$!'):
        submit = (
            f'script=$(mktemp {tmp_path}/XXXX.sh); cat "${{1:-/dev/stdin}}" > "$script"\n'
            f'{begins}\ntouch "{ids}/$pid"; printf "{SAYS[method]}\\n" "$pid" | sed "s/@/ /"\n'
        ).replace('"mlindex"', '\\"mlindex\\"')
        listing = (
            f'for job in $(ls "{ids}"); do kill -0 "$job" 2> /dev/null && echo "  $job.server mlindex"; done; true\n'
        )
        cancel = 'kill -- -"$1"\n'
        for name, text in ((SUBMIT, submit), (LIST, listing), (CANCEL, cancel)):
            command = tmp_path / name[method]
            command.write_text(f"#!/bin/bash\n{text}")
            command.chmod(0o755)

    return make


@pytest.mark.slow
@pytest.mark.parametrize("method", SUBMIT)
def test_every_kind_of_queue_serves(method, queue):
    pytest.importorskip("dask_jobqueue")
    queue(method)
    with Workers(pool=jobs.Jobs(parameters(f"method={method}", "nproc=1", "queue=long"))) as workers:
        assert len(jobs_in_queue(method)) == 1
        assert sorted(workers.run(math.factorial, [3, 4, 5])) == [(3, 6), (4, 24), (5, 120)]
    deadline = time.monotonic() + 60
    while jobs_in_queue(method):  # told to end
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.slow
def test_jobs_that_end_without_work_end_the_run(queue, monkeypatch):
    pytest.importorskip("dask_jobqueue")
    monkeypatch.setattr(jobs, "_LOOK", 0.5)
    queue("pbs", begins="pid=99999999")
    with pytest.raises(InputError, match="^mp.method=pbs: all jobs ended before they did any work; .*mp.env_script"):
        Workers(pool=jobs.Jobs(parameters("method=pbs", "nproc=2", "queue=long"))).__enter__()


def test_job_numbers_are_read_from_the_lists_of_queues(queue):
    texts = ("Job ID  User", "-----", "1234.server.org  me", "  77 0.5 mlindex", "9_[1-3]", "")
    assert [job_number(text) for text in texts] == [None, None, 1234, 77, 9, None]
    queue("lsf")
    assert jobs_in_queue("lsf") == set()


def test_a_queue_that_cannot_be_asked_is_not_taken_for_an_empty_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert jobs_in_queue("slurm") is None
