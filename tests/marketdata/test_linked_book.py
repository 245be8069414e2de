"""Books of implied and combined sizes: what is told, whoever listened and since when."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from marketdata.channels import parse
from marketdata.depth import DepthReplica
from marketdata.linked_book import LEVELS, LinkedBook
from marketdata.market import Market
from marketdata.messages import State
from marketdata.notifications import linked_book
from marketdata.publisher import Publisher, Subscriber
from tests.marketdata.examples import MS_NS, T0_NS, bodies
from tests.marketdata.linked import LINKED, Step, apply, linked_market, linked_steps

NAMES = [f"book.{i.name}.{sizes}.100ms" for i in LINKED for sizes in ("implied", "combined")]
BOOKS = (*NAMES, "book.GPU1-26FEB27.combined.1.100ms")


def listening(market: Market) -> Subscriber:
    subscriber = Subscriber(Publisher(market))
    subscriber.subscribe(BOOKS)
    return subscriber


def expected(market: Market, number: int, sizes: str) -> tuple[list[Any], list[Any]]:
    """Return what the answer to public/get_order_book says of the same moment."""
    book = market.order_book(number, LEVELS, combined=sizes == "combined")
    keys = ("bids", "asks") if sizes == "combined" else ("implied_bids", "implied_asks")
    bids, asks = ([tuple(level) for level in book[key]] for key in keys)
    return bids, asks


@given(linked_steps)
def test_snapshot_and_changes_rebuild_the_book_at_every_cut(steps: list[Step]) -> None:
    market = linked_market()
    subscriber = listening(market)
    replicas = {name: DepthReplica() for name in NAMES}
    for seq, step in enumerate(steps, 2):
        for frame in subscriber.take():
            params = json.loads(frame)["params"]
            if params["channel"] in replicas:
                replicas[params["channel"]].apply(params["data"])
        apply(market, seq, step)
        if step[2]:
            for frame in subscriber.take():
                params = json.loads(frame)["params"]
                if params["channel"] in replicas:
                    replicas[params["channel"]].apply(params["data"])
            for name, replica in replicas.items():
                channel = parse(name, market)
                assert channel.instrument_id is not None
                found = (replica.levels(0), replica.levels(1))
                assert found == expected(market, channel.instrument_id, channel.sizes), name


@given(linked_steps, linked_steps)
def test_who_subscribed_earlier_and_who_follows_a_restored_market_hear_the_same_bytes(
    before: list[Step], after: list[Step]
) -> None:
    market = linked_market()
    early = listening(market)
    for seq, step in enumerate(before, 2):
        apply(market, seq, step)
    restored = Market(tape_capacity=10)
    restored.restore(market.snapshot())
    for instrument in LINKED:
        number = instrument.instrument_id
        depth = market.board(number).depth
        restored.load_depth(number, depth.levels(0), depth.levels(1))
    early.take()
    late, elsewhere = listening(market), listening(restored)
    assert late.take() == elsewhere.take()
    for seq, step in enumerate(after, 2 + len(before)):
        apply(market, seq, step)
        apply(restored, seq, step)
        heard = early.take()
        assert late.take() == heard
        assert elsewhere.take() == heard


def test_nothing_is_worked_out_while_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    market = linked_market()
    Publisher(market)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("implied levels were worked out")

    monkeypatch.setattr(Market, "implied_levels", fail)
    apply(market, 2, ([(0, 0, 1, 5), (3, 0, 1, 2)], None, True))


def test_a_window_in_which_a_neighbour_moved_out_of_sight_moves_the_change_id_on() -> None:
    market = linked_market()
    apply(market, 2, ([(0, 0, 1, 5), (1, 1, 1, 5)], None, True))
    subscriber = Subscriber(Publisher(market))
    subscriber.subscribe(["book.GPU1-FS-A.implied.100ms"])
    (snapshot,) = bodies(subscriber.take())
    assert snapshot["bids"] == [["new", 0.03, 5]]
    # A bid of the far month has no part in a bid for near less far, and no spread's ask meets it.
    apply(market, 3, ([(1, 0, 3, 1)], None, True))
    (change,) = bodies(subscriber.take())
    assert (change["type"], change["bids"], change["asks"]) == ("change", [], [])
    assert (change["prev_change_id"], change["change_id"]) == (snapshot["change_id"], 3)
    # A book outside all of its cycles is no neighbour.
    apply(market, 4, ([(4, 0, 3, 1)], None, False))
    apply(market, 5, ([], None, True))
    assert subscriber.take() == []


def test_a_halt_of_one_leg_takes_what_it_implied_away() -> None:
    market = linked_market()
    apply(market, 2, ([(0, 0, 1, 5), (1, 1, 1, 5)], None, True))
    subscriber = Subscriber(Publisher(market))
    subscriber.subscribe(["book.GPU1-FS-A.implied.100ms"])
    subscriber.take()
    apply(market, 3, ([], (1, State.HALTED), True))
    assert bodies(subscriber.take())[0]["bids"] == [["delete", 0.03, 0]]
    apply(market, 4, ([], (1, State.OPEN), True))
    assert bodies(subscriber.take())[0]["bids"] == [["new", 0.03, 5]]


def test_a_book_that_is_in_no_cycle_is_told_with_its_own_sizes() -> None:
    market = Market(tape_capacity=10)
    for instrument in LINKED[:2]:
        market.list_instrument(instrument)
        market.set_state(instrument.instrument_id, State.OPEN, T0_NS)
    market.set_level(0, 0, 270, 3)
    market.commit(1, T0_NS, cut=True)
    implied, combined = (
        LinkedBook(market, 0, "implied").snapshot(),
        LinkedBook(market, 0, "combined").snapshot(),
    )
    assert (implied["bids"], combined["bids"]) == ([], [("new", 2.7, 3)])


def test_the_ladder_is_whole_each_time() -> None:
    market = linked_market()
    apply(market, 2, ([(0, 0, 1, 5), (1, 1, 1, 4), (3, 0, 1, 2), (3, 0, 2, 2)], None, True))
    ladder = LinkedBook(market, 3, "combined").ladder(1)
    # 2.69 is bid for the near month, 2.66 asked for the far one; the spread's own best is 0.04.
    assert (ladder["bids"], ladder["asks"]) == ([(0.04, 2)], [])
    assert ladder["change_id"] == 2
    assert ladder["timestamp"] == (T0_NS + 2 * MS_NS) // MS_NS


def test_another_channel_has_no_linked_book() -> None:
    market = linked_market()
    with pytest.raises(ValueError, match="no channel of a linked book"):
        linked_book(market, parse("book.GPU1-FS-A.100ms", market))
