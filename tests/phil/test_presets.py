from __future__ import annotations

from importlib.resources import files

import pytest

import mlindex_plugin  # noqa: F401
from mlindex_plugin.phil import powder_scope

PRESETS = sorted(
    (path for path in files("mlindex_plugin.phil.presets").iterdir() if path.name.endswith(".phil")),
    key=lambda path: path.name,
)


def test_the_presets_that_users_know_are_there():
    assert [path.name for path in PRESETS] == ["first_look.phil", "laboratory.phil", "smsfx.phil"]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.name)
def test_preset_says_what_it_is_for_and_sets_only_known_parameters(preset):
    import iotbx.phil

    text = preset.read_text()
    assert text.startswith("# ")
    scope, unknown = powder_scope().fetch(source=iotbx.phil.parse(text), track_unused_definitions=True)
    assert [str(one.path) for one in unknown] == []
    scope.extract()
    given = len([line for line in text.splitlines() if "=" in line])
    changed = powder_scope().fetch_diff(source=scope).as_str()
    assert len([line for line in changed.splitlines() if "=" in line]) == given


def test_laboratory_values_reach_the_parameters():
    import iotbx.phil

    text = files("mlindex_plugin.phil.presets").joinpath("laboratory.phil").read_text()
    params = powder_scope().fetch(source=iotbx.phil.parse(text)).extract()
    assert params.input.units == "two_theta"
    assert params.input.wavelength == pytest.approx(1.54056)
