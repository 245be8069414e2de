"""How fast a mean forgets."""

from __future__ import annotations

from clients.participants.ewma import Ewma


def test_half_the_weight_is_gone_after_a_halflife() -> None:
    mean = Ewma(10, 0.0)
    assert mean.update(8.0, 10) == 4.0
    assert mean.update(8.0, 10) == 6.0
    assert Ewma(10).update(3.0, 0) == 3.0
