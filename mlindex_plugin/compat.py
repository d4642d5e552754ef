"""The one place for what differs between DIALS 3.12, current DIALS, and cctbx without DIALS.

Everything here is imported lazily: a peak list is indexed with cctbx alone.
"""

from __future__ import annotations

from pathlib import Path

from mlindex_plugin.errors import InputError


def dials_modules(source):
    """Import what reading spots needs.

    Parameters
    ----------
    source : str or path
        The file that needs DIALS, for the message.

    Returns
    -------
    flex : module
        ``dials.array_family.flex``.
    flumpy : module
        ``dxtbx.flumpy``.
    ExperimentListFactory : class

    Raises
    ------
    InputError
        If DIALS is not installed.
    """
    try:
        from dials.array_family import flex
        from dxtbx import flumpy
        from dxtbx.model.experiment_list import ExperimentListFactory
    except ImportError:
        raise InputError(
            f"{source}: reading DIALS files needs DIALS, which is not installed here; "
            "install DIALS, or give a peak list or a powder pattern instead."
        ) from None
    return flex, flumpy, ExperimentListFactory


def read_experiments(path):
    """Read an ``.expt`` file without touching the images it names.

    Raises
    ------
    InputError
        If the file is missing, is not an experiment list, holds no experiment, or DIALS is not installed.
    """
    _, _, factory = dials_modules(path)
    _need_file(path)
    try:
        experiments = factory.from_json_file(str(path), check_format=False)
    except Exception as error:  # dxtbx raises many kinds on a damaged file
        raise InputError(
            f"{path}: not a readable DIALS experiment list ({_first_line(error)}); write the file again with DIALS."
        ) from error
    if len(experiments) == 0:
        raise InputError(f"{path}: no experiments in the file; give the .expt that dials.find_spots was run on.")
    return experiments


def read_reflections(path):
    """Read a ``.refl`` file.

    Raises
    ------
    InputError
        If the file is missing, is not a reflection table, or DIALS is not installed.
    """
    flex, _, _ = dials_modules(path)
    _need_file(path)
    try:
        return flex.reflection_table.from_file(str(path))
    except Exception as error:  # 3.12 tries the old pickle format next, which fails in any way it likes
        raise InputError(
            f"{path}: not a readable DIALS reflection table ({_first_line(error)}); write the file again with DIALS."
        ) from error


def wavelength_and_s0(beam, source):
    """Wavelength (Å) and incident beam vector s0 (1/Å) of a beam model.

    Raises
    ------
    InputError
        If the beam has no single wavelength (``PolychromaticBeam`` of current dxtbx, for Laue data).
    """
    try:
        return beam.get_wavelength(), beam.get_s0()
    except (AttributeError, RuntimeError):
        raise InputError(
            f"{source}: a beam without a single wavelength; powder lines need monochromatic stills."
        ) from None


def _need_file(path):
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; check the name.")


def _first_line(error):
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:100]}" if text else type(error).__name__
