"""The command line of a PHIL command, the same with and without DIALS.

It follows ``dials.util.options.ArgumentParser``: options, PHIL files, ``name=value`` assignments and data
files in any order. DIALS's own parser cannot serve here because a user of peak lists may not have DIALS.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libtbx import Auto

from mlindex_plugin.errors import InputError

PHIL_SUFFIXES = (".phil", ".param", ".params", ".eff", ".def")


@dataclass(frozen=True)
class Arguments:
    """What a command line says.

    Attributes
    ----------
    files : tuple of str
        Data files, in the order given; each exists.
    scope : libtbx.phil.scope
        The working parameters.
    diff : str
        PHIL text of the parameters that differ from their defaults; empty if none does.
    verbosity : int
        Number of ``-v``.
    """

    files: tuple[str, ...]
    scope: Any
    diff: str
    verbosity: int = 0

    @property
    def params(self):
        """The working parameters as a ``libtbx.phil.scope_extract``."""
        return self.scope.extract()


class _OptionParser(argparse.ArgumentParser):
    def error(self, message):
        raise InputError(f"{message}; {self.prog} -h lists what is understood.")


def _option_parser(prog: str, usage: str, description: str, version: str) -> argparse.ArgumentParser:
    parser = _OptionParser(
        prog=prog,
        usage=usage,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("-h", "--help", action="count", default=0, help="Show this help and exit; -hh and -hhh show more of it.")
    add("-c", "--show-config", action="store_true", help="Show the configuration parameters and exit.")
    add("-a", "--attributes-level", type=int, default=0, metavar="N", help="With -c: 1 help, 2 types, 3 everything.")
    add("-e", "--expert-level", type=int, default=0, metavar="N", help="With -c: show parameters up to this level.")
    add("--version", action="version", version=version, help="Show the version and exit.")
    add("-v", action="count", default=0, dest="verbosity", help="Say more (can be given twice).")
    add("--phil", action="append", default=[], metavar="FILE", help="PHIL file to read; '-' is standard input.")
    add(
        "arguments", nargs="*", metavar="FILE | name=value", help="Data files, PHIL files and parameters, in any order."
    )
    return parser


def parse_arguments(
    args, scope, *, prog: str, usage: str, description: str, version: str, folders: bool = False
) -> Arguments:
    """Read a command line.

    Parameters
    ----------
    args : sequence of str or None
        The arguments; ``sys.argv[1:]`` if None.
    scope : libtbx.phil.scope
        The master parameters of the command.
    prog, usage, description, version : str
        Texts for ``-h`` and ``--version``.
    folders : bool
        Whether data may also be given as folders.

    Returns
    -------
    Arguments

    Raises
    ------
    InputError
        If an option or parameter is unknown, a value is not allowed, or a file is missing.
    SystemExit
        With status 0, after ``-h``, ``-c`` or ``--version``.
    """
    parser = _option_parser(prog, usage, description, version)
    options = parser.parse_intermixed_args(args)
    if options.help or options.show_config:
        _show(parser, options, scope)
        raise SystemExit(0)

    sources, files = [], []
    for path in options.phil:
        sources.append(_phil_source(path, scope))
    for argument in options.arguments:
        if argument.endswith(PHIL_SUFFIXES):
            sources.append(_phil_source(argument, scope))
        elif "=" in argument and not Path(argument).is_file():
            sources.append(_assignment(argument, scope))
        else:
            files.append(_data_file(argument, folders))
    working = scope.fetch(sources=sources)
    return Arguments(tuple(files), working, scope.fetch_diff(working).as_str(), options.verbosity)


def _show(parser: argparse.ArgumentParser, options: argparse.Namespace, scope) -> None:
    attributes_level, expert_level = options.attributes_level, options.expert_level
    if options.help:
        parser.print_help()
        attributes_level, expert_level = max(attributes_level, options.help - 1), max(expert_level, options.help - 1)
    print(
        "\nShowing configuration parameters with:\n"
        f"  attributes_level = {attributes_level}\n"
        f"  expert_level = {expert_level}\n"
    )
    print(scope.as_str(expert_level=expert_level, attributes_level=attributes_level))


def _data_file(argument: str, folders: bool) -> str:
    path = Path(argument)
    if path.is_dir() and not folders:
        raise InputError(f"{argument} is a folder; name the files in it.")
    if not path.exists():
        raise InputError(f"{argument}: no such file.")
    return argument


def _phil_source(argument: str, scope):
    import iotbx.phil

    try:
        text = sys.stdin.read() if argument == "-" else Path(argument).read_text()
    except OSError as error:
        raise InputError(f"{argument}: the PHIL file cannot be read ({error.strerror.lower()}).") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{argument} is not a PHIL file: it is not text.") from error
    name = "standard input" if argument == "-" else argument
    try:
        source = iotbx.phil.parse(text, source_info=name, process_includes=False)
    except Exception as error:  # libtbx raises RuntimeError, Sorry and others for what it cannot read
        raise InputError(f"{name} is not a PHIL file: {_one_sentence(error)}") from error
    _check(source, scope, name)
    return source


def _assignment(argument: str, scope):
    try:
        source = scope.command_line_argument_interpreter().process_arg(arg=argument)
    except Exception as error:
        raise InputError(f"{argument}: {_one_sentence(error)}") from error
    _check(source, scope, argument)
    return source


def _check(source, scope, name: str) -> None:
    """Raise InputError, naming `name`, if `source` holds a parameter or a value that `scope` does not allow."""
    try:
        working, unknown = scope.fetch(source=source, track_unused_definitions=True)
        working.extract()
    except Exception as error:
        raise InputError(f"{name}: {_one_sentence(error)}") from error
    if unknown:
        raise InputError(f"{name}: unknown parameter {unknown[0].path}; -c lists the parameters.")
    defaults = {definition.path: definition.object.extract() for definition in scope.all_definitions()}
    for definition in working.all_definitions():
        _check_value(definition.path, definition.object.extract(), defaults[definition.path], name)


def _check_value(path: str, value, default, name: str) -> None:
    """Refuse what PHIL's types let through: not-a-number, infinity, and None or Auto where they mean nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{name}: {path} must be a finite number.")
    if value is None and default is not None:
        raise InputError(f"{name}: {path} needs a value; its default is {default}.")
    if value is Auto and default is not Auto:
        raise InputError(f"{name}: {path} does not take Auto; its default is {default}.")


def _one_sentence(error: Exception) -> str:
    """The message of a libtbx error, which may run over several lines, as one sentence."""
    head, *rest = (line.strip() for line in str(error).splitlines() if line.strip())
    if rest and rest[0].endswith(":"):  # "Possible choices are:" and its like, one choice a line
        rest = [f"{rest[0].lower()} {', '.join(choice.lstrip('*') for choice in rest[1:])}"]
    text = "; ".join([head, *rest])
    text = re.sub(r"\s*\((command line argument|input), line \d+\)|\s*\(input line \d+\)", "", text)
    text = re.sub(r"Unknown command line parameter definition: .*", "unknown parameter; -c lists the parameters", text)
    text = re.sub(r" as a numeric expression: \w+Error: .*", ": not a number", text)
    text = re.sub(r"(definition:); \".*\"; RuntimeError: ", r"\1 ", text)
    return text[0].lower() + text[1:].rstrip(".") + "."
