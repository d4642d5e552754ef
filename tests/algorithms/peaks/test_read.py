from __future__ import annotations

import gzip
import json

import h5py
import numpy as np
import pytest
from patterns import ALPHA1, Q2_SILICON, Q_LINES, powder_from_spots_pattern, silicon_cu_pattern, two_theta_of

from mlindex_plugin.algorithms.peaks import read_peaks
from mlindex_plugin.errors import InputError

D = 1 / np.sqrt(Q2_SILICON)
TWO_THETA = two_theta_of(Q2_SILICON, ALPHA1)


def write(path, content):
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def as_text(*columns, header=""):
    return header + "\n".join(" ".join(f"{value:.5f}" for value in row) for row in zip(*columns, strict=True)) + "\n"


@pytest.mark.parametrize("name", ["list.json", "list.json.gz", "list.txt"])
def test_json_whatever_its_name(tmp_path, phil, name):
    content = {"wavelength": None, "peaks": [{"d": d, "intensity": 1.5} for d in D]}
    peaks = read_peaks(write(tmp_path / name, json.dumps(content)), phil())
    np.testing.assert_allclose(peaks.q2, Q2_SILICON)
    np.testing.assert_array_equal(peaks.intensity, 1.5)
    assert peaks.unit == "d" and peaks.source == str(tmp_path / name)


def test_json_of_two_theta_with_errors_takes_the_wavelength_of_the_file(tmp_path, phil):
    rows = [
        {"two_theta": t, "d": d, "sigma": 0.01} for t, d in zip(TWO_THETA.tolist(), D.round(4).tolist(), strict=True)
    ]
    peaks = read_peaks(write(tmp_path / "a.json", json.dumps({"wavelength": ALPHA1, "peaks": rows})), phil())
    np.testing.assert_allclose(peaks.q2, Q2_SILICON)
    assert peaks.unit == "two_theta" and peaks.wavelength == ALPHA1
    assert any("added in quadrature" in note for note in peaks.notes)


def test_the_wavelength_of_the_user_replaces_the_file_s(tmp_path, phil):
    path = write(tmp_path / "a.txt", as_text(TWO_THETA, header="# wavelength 9.9\n2theta\n"))
    peaks = read_peaks(path, phil(wavelength=ALPHA1))
    np.testing.assert_allclose(peaks.q2, Q2_SILICON, rtol=1e-6)


def test_csv_with_a_header(tmp_path, phil):
    text = "d,esd,I\n" + "".join(f"{d:.5f},0.002,10\n" for d in D)
    peaks = read_peaks(write(tmp_path / "a.csv", text), phil())
    np.testing.assert_allclose(peaks.sigma, 2 * 0.002 / D**3, rtol=1e-4)
    assert peaks.sigma_measured


def test_numbers_without_a_header_need_the_unit(tmp_path, phil):
    path = write(tmp_path / "a.txt", as_text(D))
    with pytest.raises(InputError, match=r"cannot tell d from two_theta \(values 1.045 to 3.136\)"):
        read_peaks(path, phil())
    peaks = read_peaks(path, phil(units="d"))
    np.testing.assert_allclose(peaks.q2, Q2_SILICON, rtol=2e-5)


def test_two_theta_without_a_wavelength(tmp_path, phil):
    with pytest.raises(InputError, match="add for example input.wavelength=1.5406"):
        read_peaks(write(tmp_path / "a.txt", as_text(TWO_THETA, header="2theta\n")), phil())


def test_coarse_rounding_widens_the_errors(tmp_path, phil):
    text = "d sigma\n" + "".join(f"{d:.2f} 0.0001\n" for d in D)
    peaks = read_peaks(write(tmp_path / "a.txt", text), phil())
    d = np.round(D, 2)
    np.testing.assert_allclose(peaks.sigma, 2 / d**3 * np.hypot(0.0001, 0.005 / np.sqrt(3)), rtol=1e-6)


def test_gsas_peak_list(tmp_path, phil):
    rows = "".join(f"[{t:.5f}, True, 100.0, True, 0.5, False, 1.0, False]\n" for t in TWO_THETA)
    path = write(tmp_path / "a.pkslst", "#GSAS-II PWDR peaks list file; do not add/delete items!\n" + rows)
    peaks = read_peaks(path, phil(wavelength=ALPHA1))
    np.testing.assert_allclose(peaks.q2, Q2_SILICON, rtol=1e-6)
    with pytest.raises(InputError, match="input.wavelength"):
        read_peaks(path, phil())


def test_numpy_file(tmp_path, phil):
    np.save(tmp_path / "a.npy", np.column_stack([Q2_SILICON, 0 * Q2_SILICON + 1e-4, 0 * Q2_SILICON + 7]))
    peaks = read_peaks(tmp_path / "a.npy", phil(units="q2"))
    np.testing.assert_array_equal(peaks.q2, Q2_SILICON)
    np.testing.assert_array_equal(peaks.sigma, 1e-4)
    np.testing.assert_array_equal(peaks.intensity, 7)


@pytest.mark.parametrize("name", ["a.h5", "a.h5.gz"])
def test_hdf5_file(tmp_path, phil, name):
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["peaks/q"] = np.sqrt(Q2_SILICON)
        file["peaks"].attrs["wavelength"] = 1.2
    peaks = read_peaks(write(tmp_path / name, (tmp_path / "plain.h5").read_bytes()), phil())
    np.testing.assert_allclose(peaks.q2, Q2_SILICON)
    assert peaks.unit == "q" and peaks.wavelength == 1.2


