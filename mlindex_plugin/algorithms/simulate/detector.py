"""A plain square detector for simulations."""

from __future__ import annotations

SENSOR_MATERIAL = "Si"
SENSOR_THICKNESS = 0.45  # mm
SATURATION = 65000  # counts


def square_detector(distance: float, pixel_size: float, n_pixels: int, wavelength: float):
    """Make a flat square detector, centred on the beam, with the parallax of a silicon sensor.

    Parameters
    ----------
    distance, pixel_size : float
        mm.
    n_pixels : int
        Along each edge.
    wavelength : float
        In Å; the sensor's absorption is that at this wavelength.

    Returns
    -------
    dxtbx.model.Detector
        One panel, the same as dxtbx makes of the NXmx file that `write_nxmx` writes.
    """
    from cctbx.eltbx import attenuation_coefficient
    from dxtbx.model import Detector, ParallaxCorrectedPxMmStrategy

    absorption = attenuation_coefficient.get_table(SENSOR_MATERIAL).mu_at_angstrom(wavelength) / 10  # 1/mm
    half = n_pixels * pixel_size / 2
    detector = Detector()
    panel = detector.add_panel()
    panel.set_type("SENSOR_PAD")
    panel.set_name("/entry/instrument/detector/module")
    panel.set_local_frame((1, 0, 0), (0, -1, 0), (-half, half, -distance))
    panel.set_pixel_size((pixel_size, pixel_size))
    panel.set_image_size((n_pixels, n_pixels))
    panel.set_trusted_range((-1, SATURATION))
    panel.set_thickness(SENSOR_THICKNESS)
    panel.set_material(SENSOR_MATERIAL)
    panel.set_mu(absorption)
    panel.set_px_mm_strategy(ParallaxCorrectedPxMmStrategy(absorption, SENSOR_THICKNESS))
    return detector
