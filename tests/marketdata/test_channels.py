"""Channel names that mean something, and those that do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.channels import ChannelKind, UnknownChannel, parse
from tests.marketdata.examples import GPU1, PERPETUAL, listed_market


@pytest.mark.parametrize(
    ("name", "kind", "interval"),
    [
        ("book.GPU1-31JAN27.raw", ChannelKind.BOOK, "raw"),
        ("book.GPU1-31JAN27.100ms", ChannelKind.BOOK, "100ms"),
        ("book.GPU1-31JAN27.agg2", ChannelKind.BOOK, "100ms"),
        ("book.GPU1-31JAN27.none.10.100ms", ChannelKind.LADDER, "100ms"),
        ("book.GPU1-31JAN27.implied.100ms", ChannelKind.LINKED_BOOK, "100ms"),
        ("book.GPU1-31JAN27.combined.agg2", ChannelKind.LINKED_BOOK, "100ms"),
        ("book.GPU1-31JAN27.combined.1.100ms", ChannelKind.LINKED_LADDER, "100ms"),
        ("book.GPU1-31JAN27.5.20.raw", ChannelKind.LADDER, "raw"),
        ("trades.H100-PERPETUAL.raw", ChannelKind.TRADES, "raw"),
        ("trades.future.any.100ms", ChannelKind.TRADES, "100ms"),
        ("trades.any.GPU1.raw", ChannelKind.TRADES, "raw"),
        ("quote.GPU1-31JAN27", ChannelKind.QUOTE, "raw"),
        ("ticker.GPU1-31JAN27.agg2", ChannelKind.TICKER, "100ms"),
        ("perpetual.H100-PERPETUAL.100ms", ChannelKind.PERPETUAL, "100ms"),
        ("chart.trades.GPU1-31JAN27.1D", ChannelKind.CHART, "raw"),
        ("deribit_price_index.h100_usd", ChannelKind.INDEX, "raw"),
        ("index.h100_usd", ChannelKind.INDEX, "raw"),
        ("instrument.state.any.any", ChannelKind.STATE, "raw"),
        ("instrument.state.future.GPU1", ChannelKind.STATE, "raw"),
    ],
)
def test_known_names(name: str, kind: ChannelKind, interval: str) -> None:
    channel = parse(name, listed_market())
    assert (channel.name, channel.kind, channel.interval) == (name, kind, interval)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "no such channel"),
        ("book", "no such channel"),
        ("user.orders.any.any.raw", "no such channel"),
        ("book.GPU1-31JAN27.50ms", "interval is not one of"),
        ("book.NOTHING.raw", "instrument NOTHING is not listed"),
        ("book.NOTHING.implied.100ms", "instrument NOTHING is not listed"),
        ("book.GPU1-31JAN27.implied.raw", "interval is not one of 100ms, agg2"),
        ("book.GPU1-31JAN27.combined.7.100ms", "depth is not one of"),
        ("book.GPU1-31JAN27.3.10.100ms", "group is not one of"),
        ("book.GPU1-31JAN27.none.7.100ms", "depth is not one of"),
        ("trades.share.any.raw", "kind is not one of"),
        ("trades.future.BTC.raw", "family BTC is not listed"),
        ("perpetual.GPU1-31JAN27.raw", "not a perpetual"),
        ("chart.trades.GPU1-31JAN27.2", "resolution is not one of"),
        ("deribit_price_index.btc_usd", "index btc_usd is not published"),
        ("deribit_price_index", "no such channel"),
        ("x" * 200, "too long"),
    ],
)
def test_unknown_names_say_why(name: str, reason: str) -> None:
    with pytest.raises(UnknownChannel, match=reason) as caught:
        parse(name, listed_market())
    assert len(str(caught.value)) < 300


@given(st.text(max_size=40))
def test_no_name_breaks_the_parser(name: str) -> None:
    with pytest.raises(UnknownChannel):
        parse(name, listed_market())


def test_cover() -> None:
    market = listed_market()
    covers = {
        "trades.future.any.raw": (True, True),
        "trades.future.H100.raw": (False, True),
        "quote.GPU1-31JAN27": (True, False),
        "index.h100_usd": (False, False),
    }
    for name, expected in covers.items():
        channel = parse(name, market)
        assert (channel.covers(GPU1), channel.covers(PERPETUAL)) == expected
