"""Which workers the parameters ``mp`` ask for."""

from __future__ import annotations

from mlindex_plugin.algorithms.parallel.grouped import GroupedWorkers, Grouping
from mlindex_plugin.algorithms.parallel.pool import InProcess, Pool
from mlindex_plugin.algorithms.parallel.processes import Processes
from mlindex_plugin.algorithms.parallel.workers import Workers, available_processors


def workers_for(mp, grouping: Grouping | None = None) -> Workers:
    """Workers for the PHIL parameters ``mp``.

    Parameters
    ----------
    mp : libtbx.phil.scope_extract
        ``method`` and ``nproc``. With ``mpi`` the launcher sets the number of ranks and ``nproc`` is not used.
    grouping : Grouping or None
        How tasks are grouped for a GPU; its processes are started anew, since CUDA does not survive a fork.

    Raises
    ------
    InputError
        If the method needs a package that is not installed.
    """
    if grouping is not None:
        return GroupedWorkers(_pool(mp, spawn=True), grouping)
    return Workers(pool=_pool(mp))


def _pool(mp, spawn: bool = False) -> Pool:
    if mp.method == "mpi":
        from mlindex_plugin.algorithms.parallel.ranks import Ranks, world

        ranks = world()
        return Ranks(ranks) if ranks.Get_size() > 1 else InProcess()
    if mp.method != "multiprocessing":
        from mlindex_plugin.algorithms.parallel.jobs import Jobs

        return Jobs(mp)
    n_processes = mp.nproc if isinstance(mp.nproc, int) else available_processors()
    return Processes(n_processes, spawn) if n_processes > 1 else InProcess()
