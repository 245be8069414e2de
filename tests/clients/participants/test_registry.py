"""Every kind can be made by its name."""

from __future__ import annotations

import pytest

from clients.participants import REGISTRY, make_trader


@pytest.mark.parametrize("kind", REGISTRY)
def test_every_kind_is_made_with_defaults(kind: str) -> None:
    trader = make_trader(kind, "x", 1, {"interval_s": "2.5"})
    assert (trader.kind, trader.name, trader.interval_ns) == (kind, "x", 2_500_000_000)


def test_unknown_kinds_are_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="bank: no such kind of trader; there are market-maker"):
        make_trader("bank", "x", 1)
