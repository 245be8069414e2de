"""Placeholder docstring of the package; replaced by its owner."""
