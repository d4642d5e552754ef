#!/bin/bash
# Makes .venv beside Debian's DIALS and installs this package into it. Does nothing where that was done already.
set -euo pipefail
cd "$(dirname "$0")/.."

system_python=/usr/bin/python3
python=.venv/bin/python
debian_packages="dials python3-dials python3-cctbx python3-venv python3-h5py"

fail() {
    echo "set-up: $*" >&2
    exit 1
}

dials_is_there() {
    command -v dials.find_spots > /dev/null && "$system_python" - 2> /dev/null << 'END'
import sys
from importlib.util import find_spec
sys.exit(not all(find_spec(name) for name in ("cctbx", "dials", "dxtbx", "ensurepip", "h5py")))
END
}

install_dials() {
    command -v apt-get > /dev/null ||
        fail "DIALS for $system_python was not found and there is no apt-get: install Debian 12's $debian_packages, or use your own DIALS as README.md tells."
    [ "$(id -u)" = 0 ] ||
        fail "DIALS was not found: run as root 'apt-get install $debian_packages', then this again."
    echo "set-up: installing $debian_packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q -q
    # Some 500 packages: waiting for the disk after each of their files would take most of the time.
    # shellcheck disable=SC2086
    apt-get install -q -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io $debian_packages > /dev/null
    dials_is_there || fail "apt-get has installed $debian_packages, but $system_python does not find them."
}

# The folder belongs to the stamp because the scripts in .venv/bin hold its name.
stamp() {
    { pwd; "$system_python" --version; cat requirements/*.txt pyproject.toml setup.py tools/set_up.sh; } | sha256sum
}

venv_is_current() {
    [ -x .venv/bin/dials.mlindex_powder ] && [ -e ".venv/lib/$cctbx_link" ] &&
        [ "$(cat .venv/set_up.stamp 2> /dev/null)" = "$(stamp)" ]
}

make_venv() {
    echo "set-up: installing into .venv"
    grep -q -s -F "$PWD/.venv" .venv/bin/activate || "$system_python" -m venv --clear --system-site-packages .venv
    mkdir -p .venv/lib/cctbx
    ln -sfn "/usr/lib/$cctbx_link" ".venv/lib/$cctbx_link"
    "$python" -m pip install -q -q --disable-pip-version-check -r requirements/debian12.txt
    "$python" -m pip install -q -q --disable-pip-version-check --retries 0 --no-deps -r requirements/torch_cpu.txt
    "$python" -m pip install -q -q --disable-pip-version-check --no-build-isolation --no-deps -e .
    stamp > .venv/set_up.stamp
}

# numba keeps what it compiled beside the sources, so that no user's first run has to wait for it.
compile_kernels() {
    local done=.venv/kernels.stamp
    [ -f mlindex_plugin/algorithms/search/__main__.py ] || return 0
    [ -f "$done" ] && [ -z "$(find mlindex_plugin -name '*.py' -newer "$done" -print -quit)" ] && return 0
    echo "set-up: compiling the kernels"
    "$python" -m mlindex_plugin.algorithms.search
    touch "$done"
}

dials_is_there || install_dials
# Debian's libtbx looks for its environment here, below the prefix of the Python that runs.
cctbx_link=$("$system_python" -c 'import sys; print("cctbx/python%d.%d" % sys.version_info[:2])')
venv_is_current || make_venv
compile_kernels
