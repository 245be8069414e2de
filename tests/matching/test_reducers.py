"""Which resting orders are reduce-only: each owner's newest first, whoever leaves between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import EventKind, Instruction, Side
from tests.matching.verbs import Verbs

REDUCE_ONLY = Instruction.REDUCE_ONLY


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=25))
def test_a_list_per_owner_and_book(moves: list[tuple[int, int]]) -> None:
    books = OrderBooks(orders=1, owners=3)
    verbs = Verbs(books)
    for book in range(2):
        verbs.add_book()
        for owner in range(2):
            verbs.set_holding(owner, book, 100)
    lists: dict[tuple[int, int], list[int]] = {(o, b): [] for o in range(2) for b in range(2)}
    for kind, choice in moves:
        of = choice % 2, choice // 2 % 2
        if kind:
            order = {"owner": of[0], "instructions": REDUCE_ONLY}
            lists[of].append(verbs.submit(of[1], Side.SELL, 10 + choice, 2, **order)[0][2])
        elif lists[of]:
            verbs.cancel(lists[of].pop(choice % len(lists[of])))
        counted = [int(books.rows[book, at.BOOK_REDUCERS]) for book in range(2)]
        assert counted == [sum(len(lists[o, b]) for o in range(2)) for b in range(2)]
    for (owner, book), ids in lists.items():
        rows = verbs.set_holding(owner, book, 1)
        assert [(one[0], one[2]) for one in rows] == [
            (EventKind.REDUCED, order_id) for order_id in ids[::-1]
        ]
        rows = verbs.set_holding(owner, book, 0)
        assert [(one[0], one[2]) for one in rows] == [
            (EventKind.CANCELLED, order_id) for order_id in ids[::-1]
        ]
        assert books.owners[owner, at.OWNER_REDUCER + at.OWNER_BOOK_COLUMNS * book] == at.NO_SLOT
    assert books.live == 0
