"""The trained models that come with the package; made by ``make weights``."""
