"""What a data set is made from: the units of work and what each gives."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mlindex_plugin.algorithms.simulate.dataset.file_names import free_name, is_cif
from mlindex_plugin.algorithms.simulate.entry_lines import BROADENING
from mlindex_plugin.errors import InputError

CIFS_PER_UNIT = 32
CRYSTALS_PER_BLOCK = 100
ARCHIVES = (".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True)
class CifUnit:
    """Some CIFs.

    Attributes
    ----------
    files : tuple of (str, str, str)
        Identifier, path and digest of each.
    """

    files: tuple[tuple[str, str, str], ...]

    def __len__(self) -> int:
        return len(self.files)

    def key(self) -> str:
        """Text that changes with what the unit would give."""
        return repr([(name, digest) for name, _, digest in self.files])

    def prepare(self, seed):
        """List of Prepared, and identifiers and digests of the files that are done."""
        from mlindex_plugin.algorithms.simulate.preparation.structure_entries import prepare_cif

        prepared = [one for name, path, _ in self.files for one in prepare_cif(path, name)]
        return prepared, [(name, digest) for name, _, digest in self.files]


@dataclass(frozen=True)
class SyntheticUnit:
    """Crystals `start` to `stop` of a block of the endless stream of a population.

    A block is seeded by the seed, the population and its number, so that it does not matter who makes it, and when.
    """

    population: str
    block: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def key(self) -> str:
        """Text that changes with what the unit would give."""
        return repr(self)

    def prepare(self, seed):
        """List of Prepared, and no files."""
        from dataclasses import replace

        import numpy as np

        from mlindex_plugin.algorithms.simulate.preparation.structure_entries import Prepared
        from mlindex_plugin.algorithms.simulate.synthetic import synthetic_entries

        population = int.from_bytes(hashlib.sha256(self.population.encode()).digest()[:4], "big")
        rng = np.random.default_rng([seed, population, self.block])
        stream = enumerate(islice(synthetic_entries(self.population, rng, broadening=BROADENING), self.stop))
        first = self.block * CRYSTALS_PER_BLOCK
        named = [replace(entry, identifier=f"{self.population}-{seed}-{first + i:09d}") for i, entry in stream]
        return [Prepared(entry.identifier, entry) for entry in named[self.start :]], []


def synthetic_units(population, n_have, n_wanted):
    """Units that bring a population from `n_have` to `n_wanted` crystals."""
    units = []
    for block in range(n_have // CRYSTALS_PER_BLOCK, -(-n_wanted // CRYSTALS_PER_BLOCK)):
        first = block * CRYSTALS_PER_BLOCK
        start, stop = max(n_have - first, 0), min(n_wanted - first, CRYSTALS_PER_BLOCK)
        if start < stop:
            units.append(SyntheticUnit(population, block, start, stop))
    return units


def cif_units(files):
    """Units of a fixed number of CIFs; `files` as `new_files` gives them."""
    return [CifUnit(tuple(files[i : i + CIFS_PER_UNIT])) for i in range(0, len(files), CIFS_PER_UNIT)]


def find_cifs(inputs, scratch):
    """CIFs among files, folders and archives.

    Parameters
    ----------
    inputs : sequence of str
        CIFs (also ``.cif.gz``), folders (searched with their sub-folders) and tar archives.
    scratch : pathlib.Path
        Folder in which archives are unpacked.

    Returns
    -------
    dict of str to pathlib.Path
        By identifier: the name of the file, or its path where two have the same name. A name that an archive holds
        more than once becomes ``name~2.cif`` and so on.

    Raises
    ------
    InputError
        If an input holds no CIF or cannot be read.
    """
    found = {}
    for one in inputs:
        path = Path(one)
        if one.endswith(ARCHIVES):
            path = _unpacked(path, scratch)
        files = [path] if path.is_file() else _cifs_below(path)
        if not files:
            raise InputError(f"{one}: no .cif files in it.")
        for file in files:
            found.setdefault(file.absolute(), Path(one) / file.relative_to(path))
    times = Counter(file.name for file in found)
    return {file.name if times[file.name] == 1 else str(shown): file for file, shown in found.items()}


def _cifs_below(folder):
    def refuse(error):
        raise InputError(f"{error.filename}: cannot be read ({error.strerror}); make it readable or move it away.")

    paths = (Path(parent) / name for parent, _, names in os.walk(folder, onerror=refuse) for name in names)
    return sorted(path for path in paths if is_cif(path))


def unpacked_folder(archive, scratch):
    """Where the CIFs of an archive are unpacked in the folder `scratch`."""
    return scratch / f"{archive.name}_{archive.stat().st_size}"


def _unpacked(archive, scratch):
    """Folder with the CIFs of a tar archive; unpacked once."""
    folder = unpacked_folder(archive, scratch)
    if folder.is_dir():
        return folder
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                target = partial / member.name
                if member.isfile() and is_cif(target) and ".." not in target.parts:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _free_path(target).write_bytes(tar.extractfile(member).read())
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(f"{archive}: not a readable tar archive ({error}).") from error
    os.replace(partial, folder)
    return folder


def _free_path(path):
    """`path`, or one with a number: an archive may hold a name more than once."""
    return path.with_name(free_name(path.name, lambda name: path.with_name(name).exists()))
