"""Measurements, one run each, and the readers of public order flow that they and the tests use."""
