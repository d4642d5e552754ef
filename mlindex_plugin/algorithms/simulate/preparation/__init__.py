"""Preparation: crystals checked, turned to the common setting, freed of duplicates and split."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.preparation.common_setting import CommonSetting, to_common_setting

__all__ = ["CommonSetting", "to_common_setting"]
