"""Synthetic crystals."""
