from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.resources import files
from pathlib import Path

import cctbx
import pytest

import mlindex_plugin

REPOSITORY = Path(__file__).parents[1]
COMMANDS = sorted(
    set((REPOSITORY / "mlindex_plugin" / "command_line").glob("*.py")) - {*REPOSITORY.rglob("__init__.py")}
)


def python(*arguments):
    """Run an interpreter of its own, with this repository on its path."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def installed_version():
    try:
        return version("mlindex_plugin")
    except PackageNotFoundError:
        pytest.skip("mlindex_plugin is on the path but not installed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from the sources, with a cctbx on the path that cannot be imported."""
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("build")
    shutil.copytree(REPOSITORY / "mlindex_plugin", folder / "mlindex_plugin")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, folder)
    (folder / "broken" / "cctbx").mkdir(parents=True)
    (folder / "broken" / "cctbx" / "__init__.py").write_text("raise ImportError('cctbx at build time')")
    subprocess.run(
        [sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('dist')"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "broken")},
        check=True,
        capture_output=True,
    )
    (path,) = (folder / "dist").glob("*.whl")
    return path


def test_version_of_the_installation_is_that_of_the_sources(installed_version):
    assert installed_version == mlindex_plugin.__version__


def test_version_is_known_to_the_build_without_cctbx(wheel):
    assert wheel.name == f"mlindex_plugin-{mlindex_plugin.__version__}-py3-none-any.whl"


def test_wheel_holds_every_file_of_the_package(wheel):
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("mlindex_plugin/")}
    sources = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "mlindex_plugin").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "mlindex_plugin/phil/mlindex_powder.phil" in sources
    assert packed == sources


def test_phil_scope_is_found_as_package_data():
    assert "search" in files("mlindex_plugin.phil").joinpath("mlindex_powder.phil").read_text()


def test_console_script_says_its_version(installed_version):
    script = Path(sys.executable).with_name("dials.mlindex_powder")
    said = subprocess.run([script, "--version"], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == f"dials.mlindex_powder {installed_version}"


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_command_has_a_libtbx_dispatcher_and_a_console_script(path, installed_version):
    found = re.search(r"^# LIBTBX_SET_DISPATCHER_NAME (\S+)$", path.read_text()[:1000], re.MULTILINE)
    assert found, f"{path.name} has no dispatcher name in its first 1000 characters"
    (script,) = entry_points(group="console_scripts", name=found[1])
    assert script.value == f"mlindex_plugin.command_line.{path.stem}:run"


def test_libtbx_reads_the_configuration():
    import libtbx.load_env
    from libtbx.env_config import module
    from libtbx.path import absolute_path

    configured = module(env=libtbx.env, name="mlindex_plugin", dist_path=absolute_path(str(REPOSITORY)))
    configured.process_libtbx_config()
    assert "cctbx" in configured.required_for_use
    assert configured.optional == ["dials", "dxtbx"]
    assert [abs(path) for path in configured.assemble_pythonpath()] == [str(REPOSITORY)]
    folders = [abs(path) for path in configured.command_line_directory_paths()]
    assert folders == [str(REPOSITORY / "mlindex_plugin" / "command_line")]


def test_libtbx_refresh_is_silent_where_nothing_is_missing():
    outcome = python(REPOSITORY / "libtbx_refresh.py")
    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_libtbx_refresh_names_what_is_missing():
    outcome = python("-S", REPOSITORY / "libtbx_refresh.py")  # without site-packages
    names = "h5py, jinja2, matplotlib, numba, numpy, scipy, scikit-learn, tqdm"
    assert outcome.stdout.startswith(f"mlindex_plugin needs {names}:")


@pytest.mark.parametrize("first", ["numba", "scipy.spatial", "sklearn.ensemble", "matplotlib.figure"])
def test_import_in_the_bad_order_does_not_crash(first):
    outcome = python(
        "-c", f"import {first}, mlindex_plugin; from cctbx import sgtbx; print(sgtbx.space_group_info('P21/c'))"
    )
    wheel_has_its_own_libstdcxx = any(Path(cctbx.__file__).parents[1].glob("cctbx_base.libs/libstdc++*"))
    if wheel_has_its_own_libstdcxx:
        assert outcome.returncode == 1
        assert "put `import mlindex_plugin` above those imports." in outcome.stderr.splitlines()[-1]
    else:
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stdout.strip() == "P 1 21/c 1"


@pytest.mark.parametrize("first", ["numpy", "h5py", "cctbx.uctbx, numba"])
def test_import_in_a_good_order_works(first):
    outcome = python(
        "-c",
        f"import {first}, mlindex_plugin, numba, scipy.spatial, sklearn.ensemble, matplotlib.figure;"
        "from cctbx import sgtbx; print(sgtbx.space_group_info('P21/c'))",
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.strip() == "P 1 21/c 1"


def test_a_search_of_a_list_does_not_import_what_is_slow():
    outcome = python(
        "-c",
        "import sys, mlindex_plugin.algorithms.rounds, mlindex_plugin.algorithms.report;"
        "print([name for name in ('scipy.stats', 'scipy.optimize', 'scipy.signal', 'torch', 'sklearn', 'matplotlib')"
        " if name in sys.modules])",
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.strip() == "[]"


def test_without_cctbx_one_sentence_tells_what_to_do():
    outcome = python("-S", "-c", "import mlindex_plugin")  # without site-packages
    assert outcome.returncode == 1
    assert outcome.stderr.splitlines()[-1].startswith("ImportError: cctbx was not found:")
