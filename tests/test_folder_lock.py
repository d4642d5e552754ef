from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest

from mlindex_plugin import InputError
from mlindex_plugin.folder_lock import LOCK_NAME, folder_lock


def holder(**changes) -> str:
    return json.dumps({"host": platform.node(), "pid": os.getpid(), "begun": "0", "since": "then", **changes})


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lock_is_there_while_it_is_held_and_names_its_holder(tmp_path):
    with folder_lock(tmp_path):
        held = json.loads((tmp_path / LOCK_NAME).read_text())
        assert (held["host"], held["pid"]) == (platform.node(), os.getpid())
        with pytest.raises(InputError, match=f"process {os.getpid()} on .* since {held['since']}; wait"):
            with folder_lock(tmp_path):
                pass
        assert json.loads((tmp_path / LOCK_NAME).read_text()) == held
    assert list(tmp_path.iterdir()) == []


def test_it_is_removed_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), folder_lock(tmp_path):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", [{"pid": dead_process()}, {"begun": "1"}])
def test_a_dead_holder_is_followed(left, tmp_path, caplog):
    """A number that no process has; one that another process has got meanwhile."""
    (tmp_path / LOCK_NAME).write_text(holder(**left))
    with caplog.at_level("INFO"), folder_lock(tmp_path):
        assert json.loads((tmp_path / LOCK_NAME).read_text())["begun"] not in ("0", "1")
    assert "is taken over" in caplog.text


def test_a_holder_on_another_host_is_never_followed(tmp_path):
    (tmp_path / LOCK_NAME).write_text(holder(host="node7", pid=dead_process()))
    with pytest.raises(InputError, match="on node7 .* if it is dead, remove"), folder_lock(tmp_path):
        pass
    assert (tmp_path / LOCK_NAME).exists()


def test_something_else_of_that_name_is_left_alone(tmp_path):
    (tmp_path / LOCK_NAME).write_text("mine")
    with pytest.raises(InputError, match="not a lock that this program wrote"), folder_lock(tmp_path):
        pass
    assert (tmp_path / LOCK_NAME).read_text() == "mine"


def test_of_many_that_come_at_once_one_gets_it(tmp_path):
    """Processes that find the same stale lock."""
    (tmp_path / LOCK_NAME).write_text(holder(pid=dead_process()))
    program = (
        "import sys\nfrom pathlib import Path\nfrom mlindex_plugin.folder_lock import folder_lock\n"
        "sys.stdin.readline()\n"
        "try:\n"
        "    with folder_lock(Path(sys.argv[1])):\n        print('held', flush=True)\n        sys.stdin.readline()\n"
        "except Exception as error:\n    print(type(error).__name__, flush=True)\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = sorted(process.stdout.readline().strip() for process in processes)
    for process in processes:
        process.communicate("end\n")
    assert said == ["InputError", "InputError", "InputError", "held"]
