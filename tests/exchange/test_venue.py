"""One running exchange: opened, used, closed and opened again with everything still there."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from exchange.config import Settings
from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, State
from exchange.log.port import LogLockedError
from exchange.log.store import CommandLog
from exchange.replica import PublicReplica
from exchange.sequencer import SequencerStopped
from exchange.venue import WINDOW_S, Refused, Venue
from marketdata.publisher import Publisher, Subscriber
from tests.exchange.core.lab import BUY, SELL, USD, listing, spec, submit

TIMEOUT_S = 60.0


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, TIMEOUT_S))


def settings(directory: Path, **fields: Any) -> Settings:
    return Settings(data_dir=directory, **fields)


def test_what_was_done_is_there_after_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path))
        await venue.require(listing(spec()))
        alice = await venue.open_account("alice", 10**6 * USD)
        bob = await venue.open_account("bob", 5 * USD)
        assert (alice, bob) == (0, 1)
        assert venue.core.account(bob)[at.ACCOUNT_CASH_MICROS] == 5 * USD
        assert await venue.open_account("bob", 10**6 * USD) == 1
        assert venue.core.account(bob)[at.ACCOUNT_CASH_MICROS] == 5 * USD
        await venue.execute(submit(alice, BUY, 290, 3, label="mine"))
        await venue.execute(submit(alice, SELL, 310, 3))
        digest, views = snapshot.digest(venue.core), venue.views.snapshot()
        await venue.close()
        with pytest.raises(SequencerStopped, match="stopping"):
            await venue.execute(submit(alice, BUY, 290, 3))

        seen: list[int] = []
        again = await Venue.open(settings(tmp_path), progress=seen.append)
        assert seen == [5]
        assert snapshot.digest(again.core) == digest
        assert again.views.snapshot() == views
        assert again.accounts == {"alice": 0, "bob": 1}
        assert list(again.instruments) == ["GPU1-31DEC26"]
        board = again.market.board(0)
        assert board.depth.levels(BUY) == [(290, 3)]
        outcome = await again.execute(submit(alice, BUY, 290, 3, label="mine"))
        assert outcome.events[0][at.EVENT_TAG] == at.Reason.DUPLICATE_LABEL
        assert outcome.seq == 6
        await again.close()

    run(test())


def test_there_is_one_exchange_in_a_directory(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path))
        with pytest.raises(LogLockedError):
            await Venue.open(settings(tmp_path))
        await venue.close()
        await (await Venue.open(settings(tmp_path))).close()

    run(test())


def test_the_venue_s_own_commands_must_not_be_refused(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path))
        await venue.require(listing(spec()))
        with pytest.raises(Refused, match=r"LIST_INSTRUMENT .* was refused: DUPLICATE_INSTRUMENT"):
            await venue.require(listing(spec()))
        with pytest.raises(Refused, match="INVALID_SPEC"):
            await venue.open_account("", 1)
        assert venue.accounts == {}
        state = Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.HALTED)
        assert (await venue.require(state)).seq == 4
        await venue.close()

    run(test())


def test_listeners_hear_each_batch_after_the_views(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path))
        await venue.require(listing(spec()))
        await venue.open_account("alice", 10**6 * USD)
        heard: list[tuple[int, dict[int, str], int]] = []

        def fail(events: object, texts: object) -> None:
            raise LookupError("a bug elsewhere")

        venue.subscribe_private(fail)
        venue.subscribe_private(
            lambda events, texts: heard.append(
                (len(events), texts, len(venue.views.orders.live(0)))
            )
        )
        await asyncio.gather(
            venue.execute(submit(0, BUY, 290, 1, label="x")),
            venue.execute(submit(0, BUY, 291, 1)),
        )
        assert heard == [(2, {3: "x"}, 2)]
        await venue.close()

    run(test())


def test_snapshots_are_kept_on_the_way_while_orders_go_on(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path, snapshot_commands=5))
        await venue.open_account("alice", USD)
        digests = {}
        while venue.snapshots.latest is None:
            await venue.execute(Command(CommandKind.TRANSFER, 0, amount_micros=1))
            digests[venue.core.seq] = snapshot.digest(venue.core)
            await asyncio.sleep(0.01)
        taken = venue.snapshots.latest
        # Of some moment while it went on, and the state that it was in then.
        assert 5 <= taken.seq < venue.core.seq
        assert taken.digest == digests[taken.seq]
        log = CommandLog(tmp_path, writable=False)
        assert taken.seq in [kept.seq for kept in log.snapshots()]
        last_seq = venue.core.seq
        await venue.close()
        assert next(log.snapshots()).seq == last_seq
        log.close()

    asyncio.run(asyncio.wait_for(test(), 120))


def test_a_dotted_name_belongs_to_the_account_before_the_dot(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path))
        names = ("desk", "desk.alice", "desk.alice.one", "desk.alice.one.more", "other.bob")
        for name in names:
            await venue.open_account(name, USD)
        assert venue.core.parents == [-1, 0, 1, -1, -1]
        await venue.close()

    run(test())


def test_the_status_counts(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path))
        await venue.require(listing(spec()))
        await venue.open_account("alice", 10**6 * USD)
        await venue.execute(submit(0, BUY, 290, 1))
        await venue.execute(submit(0, SELL, 290, 1))
        status = venue.status
        wanted = {"seq": 4, "commands": 4, "trades": 1, "live_orders": 0, "accounts": 1}
        assert {key: status[key] for key in wanted} == wanted
        assert status["failure"] is None
        former = venue.now_ns()
        assert venue.now_ns() >= former >= venue.core.ts_ns
        await venue.close()

    run(test())


def test_a_fast_market_goes_on_where_its_log_ends(tmp_path: Path) -> None:
    wall = [1_800_000_000 * 10**9]

    async def test() -> None:
        fast = settings(tmp_path, days_per_minute=10.0)
        venue = await Venue.open(fast, wall_ns=lambda: wall[0])
        await venue.open_account("alice", USD)
        assert venue.core.ts_ns == wall[0]
        # Six seconds of the wall clock are a day of the market, also in what the log is stamped with.
        wall[0] += 6 * 10**9
        outcome = await venue.execute(Command(CommandKind.ADVANCE))
        last_ns = 1_800_086_400 * 10**9
        assert outcome.ts_ns == venue.now_ns() == last_ns
        assert venue.wall_ns() == wall[0]
        await venue.close()
        # An hour passes, and the wall clock is set back by a year: neither moves the market.
        for step_s in (3_600, -31_536_000):
            wall[0] += step_s * 10**9
            venue = await Venue.open(fast, wall_ns=lambda: wall[0])
            assert venue.now_ns() == last_ns
            await venue.close()
        # In real time it waits for nobody, but does not go back either.
        venue = await Venue.open(settings(tmp_path), wall_ns=lambda: wall[0])
        wall[0] += 10**9
        assert venue.now_ns() == last_ns + 10**9
        await venue.close()

    run(test())


def test_windows_are_cut_through_the_log_at_any_rate_and_a_quiet_market_writes_nothing(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path, days_per_minute=10.0))
        await venue.require(listing(spec()))
        await venue.open_account("alice", 10**6 * USD)
        venue.ready = True
        subscriber = Subscriber(venue.publisher)
        subscriber.subscribe([f"book.{spec().name}.100ms"])
        began_s = time.monotonic()
        frames = subscriber.take()
        for _ in range(40):
            await venue.execute(submit(0, BUY, 290, 1))
        async with asyncio.timeout(TIMEOUT_S):
            while venue.market.has_open_window:
                await asyncio.sleep(0.01)
        frames += subscriber.take()
        windows = (time.monotonic() - began_s) / WINDOW_S
        assert 2 <= len(frames) <= windows + 2
        assert json.loads(frames[-1])["params"]["data"]["bids"][0][1:] == [2.9, 40]
        seq = venue.core.seq
        await asyncio.sleep(3 * WINDOW_S)
        assert venue.core.seq == seq
        await venue.close()
        # A follower that only has the log hears the same windows, whenever it reads it.
        replica = PublicReplica()
        log = CommandLog(tmp_path, writable=False)
        later: list[bytes] = []
        listener: Subscriber | None = None
        for batch in log.read():
            replica.apply(batch)
            if listener is None and replica.core.account_names:
                listener = Subscriber(Publisher(replica.market))
                listener.subscribe([f"book.{spec().name}.100ms"])
            if listener is not None:
                later += listener.take()
        assert later == frames
        log.close()

    run(test())


def test_batches_end_in_the_log_without_anybody_asking(tmp_path: Path) -> None:
    async def test() -> None:
        venue = await Venue.open(settings(tmp_path))
        await venue.require(listing(spec(matching="batch_auction", batch_interval_ns=20_000_000)))
        for name in ("alice", "bob"):
            await venue.open_account(name, 10**6 * USD)
        venue.ready = True
        await venue.execute(submit(0, BUY, 305, 3))
        await venue.execute(submit(1, SELL, 295, 2))
        async with asyncio.timeout(TIMEOUT_S):
            while not venue.core.position(0, 0)[at.POSITION_LOTS]:
                await asyncio.sleep(0.01)
        assert venue.core.position(0, 0)[at.POSITION_LOTS] == 2
        assert venue.core.position(1, 0)[at.POSITION_LOTS] == -2
        await venue.close()

    run(test())
