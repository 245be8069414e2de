"""A market that is fed quietly ends as one that is told of every level, byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from exchange.core import snapshot
from exchange.core.commands import Batch, Command, batch_of
from exchange.core.layout import EVENT_KIND, CommandKind, EventKind, State
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from exchange.quiet_feed import QuietFeed
from exchange.replica import PublicReplica
from marketdata.publisher import Publisher
from matching.layout import Side
from tests.exchange import traffic
from tests.exchange.core import lab
from tests.exchange.core.lab import USD, listing, opening, spec, submit
from tests.golden.make import HERE


def linked_traffic(seed: int, count: int) -> list[Batch]:
    """Orders in two outrights and the spread between them, which imply each other, through auctions."""
    rng = np.random.default_rng(seed)
    second = spec("GPU2-31DEC26", family="GPU2", reference_ticks=280)
    third = lab.combo(tick_micros=10_000, implied=True)
    waiting = [
        *(listing(each) for each in (spec(), second, third)),
        *(Command(CommandKind.SET_STATE, instrument=n, qty_lots=State.OPEN) for n in range(3)),
        *(opening(name, 10**7 * USD) for name in ("a", "b", "c")),
    ]
    while len(waiting) < count:
        account, book, side, offset, qty, draw = (
            int(x) for x in rng.integers([0, 0, 0, -4, 1, 0], [3, 3, 2, 5, 9, 30])
        )
        if draw == 0:
            waiting.append(Command(CommandKind.ADVANCE))
        elif draw == 1:
            waiting.append(Command(CommandKind.CANCEL_ALL, account, book))
        elif draw == 2:
            state = State.OPEN if qty % 2 else State.PRE_OPEN
            waiting.append(Command(CommandKind.SET_STATE, instrument=book, qty_lots=state))
        else:
            price = (300, 280, 20)[book] + offset
            waiting.append(submit(account, side, price, qty, instrument=book))
    found, seq = [], 1
    while waiting:
        size = int(rng.integers(1, 9))
        found.append(batch_of(waiting[:size], seq, traffic.START_NS + seq * 10_000_000))
        seq, waiting = seq + len(waiting[:size]), waiting[size:]
    return found


def golden(directory: Path) -> list[Batch]:
    """The batches of the golden log of today's rules."""
    shutil.copy(HERE / "rules-5" / LOG_NAME, directory)
    log = CommandLog(directory, writable=False)
    found = list(log.read())
    log.close()
    return found


def assert_quiet_is_loud(batches: list[Batch], stops: list[int]) -> None:
    """Feed one market aloud and one quietly, which settles after each of some batches and goes on."""
    loud, still = PublicReplica(), PublicReplica()
    quiet = still.quiet_feed()
    for number, batch in enumerate(batches):
        loud.apply(batch)
        still.pass_over(batch, quiet)
        if number in stops or number == len(batches) - 1:
            quiet.settle()
            assert still.market.snapshot() == loud.market.snapshot()
            for book in range(len(loud.core.specs)):
                for side in Side:
                    depth = still.market.board(book).depth.levels(side)
                    assert depth == loud.market.board(book).depth.levels(side)
                assert still.market.board(book).quote() == loud.market.board(book).quote()
            if number % 2:
                # From a snapshot, whose window may be open, as from where it was.
                still = restored(loud)
            quiet = still.quiet_feed()


def restored(live: PublicReplica) -> PublicReplica:
    """A replica from a snapshot."""
    found = PublicReplica()
    found.core = snapshot.restore(snapshot.take(live.core))
    found.adopt(live.market.snapshot())
    return found


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_orders_of_all_kinds(seed: int) -> None:
    batches = traffic.batches(seed, 600)
    stops = sorted(np.random.default_rng(seed).choice(len(batches), 12, replace=False).tolist())
    assert_quiet_is_loud(batches, stops)


@pytest.mark.parametrize("seed", [31, 32])
def test_books_that_imply_each_other(seed: int) -> None:
    batches = linked_traffic(seed, 500)
    stops = sorted(np.random.default_rng(seed).choice(len(batches), 12, replace=False).tolist())
    assert_quiet_is_loud(batches, stops)
    told = PublicReplica()
    kinds = {row[EVENT_KIND] for batch in batches for row in told.apply(batch)}
    assert kinds >= {EventKind.IMPLIED, EventKind.IMPLIED_LEG, EventKind.UNCROSSED}


def test_the_golden_log(tmp_path: Path) -> None:
    assert_quiet_is_loud(golden(tmp_path), [3, 40])


def test_a_market_with_listeners_is_not_fed_quietly() -> None:
    replica = PublicReplica()
    Publisher(replica.market)
    with pytest.raises(RuntimeError, match="feed it aloud"):
        QuietFeed(replica.core, replica.market, replica.feed)
