from __future__ import annotations

import numpy as np
import pytest

import mlindex_plugin  # noqa: F401

pytest.importorskip("dxtbx")
pytest.importorskip("h5py")

from mlindex_plugin.algorithms.simulate.detector import square_detector  # noqa: E402
from mlindex_plugin.algorithms.simulate.nxmx import write_nxmx  # noqa: E402

WAVELENGTH = np.array([1.3, 1.302, 1.299])


def test_dxtbx_reads_back_images_detector_and_each_wavelength(tmp_path):
    from dxtbx import flumpy
    from dxtbx.model.experiment_list import ExperimentListFactory

    rng = np.random.default_rng(0)
    images = rng.integers(0, 1000, (3, 64, 64)).astype(np.uint16)
    detector = square_detector(165.0, 0.15, 64, WAVELENGTH[0])
    write_nxmx(tmp_path / "stills.h5", images, detector[0], WAVELENGTH)

    experiments = ExperimentListFactory.from_filenames([str(tmp_path / "stills.h5")])
    assert [one.beam.get_wavelength() for one in experiments] == pytest.approx(list(WAVELENGTH), rel=1e-9)
    assert all(one.scan is None and one.goniometer is None for one in experiments)
    for number, one in enumerate(experiments):
        assert one.detector.is_similar_to(detector, 1e-9, 1e-9, 1e-9, False, False)
        assert one.detector[0].get_trusted_range() == detector[0].get_trusted_range()
        assert one.detector[0].get_mu() == pytest.approx(detector[0].get_mu())
        np.testing.assert_array_equal(flumpy.to_numpy(one.imageset.get_raw_data(0)[0]), images[number])
    position = (3.0, 60.5)
    found = experiments[0].detector[0].pixel_to_millimeter(position)
    assert found == pytest.approx(detector[0].pixel_to_millimeter(position), abs=1e-9)


def test_nothing_is_left_of_a_file_that_could_not_be_finished(tmp_path):
    detector = square_detector(165.0, 0.15, 64, 1.3)
    with pytest.raises(ValueError):
        write_nxmx(tmp_path / "stills.h5", [np.zeros((64, 64), np.uint16)], detector[0], WAVELENGTH)
    assert list(tmp_path.iterdir()) == []
