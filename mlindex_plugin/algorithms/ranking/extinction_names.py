"""Extinction symbols: names, in the manner of International Tables A, for patterns of reflection conditions."""

from __future__ import annotations

from collections.abc import Mapping

# Glide planes by the condition on the zone that they act on. Letters are those of International Tables A, table 1.6.4.
_GLIDES = {
    "orthorhombic": {
        "0kl": {"k=2n": "b", "l=2n": "c", "k+l=2n": "n", "k+l=4n, k,l=2n": "d"},
        "h0l": {"h=2n": "a", "l=2n": "c", "h+l=2n": "n", "h+l=4n, h,l=2n": "d"},
        "hk0": {"h=2n": "a", "k=2n": "b", "h+k=2n": "n", "h+k=4n, h,k=2n": "d"},
    },
    "tetragonal": {
        "hk0": {"h=2n": "a", "h+k=2n": "n"},
        "0kl": {"k=2n": "b", "l=2n": "c", "k+l=2n": "n"},
        "hhl": {"l=2n": "c", "2h+l=4n": "d"},
    },
    "hexagonal": {"none": {}, "h0l": {"l=2n": "c"}, "hhl": {"l=2n": "c"}},
    "cubic": {
        "0kl": {"k=2n": "a", "k+l=2n": "n", "k+l=4n, k,l=2n": "d"},
        "none": {},
        "hhl": {"l=2n": "n", "2h+l=4n": "d", "h=2n": "c"},
    },
}
# Screw axes by the condition on the axis that they act on.
_SCREWS = {
    "orthorhombic": {"h00": {"h=2n": "21"}, "0k0": {"k=2n": "21"}, "00l": {"l=2n": "21"}},
    "tetragonal": {"00l": {"l=2n": "42", "l=4n": "41"}, "h00": {"h=2n": "21"}, "none": {}},
    "hexagonal": {"00l": {"l=2n": "63", "l=3n": "31", "l=6n": "61"}, "none": {}, "also none": {}},
    "cubic": {"h00": {"h=2n": "21", "h=4n": "41"}, "none": {}, "also none": {}},
}
# Two glide planes on one zone of a body-centred cell; alone they are written in brackets.
_BODY_CENTRED = {
    (True, True, False): "b a -",
    (False, True, True): "- c b",
    (True, False, True): "c - a",
    (True, True, True): "b c a",
    (True, False, False): "(bc) - -",
    (False, True, False): "- (ac) -",
    (False, False, True): "- - (ab)",
}


def extinction_name(bravais_lattice: str, system: str, conditions: Mapping[str, str]) -> str:
    """Extinction symbol of a pattern of reflection conditions.

    It has a dash where the reflections show no element (Looijenga-Vos & Buerger 2016, International Tables A, 1.6.4
    and 3.1). Rhombohedral cells are on hexagonal axes.

    Parameters
    ----------
    bravais_lattice : str
    system : str
        Lattice system, ``monoclinic`` and so on; hR is ``hexagonal``.
    conditions : mapping of str to str
        Conditions beyond the centring's, from `reflection_conditions`.

    Returns
    -------
    str
        As in ``P 1 21/c 1``, ``P n a -``, ``P - 21 c``.
    """
    letter = bravais_lattice[1]
    if system == "triclinic":
        return "P -"
    if system == "monoclinic":
        return f"{letter} 1 {_monoclinic(conditions)} 1"
    if letter == "R":
        return "R - c" if "h0l" in conditions else "R - -"
    zones = [name for name in _GLIDES[system] if name in conditions]
    if bravais_lattice == "oI" and zones:
        return f"I {_BODY_CENTRED[tuple(name in zones for name in _GLIDES[system])]}"
    if bravais_lattice == "tI":
        conditions = {**conditions, **({"0kl": "l=2n"} if "0kl" in zones else {})}  # k and l are both even: c
    words = []
    for (axis, screws), (zone, glides) in zip(_SCREWS[system].items(), _GLIDES[system].items(), strict=True):
        glide = glides[conditions[zone]] if zone in conditions else ""
        if bravais_lattice == "oC" and zone == "hk0" and glide:
            glide = "(ab)"
        screw = screws[conditions[axis]] if axis in conditions and not _implied(axis, system, zones, conditions) else ""
        words.append("/".join(word for word in (screw, glide) if word) or "-")
    return f"{letter} {' '.join(words)}"


def _monoclinic(conditions: Mapping[str, str]) -> str:
    screw = "21" if "0k0" in conditions else ""
    glide = {"h=2n": "a", "l=2n": "c", "h+l=2n": "n"}[conditions["h0l"]] if "h0l" in conditions else ""
    return "/".join(word for word in (screw, glide) if word) or "-"


def _implied(axis: str, system: str, zones: list[str], conditions: Mapping[str, str]) -> bool:
    """Whether glide planes alone make the condition on an axis (h00 is in the zones hk0 and h0l, or k of 0kl)."""
    letter, wanted = conditions[axis].split("=")
    letters = "hl" if system == "cubic" else letter  # 00l is h00
    period = int(wanted[:-1])
    return any(_axis_period(zone, conditions[zone], name) % period == 0 for zone in zones for name in letters)


def _axis_period(zone: str, condition: str, letter: str) -> int:
    """Period that a zone's condition sets for the axis of a letter; 1 where the axis is not in the zone."""
    if zone == "hhl":
        return {"l=2n": 2, "2h+l=4n": 4}.get(condition, 1) if letter == "l" else 1
    if letter == "h" and "h" not in zone:  # tetragonal and cubic: 0k0 is h00
        letter = "k"
    if letter not in zone:
        return 1
    if "4n" in condition:
        return 4
    return 2 if letter in condition else 1
