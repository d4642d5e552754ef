from __future__ import annotations

from pathlib import Path

from mlindex_plugin.phil.reference import commands, parameter_reference

DOCUMENT = Path(__file__).parents[2] / "docs" / "parameters.md"


def test_the_document_is_up_to_date():
    assert DOCUMENT.read_text() == parameter_reference(commands()), (
        "run: python -m mlindex_plugin.phil.reference > docs/parameters.md"
    )


def test_every_parameter_is_explained():
    definitions = [one for scope in commands().values() for one in scope.all_definitions()]
    unexplained = [one.path for one in definitions if not one.object.help]
    assert unexplained == []


def test_a_choice_shows_its_values_and_default():
    assert "| `search.effort` | `quick` \\| `normal` \\| `thorough` | `normal` |" in parameter_reference(commands())
