"""What is fetched ahead changes nothing, whatever the commands name."""

from __future__ import annotations

import numpy as np
import pytest

from matching import ahead
from matching import layout as at
from matching.book import OrderBooks
from matching.layout import CommandKind, Side

NO_CONDITIONS = np.zeros((0, at.CONDITION_COLUMNS), np.int64)
ANY = [0, 1, -1, 7, 4095, 4096, 1 << 24, -(1 << 24), (1 << 63) - 1, -(1 << 63)]


def filled(live: int) -> OrderBooks:
    books = OrderBooks(orders=2 * live)
    books.add_book(4096)
    rows = np.zeros((live, at.COMMAND_COLUMNS), np.int64)
    rows[:, at.COMMAND_KIND] = CommandKind.SUBMIT
    rows[:, at.COMMAND_PRICE_TICKS] = np.arange(live) % 97
    rows[:, at.COMMAND_QTY_LOTS] = 1
    books.apply(rows)
    return books


@pytest.mark.parametrize("kind", [*CommandKind, 99])
def test_nothing_is_changed_by_asking(kind: int) -> None:
    books = filled(64)
    commands = np.zeros((len(ANY) ** 2, at.COMMAND_COLUMNS), np.int64)
    commands[:, at.COMMAND_KIND] = int(kind)
    commands[:, at.COMMAND_BOOK] = commands[:, at.COMMAND_ORDER_ID] = np.repeat(ANY, len(ANY))
    commands[:, at.COMMAND_PRICE_TICKS] = commands[:, at.COMMAND_TERMS] = np.tile(ANY, len(ANY))
    commands[:1, at.COMMAND_ORDER_ID] = books.orders(0, Side.BUY)[0][0]
    before = books.digest()
    ahead.fetch_ahead(books.arrays(NO_CONDITIONS), commands, 0, len(commands))
    assert books.digest() == before


def test_a_large_book_answers_the_same_however_far_it_looks_ahead() -> None:
    """By 64 commands in one batch, by none where each is a batch of its own."""
    many = 5_000
    live = 4 * many
    draw = np.random.default_rng(17)
    commands = np.zeros((many, at.COMMAND_COLUMNS), np.int64)
    commands[:, at.COMMAND_KIND] = draw.choice([1, 1, 2, 3], many)
    commands[:, at.COMMAND_ORDER_ID] = [number << 24 | number - 1 for number in range(1, many + 1)]
    commands[:, at.COMMAND_TERMS] = draw.integers(0, 2, many)
    commands[:, at.COMMAND_PRICE_TICKS] = 2000 + draw.integers(-90, 90, many)
    commands[:, at.COMMAND_QTY_LOTS] = draw.integers(1, 9, many)
    whole, single = filled(live), filled(live)
    assert ahead.is_large(whole.arrays(NO_CONDITIONS))
    together = whole.apply(commands)
    apart = [single.apply(commands[n : n + 1]).copy() for n in range(many)]
    assert np.array_equal(
        together[:, at.EVENT_ORDER_ID :], np.vstack(apart)[:, at.EVENT_ORDER_ID :]
    )
    assert set(together[:, at.EVENT_KIND].tolist()) >= {1, 2, 3, 4}
    assert whole.digest() == single.digest()
