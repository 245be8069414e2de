"""What the public is told equals what the core holds: depth, trades, marks, indices, open interest."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core import layout as at
from exchange.core.commands import Command, batch_of
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import CommandKind, EventKind, State
from exchange.feed import public_instrument
from exchange.replica import Replica
from marketdata.messages import instrument_fields
from tests.exchange import traffic
from tests.exchange.core import lab
from tests.exchange.core.lab import USD, listing, opening, spec, submit


def assert_public_equals_core(replica: Replica) -> None:
    core, market = replica.core, replica.market
    assert market.seq == core.seq
    for number in range(len(core.specs)):
        board = market.board(number)
        row = core.instrument(number).tolist()
        for side in (0, 1):
            held = [(price, qty) for price, qty, _ in core.books.depth(number, side)]
            assert board.depth.levels(side) == held
        assert board.mark_ticks == row[at.INSTRUMENT_MARK_TICKS]
        assert board.open_interest_lots == row[at.INSTRUMENT_OPEN_INTEREST_LOTS]
        assert board.state == row[at.INSTRUMENT_STATE]
        assert board.band_ticks == (
            row[at.INSTRUMENT_BAND_LOW_TICKS],
            row[at.INSTRUMENT_BAND_HIGH_TICKS],
        )
        last = board.tape.last
        assert (last.trade.trade_seq if last else 0) == row[at.INSTRUMENT_TRADES]
        assert (last.trade.price_ticks if last else 0) == row[at.INSTRUMENT_LAST_TICKS]
    for name, micros in core.index_prices.items():
        found = market.index_print(name)
        assert found is not None
        assert found.price_micros == micros


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_market_equals_the_core_after_every_batch(seed: int) -> None:
    replica = Replica()
    events = []
    for index, batch in enumerate(traffic.batches(seed, 500)):
        events += replica.apply(batch)
        assert_public_equals_core(replica)
        if index % 20 == 7:
            restored = Replica()
            restored.load(replica.snapshot())
            replica = restored
            assert_public_equals_core(replica)
    trades = (EventKind.EXECUTED, EventKind.UNCROSSED)
    executed = [row for row in events if row[at.EVENT_KIND] in trades]
    assert len(executed) > 40
    told_kinds = {row[at.EVENT_KIND] for row in events}
    assert told_kinds >= {EventKind.ACTIVATED, EventKind.REFILLED, EventKind.CONDITIONED}
    for number in range(2):
        mine = [row for row in executed if row[at.EVENT_INSTRUMENT] == number]
        prints = list(replica.market.board(number).tape.prints(ascending=True))
        assert [p.trade.trade_seq for p in prints] == list(range(1, len(mine) + 1))
        told = [
            (p.trade.trade_id, p.trade.price_ticks, p.trade.qty_lots, p.trade.side) for p in prints
        ]
        columns = (at.EVENT_TAG, at.EVENT_PRICE_TICKS, at.EVENT_QTY_LOTS, at.EVENT_SIDE)
        assert told == [tuple(row[c] for c in columns) for row in mine]
    ids = sorted(row[at.EVENT_TAG] for row in executed)
    assert ids == list(range(1, len(ids) + 1))


def test_a_trade_carries_mark_and_index_of_its_own_moment() -> None:
    replica = Replica()
    setting = traffic.commands(1, 6)
    sell = Command(CommandKind.SUBMIT, 0, 0, side=1, price_ticks=300, qty_lots=9)
    buy = sell._replace(account=1, side=0, qty_lots=1)
    replica.apply(
        batch_of(
            [
                *setting,
                sell,
                buy,
                Command(CommandKind.PRINT_INDEX, amount_micros=2_500_000, text="h100_usd"),
                Command(CommandKind.MARK, instrument=0, price_ticks=310),
                buy,
                Command(CommandKind.MARK, instrument=0, price_ticks=290),
            ],
            1,
            traffic.START_NS,
        )
    )
    prints = list(replica.market.board(0).tape.prints(ascending=True))
    assert [(p.trade.mark_ticks, p.trade.index_micros) for p in prints] == [
        (300, 0),
        (310, 2_500_000),
    ]


def test_states_funding_and_settlement_reach_the_public() -> None:
    replica = Replica()
    replica.apply(batch_of(traffic.commands(1, 6), 1, traffic.START_NS))
    replica.apply(
        batch_of(
            [
                Command(CommandKind.SET_STATE, instrument=1, qty_lots=State.HALTED),
                Command(CommandKind.FUND, instrument=1, amount_micros=12_345),
                Command(CommandKind.SETTLE, instrument=0, amount_micros=3_000_000),
            ],
            7,
            traffic.START_NS,
        )
    )
    assert replica.market.state(0) == State.EXPIRED
    assert replica.market.state(1) == State.HALTED
    assert replica.market.board(1).funding_micros == 12_345
    assert_public_equals_core(replica)


def test_deleveraging_shows_in_the_open_interest_and_on_no_tape() -> None:
    replica = Replica()
    terms = DefaultTerms(step_ns=1, patience_steps=0, deleveraging_steps=0)
    text = msgspec.json.encode(terms).decode()
    trade = [submit(1, 1, 300, 10), submit(0, 0, 300, 10)]
    crash = Command(CommandKind.MARK, instrument=0, price_ticks=250)
    opened = [listing(spec()), opening("a", 5_000 * USD), opening("b", 10**6 * USD)]
    rules = Command(CommandKind.SET_MARGIN_TERMS, text=text)
    replica.apply(batch_of([*opened, rules, *trade, crash], 1, traffic.START_NS))
    assert replica.market.board(0).open_interest_lots == 10
    replica.apply(batch_of([Command(CommandKind.CLOSE_OUT)], 8, traffic.START_NS + 1))
    assert replica.market.board(0).open_interest_lots == 0
    assert len(list(replica.market.board(0).tape.prints(ascending=True))) == 1
    assert_public_equals_core(replica)


def test_the_public_sees_the_terms() -> None:
    terms = spec()
    shown = public_instrument(3, terms)
    assert shown.instrument_id == 3
    for field in ("name", "family", "underlying", "perpetual", "tick_micros", "contract_hours"):
        assert getattr(shown, field) == getattr(terms, field)
    assert shown.index_name == terms.index
    assert (shown.creation_ns, shown.expiry_ns) == (terms.created_ns, terms.expiry_ns)
    assert (shown.maker_fee_micros, shown.taker_fee_micros) == (2_000_000, 5_000_000)


def test_the_public_sees_legs_and_strikes() -> None:
    assert public_instrument(0, spec()).legs == ()
    terms = lab.combo()
    assert [(leg.instrument, leg.ratio) for leg in public_instrument(0, terms).legs] == [
        (leg.instrument, leg.ratio) for leg in terms.legs
    ]
    fields = instrument_fields(public_instrument(0, terms), State.OPEN, 1)
    assert [leg["amount"] for leg in fields["legs"]] == [leg.ratio for leg in terms.legs]
    digital = public_instrument(0, lab.binary())
    assert (digital.binary, digital.strike_micros) == (True, lab.binary().strike_micros)
    fields = instrument_fields(digital, State.OPEN, 1)
    assert (fields["payoff"], fields["strike"]) == ("binary", digital.strike_micros / 1e6)


def linked_replica(*orders: Command) -> Replica:
    """GPU1 at 300 ticks, GPU2 at 280 and their spread, linked and open, with orders of three accounts."""
    second = spec("GPU2-31DEC26", family="GPU2", reference_ticks=280)
    third = lab.combo(tick_micros=10_000, implied=True)
    setting = [
        *(listing(each) for each in (spec(), second, third)),
        *(Command(CommandKind.SET_STATE, instrument=n, qty_lots=State.OPEN) for n in range(3)),
        *(opening(name, 10**6 * USD) for name in ("a", "b", "c")),
    ]
    replica = Replica()
    for seq, command in enumerate([*setting, *orders], 1):
        replica.apply(batch_of([command], seq, traffic.START_NS + seq))
    return replica


def test_a_linked_market_tells_what_its_books_imply() -> None:
    replica = linked_replica(
        submit(1, lab.SELL, 301, 10, instrument=0), submit(2, lab.BUY, 279, 15, instrument=1)
    )
    market = replica.market
    assert market.board(2).instrument.implied
    spread = market.order_book(2)
    assert (spread["bids"], spread["implied_bids"]) == ([], [])
    assert (spread["asks"], spread["implied_asks"]) == ([], [[0.22, 10]])


def test_an_implied_trade_is_on_the_tapes_of_the_combo_and_of_each_leg() -> None:
    replica = linked_replica(
        submit(1, lab.SELL, 301, 10, instrument=0),
        submit(2, lab.BUY, 279, 15, instrument=1),
        submit(0, lab.BUY, 25, 4, instrument=2),
    )
    assert_public_equals_core(replica)
    market = replica.market
    near, far, spread = (market.trades(number)["trades"][0] for number in range(3))
    assert (spread["price"], spread["amount"], spread["direction"]) == (0.22, 4, "buy")
    assert "combo_id" not in spread
    for leg, price, direction in ((near, 3.01, "buy"), (far, 2.79, "sell")):
        assert (leg["price"], leg["amount"], leg["direction"]) == (price, 4, direction)
        assert (leg["combo_id"], leg["combo_trade_id"]) == ("GPU1-SPREAD", spread["trade_id"])
        assert leg["implied"] is True
    assert [market.ticker(number)["last_price"] for number in range(3)] == [3.01, 2.79, 0.22]
    assert [market.ticker(number)["stats"]["volume"] for number in range(3)] == [4, 4, 4]
    assert market.order_book(2)["implied_asks"] == [[0.22, 6]]
