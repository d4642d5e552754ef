"""The generators that are fitted on a training set."""

from __future__ import annotations

from dataclasses import dataclass

from mlindex_plugin.algorithms.generators.ensemble import TRAINED


@dataclass(frozen=True)
class Member:
    """A trained generator of the ensemble.

    Attributes
    ----------
    name : str
        Of its stage and of its arrays.
    title : str
        For people.
    """

    name: str
    title: str

    def generator_class(self):
        """The class, with ``fit`` (except of the network), ``arrays`` and ``from_arrays``."""
        return TRAINED[self.name]


TEMPLATES = Member("templates", "Miller-index templates")
FOREST = Member("forest", "random forests")
VOLUMES = Member("volumes", "random cells of predicted volume")
NETWORK = Member("network", "network")
FITTED = (TEMPLATES, FOREST, VOLUMES)
MEMBERS = (*FITTED, NETWORK)  # in the order in which they are trained
