"""Several phases in one peak list: the lines that one leaves are indexed by another, and all are refined together."""

from __future__ import annotations

from mlindex_plugin.algorithms.phases.joint import JointFit, joint_fit
from mlindex_plugin.algorithms.phases.phase_rounds import PhaseRounds, rounds_for

__all__ = ["JointFit", "PhaseRounds", "joint_fit", "rounds_for"]
