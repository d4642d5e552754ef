"""Volumes of atoms."""

from __future__ import annotations

from functools import cache

from numpy import pi


@cache
def atomic_volume(element: str) -> float:
    """Volume of a sphere whose radius is the mean of the covalent and the van der Waals radius.

    Covalent radii are those of Cordero et al. (2008), Dalton Trans. 2832, van der Waals radii those of cctbx's
    tables ``eltbx.covalent_radii`` and ``eltbx.van_der_waals_radii``.

    Parameters
    ----------
    element : str

    Returns
    -------
    float
        Å³.

    Raises
    ------
    ValueError
        If the tables do not know the element.
    """
    from cctbx.eltbx import covalent_radii, van_der_waals_radii

    element = "H" if element == "D" else element
    van_der_waals = van_der_waals_radii.vdw.table.get(element)
    try:
        covalent = covalent_radii.table(element).radius()
    except (ValueError, RuntimeError):
        covalent = None
    if not van_der_waals or not covalent:
        raise ValueError(f"no radii for the element {element}")
    return 4 / 3 * pi * ((covalent + van_der_waals) / 2) ** 3
