"""The generators that are fitted on a training set, and where their classes are."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

_GENERATORS = "mlindex_plugin.algorithms.generators"


@dataclass(frozen=True)
class Member:
    """A trained generator of the ensemble.

    Attributes
    ----------
    name : str
        Of its stage and of its arrays.
    title : str
        For people.
    module, class_name : str
        Its class, imported when it is needed: scikit-learn and torch are loaded by training alone.
    """

    name: str
    title: str
    module: str
    class_name: str

    def generator_class(self):
        """The class, with ``fit`` (except of the network), ``arrays`` and ``from_arrays``."""
        return getattr(import_module(f"{_GENERATORS}.{self.module}"), self.class_name)


TEMPLATES = Member("templates", "Miller-index templates", "template_cells", "TemplateCells")
FOREST = Member("forest", "random forests", "forest_cells", "ForestCells")
VOLUMES = Member("volumes", "random cells of predicted volume", "volume_cells", "VolumeCells")
NETWORK = Member("network", "network", "network_cells", "NetworkCells")
FITTED = (TEMPLATES, FOREST, VOLUMES)
MEMBERS = (*FITTED, NETWORK)  # in the order in which they are trained