@pytest.mark.parametrize("name", ["scan.xy", "scan.xy.gz"])
def test_scan_in_two_theta(tmp_path, phil, name):
    path = write(tmp_path / name, as_text(*silicon_cu_pattern()))
    peaks = read_peaks(path, phil(units="two_theta", wavelength=1.5406))
    assert len(peaks) == len(Q2_SILICON)
    assert len(peaks.pattern.q2) == 4000
    with pytest.raises(InputError, match="cannot tell d from two_theta"):
        read_peaks(path, phil(wavelength=1.5406))


def test_a_header_tells_the_unit_of_a_scan(tmp_path, phil):
    path = write(tmp_path / "scan.csv", as_text(*silicon_cu_pattern(), header="# wavelength: 1.5406\n2theta counts\n"))
    assert len(read_peaks(path, phil())) == len(Q2_SILICON)


def test_third_column_of_a_scan_is_the_error_of_the_intensity(tmp_path, phil):
    x, y = silicon_cu_pattern()
    path = write(tmp_path / "scan.xye", as_text(x, y, 3 * np.sqrt(y)))
    loose = read_peaks(path, phil(units="two_theta", wavelength=ALPHA1))
    assert 3 <= len(loose) <= len(Q2_SILICON)
    assert loose.unit == "two_theta"


def test_histogram_of_powder_from_spots_needs_no_unit(tmp_path, phil):
    d, counts, _ = powder_from_spots_pattern()
    text = "".join(f"{a:.6f}\t{b}\n" for a, b in zip(d, counts, strict=True))
    peaks = read_peaks(write(tmp_path / "powder.xy", text), phil())
    assert peaks.unit == "d"
    np.testing.assert_allclose(np.sqrt(peaks.q2), Q_LINES, atol=5e-5)


def test_latin1_comments_are_text(tmp_path, phil):
    text = "# 2\xb0 in \xc5ngstr\xf6m\nd\n" + as_text(D)
    assert len(read_peaks(write(tmp_path / "a.txt", text.encode("latin-1")), phil())) == len(D)


LIST = as_text(D)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", "is empty"),
        ("a.json", "  \n", "is empty"),
        ("a.txt.gz", "", "is empty"),
        ("a.txt", "no peaks in here\n", "holds no numbers"),
        ("a.txt", "d\n4.0\n3.0\nx\n", "line 4: 'x' is not a number"),
        ("a.txt", "d\n4.0\nnan\n3.0\n", r"position 2 \(nan\) is not a finite number"),
        ("a.txt", "d\n4.0\n0\n3.0\n", r"position 2 \(0\) is not positive"),
        ("a.txt", "d\n4.0\n-3\n3.0\n", r"position 2 \(-3\) is not positive"),
        ("a.txt", "d\n4.0\n3.0\n", "2 peaks are too few"),
        ("a.txt", "d\n4.0\n3.0\n4.0\n", "2 different peaks are too few"),
        ("a.json", '{"peaks": [{"d": 4.0}, {"d"', "not valid JSON"),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fort", "damaged or cut off"),
        ("a.npy", LIST, "is not a .npy file inside"),
        ("a.h5", LIST, "is not a .h5 file inside"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(200), "is not a readable HDF5 file"),
        ("a.bin", bytes(range(256)) * 20, "neither text, JSON, numpy nor HDF5"),
        ("a.txt", np.random.default_rng(0).bytes(5000), "neither text, JSON, numpy nor HDF5"),
    ],
)
def test_bad_files(tmp_path, phil, name, content, message):
    path = write(tmp_path / name, content)
    with pytest.raises(InputError, match=message) as error:
        read_peaks(path, phil())
    assert str(error.value).startswith(f"{path}: ") and "\n" not in str(error.value)


def test_truncated_gzip(tmp_path, phil):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(LIST.encode())[:-12])
    with pytest.raises(InputError, match="damaged or cut off; compress it again"):
        read_peaks(path, phil())


def test_missing_file_and_folder(tmp_path, phil):
    with pytest.raises(InputError, match="none.txt: no such file"):
        read_peaks(tmp_path / "none.txt", phil())
    with pytest.raises(InputError, match="is a folder"):
        read_peaks(tmp_path, phil())


@pytest.mark.parametrize(
    ("units", "wavelength", "message"),
    [
        ("furlong", None, "unknown unit 'furlong'"),
        ("q", None, "names its positions d, which input.units=q contradicts"),
    ],
)
def test_units_that_do_not_fit(tmp_path, phil, units, wavelength, message):
    path = write(tmp_path / "a.txt", "d\n" + LIST)
    with pytest.raises(InputError, match=message):
        read_peaks(path, phil(units, wavelength))


def test_two_theta_at_or_above_180(tmp_path, phil):
    path = write(tmp_path / "a.txt", "20.5\n100.0\n250.0\n")
    with pytest.raises(InputError, match="two_theta = 250 is not below 180"):
        read_peaks(path, phil("two_theta", 1.54))


def test_unsorted_and_duplicate_positions_are_noted(tmp_path, phil):
    peaks = read_peaks(write(tmp_path / "a.txt", "d\n3.0\n4.0\n2.0\n3.0\n"), phil())
    np.testing.assert_allclose(peaks.q2, [1 / 16, 1 / 9, 1 / 4])
    assert any("sorted" in note for note in peaks.notes)
    assert any("1 positions were listed twice" in note for note in peaks.notes)
