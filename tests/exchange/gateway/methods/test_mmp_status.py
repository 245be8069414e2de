"""Protection by index, where several families settle on one: the lab's GPU1 and H100."""

from __future__ import annotations

import msgspec

from exchange.core.commands import Command
from exchange.core.guards import ProtectionSpec
from exchange.core.layout import CommandKind, Instruction
from exchange.gateway.methods.mmp_status import families_on, freeze_fields, protections_on
from tests.exchange.core.lab import BUY, IOC, SELL, USD, Lab, perpetual, spec, submit

INDEX = "h100_usd"
NS_PER_MS = 1_000_000


def lab() -> Lab:
    other = spec("B200-31DEC26", family="GPU2", index="b200_usd")
    return Lab(spec(), perpetual(), other, spec("GPU1-29JAN27"), deposits=(10**7 * USD,) * 2)


def protect(market: Lab, family: str, frozen_ns: int) -> None:
    terms = ProtectionSpec(
        family=family,
        interval_ns=10**9,
        frozen_ns=frozen_ns,
        qty_limit_lots=1,
        delta_limit_hours=0,
    )
    text = msgspec.json.encode(terms).decode()
    assert market.do(Command(CommandKind.SET_PROTECTION, 0, text=text)) == []


def trip(market: Lab, instrument: int, price_ticks: int) -> int:
    """Let a protected bid of account 0 be hit; return the time."""
    bid = submit(0, BUY, price_ticks, 1, instrument=instrument, instructions=Instruction.PROTECTED)
    market.order(bid)
    market.do(submit(1, SELL, price_ticks, 1, instrument=instrument, tif=IOC))
    return market.ts_ns


def test_an_index_has_its_families_in_the_order_of_listing() -> None:
    market = lab()
    assert families_on(market.core, INDEX) == ["GPU1", "H100"]
    assert families_on(market.core, "b200_usd") == ["GPU2"]
    assert families_on(market.core, "other") == []


def test_protections_are_those_of_the_account_on_the_index() -> None:
    market = lab()
    for family in ("GPU2", "H100"):
        protect(market, family, 5)
    assert len(protections_on(market.core, 0, INDEX)) == 1
    assert protections_on(market.core, 1, INDEX) == []
    protect(market, "GPU1", 5)
    assert len(protections_on(market.core, 0, INDEX)) == 2


def test_the_longest_freeze_counts_and_one_without_end_most() -> None:
    market = lab()
    protect(market, "GPU1", 5 * NS_PER_MS)
    protect(market, "H100", 9 * NS_PER_MS)
    protect(market, "GPU2", 0)
    assert freeze_fields(market.core, 0, INDEX, market.ts_ns) is None
    first = trip(market, 0, 299) + 5 * NS_PER_MS
    fields = freeze_fields(market.core, 0, INDEX, market.ts_ns)
    expected = {"index_name": INDEX, "mmp_group": "default"}
    assert fields == {**expected, "frozen_until": -(-first // NS_PER_MS)}
    second = trip(market, 1, 2_999) + 9 * NS_PER_MS
    fields = freeze_fields(market.core, 0, INDEX, market.ts_ns)
    assert fields == {**expected, "frozen_until": -(-second // NS_PER_MS)}
    assert freeze_fields(market.core, 0, INDEX, first) == fields
    assert freeze_fields(market.core, 0, INDEX, second - 1) == fields
    assert freeze_fields(market.core, 0, INDEX, second) is None
    protect(market, "H100", 0)
    trip(market, 1, 2_999)
    fields = freeze_fields(market.core, 0, INDEX, 10**18)
    assert fields == {**expected, "frozen_until": 0}
    assert freeze_fields(market.core, 1, INDEX, market.ts_ns) is None
    assert freeze_fields(market.core, 0, "b200_usd", market.ts_ns) is None
