from __future__ import annotations

from clients.simulation.measures import Fill, Meter, SignalPath, mean
from matching.book import OrderBooks


def test_the_signal_is_the_last_one_announced() -> None:
    path = SignalPath()
    path.add(10, 100)
    path.add(20, 105)
    assert [path.at(ts_ns) for ts_ns in (10, 19, 20, 99)] == [100, 100, 105, 105]


def test_edge_and_adverse_move_are_by_the_lot() -> None:
    path = SignalPath()
    path.add(0, 100)
    path.add(50, 106)
    meter = Meter(frozenset({1}))
    # Sold 3 at 101 just before the signal rose by 6, bought 1 at 104 after it.
    meter.fills = [Fill(1, 45, -1, 101, 3), Fill(1, 60, 1, 104, 1), Fill(2, 45, 1, 101, 3)]
    assert meter.filled_lots(frozenset({1})) == 4
    assert meter.edge_ticks(frozenset({1}), path, 10) == (3 * (101 - 106) + 1 * (106 - 104)) / 4
    assert meter.adverse_ticks(frozenset({1}), path, 10) == (3 * 6 + 0) / 4
    assert meter.edge_ticks(frozenset({9}), path, 10) == 0


def test_only_an_uncrossed_book_with_two_sides_is_measured() -> None:
    books, meter = OrderBooks(), Meter(frozenset())
    books.add_book()
    books.submit(0, 0, 100, 4)
    meter.look(books, 0)
    assert meter.spreads_ticks == []
    for ticks, lots in ((103, 6), (108, 10), (109, 50)):
        books.submit(0, 1, ticks, lots)
    meter.look(books, 0)
    assert meter.spreads_ticks == [3]
    assert meter.best_lots == [5.0]
    assert meter.near_lots == [10.0]


def test_the_mean_of_nothing_is_nothing() -> None:
    assert mean([]) == 0.0
    assert mean([1, 2]) == 1.5
