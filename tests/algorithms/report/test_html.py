from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np

from mlindex_plugin.algorithms.peaks import Pattern
from mlindex_plugin.algorithms.report import scale_text
from mlindex_plugin.algorithms.report.html import html_report, plot_data

_VOID = {"meta", "link", "br", "path", "circle"}


class Page(HTMLParser):
    """Collects the text, the data for the figure and every address; checks that elements close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.addresses, self.data = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in _VOID:
            self.open.append((tag, dict(attributes).get("id")))

    def handle_endtag(self, tag):
        if tag not in _VOID:
            assert self.open.pop()[0] == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == ("script", "data"):
            self.data += text
        elif self.open and self.open[-1][0] not in ("script", "style"):
            self.words.append(text)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def test_the_page_says_the_answer(run):
    page = Page(html_report(run))
    assert "mP 5.9300(5) 7.3200(6) 29.200(3) Å 90 95.400(6) 90 °" in page.text
    assert "19 of 20" in page.text and "1261.9 Å³" in page.text and "M 20 (de Wolff) 41.3" in page.text
    assert "145 shots only: 1,000 are wanted." in page.text
    assert "20 peaks are fewer than asked for." in page.text  # why aP was skipped
    assert "powdercell = 5.93000 7.32000 29.20000 90.00000 95.40000 90.00000" in page.text


def test_the_page_says_how_well_the_calibration_is_known(run, result, solutions):
    shifted = replace(solutions[0], zero_shift=0.02134, zero_shift_sigma=0.0015)
    page = Page(html_report(replace(run, result=replace(result, solutions=[shifted, *solutions[1:]]))))
    assert "Zero shift 0.0213(15)°" in page.text
    assert "Zero shift not refined" in Page(html_report(run)).text
    assert scale_text(shifted, None) in page.text
    assert (
        "as good as its calibration" not in Page(html_report(replace(run, result=replace(result, solutions=[])))).text
    )


def test_the_page_fetches_nothing(run):
    text = html_report(run)
    assert [address for address in Page(text).addresses if not address.startswith("data:")] == []
    assert not re.search(r"https?://|@import|url\((?!#)|fetch\(|XMLHttpRequest", text)


def test_the_data_of_the_figure(run, solutions):
    data = json.loads(Page(html_report(run)).data)
    assert [one["name"] for one in data["solutions"]] == ["1 mP", "2 aP", "3 mP", "4 mC", "5 oP", "6 oC"]
    first = data["solutions"][0]
    assert np.allclose(first["lines"], solutions[0].q2_lines, rtol=1e-8)
    assert first["indexed"].count(False) == 1
    assert len(data["pattern"]["q2"]) == 5000
    assert len(data["peaks"]["q2"]) == 25


def test_what_the_user_wrote_cannot_become_markup(run, peaks):
    evil = "</script><script>alert(1)</script>.txt"
    page = html_report(replace(run, files=(evil,), peaks=replace(peaks, notes=(evil,), unit=evil)))
    assert "<script>alert" not in page
    assert evil in Page(page).text


def test_no_cell_found(run, result):
    page = Page(html_report(replace(run, result=replace(result, solutions=[]))))
    assert "No cell found" in page.text
    assert json.loads(page.data)["solutions"] == []
    assert "small_cell" not in page.text


def test_without_pattern_intensity_and_wavelength(run, peaks):
    bare = replace(peaks, pattern=None, intensity=None, wavelength=None)
    data = json.loads(Page(html_report(replace(run, peaks=bare))).data)
    assert data["pattern"] is None and data["wavelength"] is None and not data["has_intensity"]
    assert data["peaks"]["y"] == [1.0] * 25


def test_a_long_pattern_is_thinned_but_keeps_its_peaks(peaks):
    q2 = np.linspace(0.01, 0.05, 200_000)
    intensity = np.random.default_rng(1).random(len(q2))
    intensity[123_456] = 1000.0
    curve = plot_data(replace(peaks, pattern=Pattern(q2, intensity)), [])["pattern"]
    assert len(curve["q2"]) <= 6000
    assert max(curve["y"]) == 1000.0
    assert np.all(np.diff(curve["q2"]) > 0)
