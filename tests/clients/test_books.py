"""A client's book against a naive one, whatever is lost, repeated or repaired."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.books import Book
from clients.messages import BookUpdate, LevelChange
from marketdata.depth import SequenceGap

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["bids", "asks"]),
        st.integers(1, 6),
        st.integers(0, 3),
        st.sampled_from(["sent", "sent", "sent", "lost", "repeated"]),
    ),
    max_size=60,
)


class Source:
    """The exchange's side of one book, as two plain dictionaries."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[int, int]] = {"bids": {}, "asks": {}}
        self.change_id = 7

    def snapshot(self) -> BookUpdate:
        levels: list[list[LevelChange]] = [
            [("new", price, size) for price, size in self.sides[side].items()]
            for side in ("bids", "asks")
        ]
        return BookUpdate("X", self.change_id, self.change_id, None, *levels)

    def change(self, side: str, price: int, size: int) -> BookUpdate | None:
        levels = self.sides[side]
        former = levels.get(price, 0)
        if former == size:
            return None
        action = "new" if not former else "delete" if not size else "change"
        if size:
            levels[price] = size
        else:
            del levels[price]
        self.change_id += 3
        entry: list[LevelChange] = [(action, price, size)]
        sides = (entry, []) if side == "bids" else ([], entry)
        return BookUpdate("X", self.change_id, self.change_id, self.change_id - 3, *sides)


@given(STEPS)
def test_book_equals_the_source_after_every_repair(steps: list[tuple[str, int, int, str]]) -> None:
    source, book = Source(), Book("X")
    book.apply(source.snapshot())
    behind = False
    for side, price, size, fate in steps:
        update = source.change(side, price, size)
        if update is None:
            continue
        if fate == "lost":
            behind = True
            continue
        if behind:
            with pytest.raises(SequenceGap):
                book.apply(update)
            assert book.change_id is None
            book.apply(source.snapshot())
            behind = False
        else:
            assert book.apply(update)
        if fate == "repeated":
            assert not book.apply(update)
        assert book.bids() == sorted(source.sides["bids"].items(), reverse=True)
        assert book.asks() == sorted(source.sides["asks"].items())


def test_best_and_middle() -> None:
    book = Book("X")
    assert (book.best_bid_ticks, book.best_ask_ticks, book.mid_ticks) == (None, None, None)
    book.apply(BookUpdate("X", 1, 1, None, [("new", 9, 1), ("new", 8, 2)], [("new", 12, 1)]))
    assert (book.best_bid_ticks, book.best_ask_ticks, book.mid_ticks) == (9, 12, 10.5)
    assert book.bids(1) == [(9, 1)]


def test_a_change_before_the_first_snapshot_is_a_gap() -> None:
    with pytest.raises(SequenceGap):
        Book("X").apply(BookUpdate("X", 1, 2, 1, [], []))
