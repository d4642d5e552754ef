"""Which .refl belongs to which .expt."""

from __future__ import annotations

from pathlib import Path

from mlindex_plugin.errors import InputError


def pair_files(paths):
    """Pair loose DIALS files, as a user lists them on the command line.

    Files of the same folder and stem belong together (``combined.expt``, ``combined.refl``); what is left is
    paired in the order given, as DIALS commands do (``imported.expt``, ``strong.refl``).

    Parameters
    ----------
    paths : sequence of str or path
        ``.expt`` and ``.refl`` files in any order.

    Returns
    -------
    list of (str, str)
        (experiments, reflections), in the order of the experiment files.

    Raises
    ------
    InputError
        If a file has another suffix, is named twice or is left without a partner.
    """
    experiments, reflections = [], []
    for path in map(Path, paths):
        group = {".expt": experiments, ".refl": reflections}.get(path.suffix)
        if group is None:
            raise InputError(f"{path}: not a DIALS file; give .expt and .refl files.")
        if any(path.resolve() == other.resolve() for other in group):
            raise InputError(f"{path}: given twice; name each file once.")
        group.append(path)

    partner = {}
    for expt in experiments:
        same = [refl for refl in reflections if refl.with_suffix("") == expt.with_suffix("")]
        if same:
            partner[expt] = same[0]
    loose_expt = [path for path in experiments if path not in partner]
    loose_refl = [path for path in reflections if path not in partner.values()]
    if len(loose_expt) > len(loose_refl):
        raise InputError(f"{loose_expt[len(loose_refl)]}: no .refl file for it; give the spots found on these stills.")
    if len(loose_refl) > len(loose_expt):
        raise InputError(f"{loose_refl[len(loose_expt)]}: no .expt file for it; give the experiments of these spots.")
    partner.update(zip(loose_expt, loose_refl, strict=True))
    return [(str(expt), str(partner[expt])) for expt in experiments]
