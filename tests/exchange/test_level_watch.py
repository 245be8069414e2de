"""What the watch tells of each batch and window, beside whole books compared with what they were."""

from __future__ import annotations

import pytest

from exchange.core.core import Core
from exchange.level_watch import CHANGED, QUOTED, Former, LevelWatch
from exchange.replica import cuts_windows
from matching.layout import Side
from tests.exchange import traffic

Sizes = dict[tuple[int, int, int], int]


def sizes(core: Core) -> Sizes:
    """Every level of every book."""
    return {
        (book, side, price_ticks): lots
        for book in range(len(core.specs))
        for side in Side
        for price_ticks, lots, _ in core.books.depth(book, side)
    }


def differing(former: Sizes, present: Sizes) -> set[tuple[int, int, int]]:
    return {
        key for key in former.keys() | present.keys() if former.get(key, 0) != present.get(key, 0)
    }


def bests(core: Core, book: int) -> list[list[tuple[int, int, int]]]:
    return [[(p, lots, 0) for p, lots, _ in core.books.depth(book, side, 1)] for side in Side]


@pytest.mark.parametrize("begun_at", [0, 60])
@pytest.mark.parametrize("seed", [41, 42])
def test_what_it_tells_is_what_differs(seed: int, begun_at: int) -> None:
    core, watch = Core(), None
    at_window, open_levels, windows = Sizes(), set[tuple[int, int, int]](), 0
    for number, batch in enumerate(traffic.batches(seed, 500)):
        if number == begun_at:
            watch, at_window = LevelWatch(core.books), sizes(core)
        before = sizes(core)
        best_before = {book: bests(core, book) for book in range(len(core.specs))}
        events = core.apply(batch)
        if watch is None:
            continue
        told = watch.follow(events)
        present = sizes(core)
        changed = differing(before, present)
        open_levels |= changed
        assert {book for book, news in told.items() if news & CHANGED} == {
            key[0] for key in changed
        }
        quoted = {
            book
            for book in range(len(core.specs))
            if bests(core, book) != best_before.get(book, [[], []])
        }
        assert {book for book, news in told.items() if news & QUOTED} == quoted
        assert set(watch.formers()) == {Former(*key, at_window.get(key, 0)) for key in open_levels}
        if cuts_windows(batch):
            moved = {key[0] for key in differing(at_window, present)}
            assert watch.end_window() == moved
            at_window, open_levels, windows = present, set(), windows + 1
            assert watch.formers() == []
    assert windows > 3


def test_it_goes_on_from_an_open_window() -> None:
    core = Core()
    batches = traffic.batches(43, 200)
    for batch in batches[:30]:
        core.apply(batch)
    watch = LevelWatch(core.books)
    (book, side, price_ticks), lots = next(iter(sizes(core).items()))
    watch.note(Former(book, side, price_ticks, lots + 7))
    assert watch.formers() == [Former(book, side, price_ticks, lots + 7)]
    assert watch.end_window() == {book}
    assert watch.end_window() == frozenset()
