"""What shall be trained, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import mlindex_plugin
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.dataset import open_dataset
from mlindex_plugin.algorithms.training.assemble import Recipe
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.registry import VERSION

_BLOCK = 1 << 24  # bytes


@dataclass(frozen=True)
class DataFile:
    """A data set, known by its content.

    Attributes
    ----------
    path : str
    digest : str
        SHA-256 of the file.
    """

    path: str
    digest: str

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return Path(self.path).name

    @classmethod
    def of(cls, path) -> DataFile:
        """Of a file.

        Raises
        ------
        InputError
            If it cannot be read as a data set.
        """
        open_dataset(path).close()
        try:
            with open(path, "rb") as stream:
                digest = hashlib.sha256()
                while block := stream.read(_BLOCK):
                    digest.update(block)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
        return cls(str(path), digest.hexdigest())


@dataclass(frozen=True)
class Order:
    """What shall be trained, and how; the models follow from it.

    Attributes
    ----------
    data : tuple of DataFile
    directory : pathlib.Path
        For the models, the reports and, until they are complete, the parts.
    recipe : Recipe
        Of the training sets.
    seed : int
    network_kind : str
        See `NetworkSettings`.
    network : mapping
        Fields of `NetworkSettings` that shall differ from the lattice's defaults.
    """

    data: tuple[DataFile, ...]
    directory: Path
    recipe: Recipe = field(default_factory=Recipe)
    seed: int = 0
    network_kind: str = "mixture"
    network: Mapping = field(default_factory=dict)

    @property
    def settings(self) -> dict:
        """What the models depend on besides the data, as JSON values."""
        network = {"kind": self.network_kind, **self.network}
        return {"seed": self.seed, "training_set": asdict(self.recipe), "network": network}

    @property
    def key(self) -> str:
        """Text that changes with what the models would be."""
        digests = [one.digest for one in self.data]
        made_by = f"{mlindex_plugin.__version__} {VERSION} {digests} {self.settings}"
        return hashlib.sha256(made_by.encode()).hexdigest()[:16]

    @property
    def parts(self) -> Path:
        """Where parts are kept until models are complete."""
        return self.directory / "parts" / self.key

    def folder(self, symbol: str) -> Path:
        """Where those of one lattice are kept."""
        return self.parts / symbol

    def seed_of(self, symbol: str, stage: int) -> list[int]:
        """Seed of one stage of one lattice, so that it does not matter when and where it is run."""
        return [self.seed, list(LATTICES).index(symbol), stage]
