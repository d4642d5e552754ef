"""Results of searches as lines of JSON, kept as soon as they are there; a killed run goes on from them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

import mlindex_plugin
from mlindex_plugin.algorithms.batch.steps import working_scope
from mlindex_plugin.algorithms.benchmark.searches import Search
from mlindex_plugin.algorithms.benchmark.verdict import judge, refusal
from mlindex_plugin.algorithms.parallel import Interruption, Outcome, WorkerLostError, Workers
from mlindex_plugin.errors import InputError

logger = logging.getLogger(__name__)

RESULTS_NAME = "mlindex_benchmark.jsonl"
_OF_THE_ANSWER = (".py", ".phil", ".npz", ".json", ".csv")
# Rooms that bear on the lists, which have digests of their own, or on reports, but not on the answer to a list.
_NOT_OF_THE_ANSWER = {"batch", "command_line", "parallel", "report", "simulate", "training"}


def digest_of(search: Search, diff: str) -> str:
    """Tells searches apart: equal where list, truth, parameters and program are, and hence the answer."""
    program = program_digest(working_scope(diff).extract().model.directory)
    text = f"{search.list_digest} {search.known_lattice} {diff} {program}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def program_digest(models: str | None = None) -> str:
    """Of the package's code, tables and models, and of a folder of other models, as far as they bear on the answer."""
    package = Path(mlindex_plugin.__file__).parent
    digest = hashlib.sha256()
    for folder in (package, *([] if models is None else [Path(models)])):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.suffix in _OF_THE_ANSWER and _NOT_OF_THE_ANSWER.isdisjoint(name.parts):
                digest.update(name.as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def run_searches(
    searches: list[Search],
    diff: str,
    directory: Path,
    workers: Workers,
    interruption: Interruption,
    tell: Callable[[int, dict], None],
) -> list[dict]:
    """Judge every search that an earlier run in this folder has not judged.

    Parameters
    ----------
    searches : list of Search
    diff : str
        PHIL text of the parameters of ``dials.mlindex_powder`` that differ from their defaults and bear on the answer.
    directory : Path
        Existing folder; the results are lines of ``mlindex_benchmark.jsonl`` in it.
    workers : Workers
        Entered.
    interruption : Interruption
        Asked after every search.
    tell : callable
        ``tell(n_done, record)`` when a search is done.

    Returns
    -------
    list of dict
        In the order of `searches`; those not done are left out.

    Raises
    ------
    InputError
        If results cannot be written.
    """
    path = directory / RESULTS_NAME
    keys = [digest_of(search, diff) for search in searches]
    done = _read(path, set(keys))
    waiting: dict[str, Search] = {}
    for key, search in zip(keys, searches, strict=True):
        if key not in done:
            waiting.setdefault(key, search)
    if len(waiting) < len(set(keys)):
        logger.info("%d of %d searches have been done before", len(set(keys)) - len(waiting), len(set(keys)))
    for key, search in waiting.items():
        workers.submit(key, judge, search, diff, priority=(0,))
    for key, outcome in workers.completed():
        if isinstance(outcome.error, WorkerLostError):
            logger.warning("%s: %s", waiting[key].name, outcome.error)
        else:
            done[key] = {**_head(waiting[key]), **_value(outcome)}
            _append(path, {"digest": key, **done[key]})
            tell(len(done), done[key])
        if interruption.asked:
            workers.cancel()
    return [{**done[key], **_head(search)} for key, search in zip(keys, searches, strict=True) if key in done]


def _value(outcome: Outcome) -> dict:
    if outcome.error is None:
        return outcome.value
    # a bug, which must not cost the other searches
    return refusal(f"internal error: {type(outcome.error).__name__}: {outcome.error}")


def _head(search: Search) -> dict:
    """What a record says of the search itself. The same list may serve two conditions."""
    return {
        "condition": search.condition,
        "lattice": "known" if search.known_lattice else "unknown",
        "bravais_lattice": search.truth.bravais_lattice,
        "name": search.name,
        "list_digest": search.list_digest,
        "n_peaks": len(search.peaks),
        "cell": [round(value, 5) for value in search.truth.cell],
        "about": search.about,
    }


def _read(path: Path, wanted: set[str]) -> dict[str, dict]:
    """Records by digest."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
            key = record.pop("digest")
        except (ValueError, KeyError, AttributeError):  # the last line of a run that was killed
            continue
        if key in wanted:
            found[key] = record
    return found


def _append(path: Path, record: dict) -> None:
    try:
        with open(path, "a+b") as stream:
            if stream.tell() and _last_byte(path) != b"\n":  # a run was killed in the middle of a line
                stream.write(b"\n")
            stream.write(json.dumps(record, allow_nan=False).encode() + b"\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another output.directory.") from error


def _last_byte(path: Path) -> bytes:
    with open(path, "rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1)
