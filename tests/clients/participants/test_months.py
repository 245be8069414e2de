"""Pairs of months and combos by their legs."""

from __future__ import annotations

import msgspec
import pytest

from clients.participants.months import combo_of, family_pairs, of_family, same_months
from marketdata.messages import InstrumentLeg
from tests.clients.market import listed


def test_same_months_are_paired_nearest_first_without_spreads() -> None:
    gpu1 = [listed(f"GPU1-{month}", month, month) for month in (3, 1, 2)]
    hpr = [listed(f"HPR-{month}", 10 + month, month) for month in (2, 3, 4)]
    spread = msgspec.structs.replace(
        listed("GPU1-FS", 30, 2), legs=(InstrumentLeg("GPU1-2", 1), InstrumentLeg("GPU1-1", -1))
    )
    every = [*gpu1, *hpr, spread, listed("H100-PERPETUAL", 40, 0, 1)]
    assert [each.name for each in of_family(every, "GPU1")] == ["GPU1-1", "GPU1-2", "GPU1-3"]
    names = [(one.name, two.name) for one, two in same_months(every, "GPU1", "HPR")]
    assert names == [("GPU1-2", "HPR-2"), ("GPU1-3", "HPR-3")]
    by_name = {each.name: each for each in every}
    assert combo_of(by_name, "GPU1-2", "GPU1-1") == (spread, 1)
    assert combo_of(by_name, "GPU1-1", "GPU1-2") == (spread, -1)
    assert combo_of(by_name, "GPU1-1", "GPU1-3") is None


def test_words_name_pairs() -> None:
    assert family_pairs(" GPU1:HPR ,GPU2:BKL,") == [("GPU1", "HPR"), ("GPU2", "BKL")]
    with pytest.raises(ValueError, match="GPU1:HPR"):
        family_pairs("GPU1")
