from __future__ import annotations

import pytest

from mlindex_plugin.algorithms.peaks import pair_files
from mlindex_plugin.errors import InputError


def test_one_pair_in_either_order_and_of_different_stems():
    assert pair_files(["strong.refl", "imported.expt"]) == [("imported.expt", "strong.refl")]


def test_files_of_the_same_stem_belong_together_whatever_the_order():
    paths = ["b.expt", "run/a.expt", "run/a.refl", "b.refl"]
    assert pair_files(paths) == [("b.expt", "b.refl"), ("run/a.expt", "run/a.refl")]


def test_the_same_stem_in_another_folder_is_paired_only_when_nothing_else_is_left():
    paths = ["one/combined.expt", "two/combined.refl", "two/combined.expt", "one/strong.refl"]
    assert pair_files(paths) == [("one/combined.expt", "one/strong.refl"), ("two/combined.expt", "two/combined.refl")]


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["a.expt", "b.expt", "a.refl"], r"b\.expt: no \.refl file for it; give"),
        (["only.expt"], r"only\.expt: no \.refl file"),
        (["only.refl"], r"only\.refl: no \.expt file"),
        (["a.expt", "./a.expt", "a.refl", "b.refl"], r"a\.expt: given twice"),
        (["a.expt", "a.mtz"], r"a\.mtz: not a DIALS file"),
    ],
)
def test_what_does_not_pair_is_named(paths, message):
    with pytest.raises(InputError, match=message):
        pair_files(paths)
