from __future__ import annotations

from dataclasses import replace

from mlindex_plugin.algorithms.report import alternatives_lines
from mlindex_plugin.algorithms.report.html import html_report

CELL = "mP 11.86 7.32 29.2 90 95.4 90"


def text(solution, **changes):
    """The line on the only alternative of a solution, changed."""
    alternative = replace(solution.alternatives[0], **changes)
    (line,) = alternatives_lines(replace(solution, alternatives=(alternative,)))
    return line


def test_relation_and_the_lines_that_decide(solutions):
    assert text(solutions[0]) == (f"{CELL} (rank 3, 2 times the cell): also predicts 2θ 5.02 27.39°, lacks 2θ 5.36°")
    lines = tuple(replace(line, two_theta=None) for line in solutions[0].alternatives[0].deciding_lines)
    assert text(solutions[0], deciding_lines=lines, rank=None) == (
        f"{CELL} (2 times the cell): also predicts d 11.81 2.182 Å, lacks d 11.04 Å"
    )
    assert text(solutions[0], deciding_lines=lines[:1] * 9).endswith("also predicts d 11.81 11.81 11.81 Å")
    assert alternatives_lines(solutions[1]) == []


def test_every_relation_has_its_words(solutions):
    def relation(**changes):
        return text(solutions[0], **changes).split("(rank 3, ")[1].split(")")[0]

    assert relation(indices=(1, 3)) == "1/3 of the cell"
    assert relation(indices=(2, 3)) == "common sublattice of indices 2 and 3"
    assert relation(indices=(1, 1), deviation=0.0312) == "the same lattice within 0.031°"
    assert relation(indices=(1, 1)) == "the same lattice"
    assert relation(indices=None) == "unrelated"


def test_no_line_decides(solutions):
    assert text(solutions[0], geometric=True, deciding_lines=()).endswith("): the same lines at every d")
    assert text(solutions[0], deciding_lines=()).endswith("): the same lines down to d = 2.5 Å")


def test_the_page_names_the_alternatives(run):
    page = html_report(run)
    assert page.count('<p class="alternatives">') == 1
    assert f'<p class="alternatives">1 mP is explained as well by:<br>{CELL} (rank 3, 2 times the cell): also' in page
