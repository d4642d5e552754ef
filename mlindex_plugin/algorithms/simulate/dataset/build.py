"""Making a data set: units of work, resumable at any moment, joined to one file at the end."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import mlindex_plugin
from mlindex_plugin.algorithms.parallel import Interruption, Workers
from mlindex_plugin.algorithms.simulate.dataset.file_names import new_files
from mlindex_plugin.algorithms.simulate.dataset.finish import finish
from mlindex_plugin.algorithms.simulate.dataset.layout import DATASETS, RECORDS, VERSION, create, words
from mlindex_plugin.algorithms.simulate.dataset.left_out import remember_left_out
from mlindex_plugin.algorithms.simulate.dataset.parts import append_part, write_part
from mlindex_plugin.algorithms.simulate.dataset.reader import open_file
from mlindex_plugin.algorithms.simulate.dataset.sources import (
    ARCHIVES,
    cif_units,
    find_cifs,
    synthetic_units,
    unpacked_folder,
)
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import whole_file


@dataclass(frozen=True)
class Order:
    """What a data set shall hold.

    Attributes
    ----------
    inputs : tuple of str
        CIFs, folders and archives of CIFs; empty for synthetic crystals.
    population : str or None
        Of synthetic crystals.
    n_synthetic : int
        Synthetic crystals of this population that the file shall hold.
    seed : int
    left_out : frozenset of str
        Names of files that training may not see, nor their duplicates; added to those that the file remembers.
    """

    inputs: tuple[str, ...] = ()
    population: str | None = None
    n_synthetic: int = 0
    seed: int = 0
    left_out: frozenset[str] = frozenset()


def build_dataset(order, path, n_processes=1, progress=None):
    """Make a data set, or extend one.

    Work is kept in ``<path>.parts`` until the file is complete: after Ctrl-C, kill -9 or a power cut the same call goes
    on where the last one stopped. The content depends on the order and on what the file held before, not on
    interruptions or the number of processes.

    Parameters
    ----------
    order : Order
    path : str or pathlib.Path
        Output; what it already holds is kept and not calculated again.
    n_processes : int
    progress : callable, optional
        Called as ``progress(done, total)``, in crystals or files.

    Returns
    -------
    bool
        False if Ctrl-C stopped the work before its end.

    Raises
    ------
    InputError
        If the inputs hold no CIF, `path` cannot be written, or holds something else or another seed.
    """
    path = Path(path)
    folder = path.with_name(f"{path.name}.parts")
    check_output(path)
    recorded, n_synthetic = _already_there(path, order)
    units = synthetic_units(order.population, n_synthetic, order.n_synthetic) if order.population else []
    if order.inputs:
        units += cif_units(new_files(find_cifs(order.inputs, folder), recorded))
    folder.mkdir(exist_ok=True)
    tasks = [(unit, folder / _part_name(unit, order.seed)) for unit in units]
    if not _run(tasks, order.seed, n_processes, progress):
        return False
    _join(path, [part for _, part in tasks], order)
    _remove_parts(folder, [part for _, part in tasks], order.inputs)
    return True


def check_output(path):
    """Raise InputError if a data set cannot be written to `path`."""
    path = Path(path)
    if path.is_dir() or not os.access(path.resolve().parent, os.W_OK):
        raise InputError(f"{path}: cannot be written; choose another output.file, in a folder that exists.")


def _already_there(path, order):
    """Digests of the files that a data set has dealt with, and its number of crystals of the population."""
    if not path.exists():
        return {}, 0
    with open_file(path, "r") as handle:
        if any(name not in handle for name in RECORDS):
            raise InputError(f"{path}: made by an earlier program, can be read but not extended; make it anew.")
        seed = int(handle.attrs["seed"])
        if seed != order.seed:
            raise InputError(f"{path} was made with seed {seed}, not {order.seed}: give that seed or another file.")
        names, digests = (handle[name].asstr()[...].tolist() for name in ("files/name", "files/digest"))
        n_synthetic = words(handle["entries/source"]).count(order.population)
        return dict(zip(names, digests, strict=True)), n_synthetic


def _part_name(unit, seed):
    made_by = f"{mlindex_plugin.__version__} {VERSION} {len(DATASETS)}"
    return hashlib.sha256(f"{made_by} {seed} {unit.key()}".encode()).hexdigest()[:20] + ".h5"


def _run(tasks, seed, n_processes, progress):
    """Make the parts that are not there yet; False if interrupted."""
    missing = [(unit, part) for unit, part in tasks if not part.exists()]
    total = sum(len(unit) for unit, _ in tasks)
    done = total - sum(len(unit) for unit, _ in missing)
    tell = progress or (lambda done, total: None)
    tell(done, total)
    with Interruption() as interruption, Workers(n_processes) as workers:
        for (unit, _), _ in workers.run(partial(_make_part, seed), missing):
            done += len(unit)
            tell(done, total)
            if interruption.asked:
                break
    return done == total


def _make_part(seed, task):
    unit, part = task
    prepared, files = unit.prepare(seed)
    write_part(part, prepared, files, seed)


def _join(path, parts, order):
    """Write the old rows and those of the parts to a new file and put it in the place of the old one."""
    with whole_file(path, "choose another output.file") as temporary:
        if path.exists():
            shutil.copyfile(path, temporary)
            handle = open_file(temporary, "r+")
        else:
            handle = create(temporary, order.seed)
        with handle:
            n_recorded = len(handle["entries/identifier"])
            for part in parts:
                append_part(handle, part)
            finish(handle, order.seed, remember_left_out(handle, order.left_out), n_recorded)


def _remove_parts(folder, parts, inputs):
    """Remove what was kept for one order; what another, unfinished one has in the folder stays."""
    names = {part.stem for part in parts}
    for file in list(folder.iterdir()):
        if file.name.split(".")[0] in names:  # also "<part>.h5.<process>", which a kill leaves
            file.unlink()
    for one in inputs:
        if one.endswith(ARCHIVES):
            shutil.rmtree(unpacked_folder(Path(one), folder), ignore_errors=True)
    if not any(folder.iterdir()):
        folder.rmdir()
