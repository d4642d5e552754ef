from __future__ import annotations

import pytest

from mlindex_plugin.phil.words import split_words


@pytest.mark.parametrize("values", [["mP", "aP"], ["mP,aP"], ["mP+aP"], [" mP , ", "+aP,"], ["mP  aP"]])
def test_words_may_be_joined_by_commas_plus_signs_and_blanks(values):
    assert split_words(values) == ["mP", "aP"]


@pytest.mark.parametrize("values", [None, [], [""], [",+ "]])
def test_no_words(values):
    assert split_words(values) == []
