"""The parameter reference, made from the PHIL scope: ``python -m mlindex_plugin.phil.reference``."""

from __future__ import annotations

import re

from mlindex_plugin.phil import powder_scope

_HEAD = """\
# Parameters of `dials.mlindex_powder`

Made from the PHIL scope by `python -m mlindex_plugin.phil.reference > docs/parameters.md`; do not edit.
Give a parameter on the command line as `name=value` (the last part of the name is enough where it is unique) or in a
PHIL file named anywhere on the command line.

| parameter | type | default | meaning |
| --- | --- | --- | --- |
"""


def parameter_reference(scope) -> str:
    """Markdown table of every parameter of a PHIL scope: name, type, default, help.

    Parameters
    ----------
    scope : libtbx.phil.scope
    """
    rows = [_row(definition.path, definition.object) for definition in scope.all_definitions()]
    return _HEAD + "\n".join(rows) + "\n"


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
    print(parameter_reference(powder_scope()), end="")
