"""The parameter reference, made from the PHIL scopes: ``python -m mlindex_plugin.phil.reference``."""

from __future__ import annotations

import re

from mlindex_plugin.phil import benchmark_scope, dataset_scope, powder_scope, statistics_scope, train_scope

_HEAD = """\
# Parameters

Made from the PHIL scopes by `python -m mlindex_plugin.phil.reference > docs/parameters.md`; do not edit.
Give a parameter on the command line as `name=value` (the last part of the name is enough where it is unique) or in a
PHIL file named anywhere on the command line.
"""
_TABLE = """
## `{command}`

| parameter | type | default | meaning |
| --- | --- | --- | --- |
"""


def commands() -> dict:
    """PHIL scopes of all commands, by name."""
    return {
        "dials.mlindex_powder": powder_scope(),
        "dials.mlindex_dataset": dataset_scope(),
        "dials.mlindex_statistics": statistics_scope(),
        "dials.mlindex_train": train_scope(),
        "dials.mlindex_benchmark": benchmark_scope(),
    }


def parameter_reference(scopes) -> str:
    """Markdown tables of every parameter of some PHIL scopes: name, type, default, help.

    Parameters
    ----------
    scopes : dict of str to libtbx.phil.scope
        By name of the command.
    """
    tables = (
        _TABLE.format(command=command) + "".join(_row(one.path, one.object) + "\n" for one in scope.all_definitions())
        for command, scope in scopes.items()
    )
    return _HEAD + "".join(tables)


def _row(path: str, definition) -> str:
    words = [word.value for word in definition.words]
    default = " ".join(words)
    type_name = re.sub(r"\(\)$", "", re.sub(r"(, )?allow_none=True", "", str(definition.type)))
    if definition.type.phil_type == "choice":
        type_name = " \\| ".join(f"`{word.lstrip('*')}`" for word in words)
        default = " ".join(word.lstrip("*") for word in words if word.startswith("*")) or "None"
    help_text = " ".join((definition.help or "").split()).replace("|", "\\|")
    return f"| `{path}` | {type_name} | `{default}` | {help_text} |"


if __name__ == "__main__":
    print(parameter_reference(commands()), end="")
