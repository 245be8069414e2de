"""A mean that forgets."""

from __future__ import annotations


class Ewma:
    """An exponentially weighted moving average: a sample's weight halves every ``halflife_s`` seconds."""

    def __init__(self, halflife_s: float, start: float | None = None) -> None:
        self.value = start
        self._halflife_s = halflife_s

    def update(self, sample: float, elapsed_s: float) -> float:
        """Take a sample in, ``elapsed_s`` after the one before, and return the mean."""
        if self.value is None:
            self.value = sample
        else:
            keep = 0.5 ** (elapsed_s / self._halflife_s)
            self.value = keep * self.value + (1 - keep) * sample
        return self.value
