"""One order of commands, durable before it is told, and what happens when the log or the core fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange import sequencer as sequencer_module
from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind
from exchange.replica import Replica, recover
from exchange.sequencer import Outcome, SequencerBlocked, SequencerFull, SequencerStopped
from tests.exchange.core.lab import submit
from tests.exchange.sequencing_desk import (
    SETTING,
    TIMEOUT_S,
    Desk,
    FailingReplica,
    deposit,
    run,
)


@pytest.fixture(autouse=True, params=[0.0, 1e9], ids=["in the thread", "on the loop"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where commits run."""
    monkeypatch.setattr(Desk, "quick_s", request.param)


in_the_thread = pytest.mark.parametrize("where", [0.0], indirect=True)
"""For tests that hold the disk up: on the loop they would hold themselves up."""


def test_a_burst_is_one_batch_and_outcomes_come_in_order(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        told: list[tuple[int, Outcome | SequencerStopped]] = []
        for number in range(200):
            desk.sequencer.submit(
                deposit(number + 1), lambda outcome, n=number: told.append((n, outcome))
            )
        assert told == []
        await desk.sequencer.execute(deposit(7))
        assert [number for number, _ in told] == list(range(200))
        for number, outcome in told:
            assert isinstance(outcome, Outcome)
            assert outcome.seq == 4 + number
            (event,) = outcome.events
            assert event[at.EVENT_SEQ] == outcome.seq
            assert event[at.EVENT_TS_NS] == outcome.ts_ns
            assert event[at.EVENT_RESTING_FEE_MICROS] == number + 1
        assert desk.log.sizes == [3, 201]
        assert desk.sequencer.batches == 2
        assert desk.sequencer.commands == 204
        assert [len(events) for events in desk.applied] == [5, 201]
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


@in_the_thread
def test_what_comes_while_the_disk_is_busy_gathers(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        desk.log.gate.clear()
        desk.log.entered.clear()
        first = asyncio.ensure_future(desk.sequencer.execute(deposit(1)))
        await asyncio.to_thread(desk.log.entered.wait, TIMEOUT_S)
        others = [asyncio.ensure_future(desk.sequencer.execute(deposit(n))) for n in range(2, 12)]
        for _ in range(50):
            await asyncio.sleep(0.001)
        # Nothing is applied or told before the disk has it.
        assert not first.done()
        assert not any(future.done() for future in others)
        assert desk.sequencer.replica.core.seq == 3
        assert len(desk.applied) == 1
        desk.log.gate.set()
        assert (await first).seq == 4
        assert [(await future).seq for future in others] == list(range(5, 15))
        assert desk.log.sizes == [3, 1, 10]
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


def test_a_batch_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer_module, "MAX_BATCH", 4)

    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        outcomes = await desk.all([deposit(n) for n in range(1, 11)])
        assert [o.seq for o in outcomes if isinstance(o, Outcome)] == list(range(4, 14))
        assert desk.log.sizes == [3, 4, 4, 2]
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


@pytest.mark.parametrize(
    ("groups", "sizes"),
    [
        ([1, 1, 1, 2], [3, 2]),
        ([3, 3, 3], [3, 3, 3]),
        ([4, 1, 4], [4, 1, 4]),
        ([2, 3, 1, 1, 4, 2, 2], [2, 4, 1, 4, 4]),
    ],
)
def test_commands_that_go_together_are_never_split_over_two_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: list[int], sizes: list[int]
) -> None:
    monkeypatch.setattr(sequencer_module, "MAX_BATCH", 4)

    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        told: list[tuple[int, Outcome | SequencerStopped]] = []
        for number, size in enumerate(groups):
            desk.sequencer.submit_together(
                [deposit(10 * number + place + 1) for place in range(size)],
                lambda outcome, n=number: told.append((n, outcome)),
            )
        await desk.sequencer.stop()
        assert desk.log.sizes == [3, *sizes]
        assert [number for number, _ in told] == [
            number for number, size in enumerate(groups) for _ in range(size)
        ]
        assert [outcome.seq for _, outcome in told if isinstance(outcome, Outcome)] == list(
            range(4, 4 + sum(groups))
        )
        desk.log.close()

    run(test())


def test_of_a_group_that_does_not_fit_nothing_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "max_waiting", 4)
    monkeypatch.setattr(sequencer_module, "MAX_BATCH", 3)

    async def test() -> None:
        desk = Desk(tmp_path)
        told: list[Outcome | SequencerStopped] = []
        with pytest.raises(SequencerStopped, match="starting"):
            desk.sequencer.submit_together([deposit(1)], told.append)
        desk.sequencer.start()
        await desk.all(SETTING)
        with pytest.raises(ValueError, match="4 commands"):
            desk.sequencer.submit_together([deposit(1)] * 4, told.append)
        with pytest.raises(ValueError, match="amount_micros"):
            desk.sequencer.submit_together([deposit(1), deposit(1 << 63)], told.append)
        desk.sequencer.submit_together([deposit(1), deposit(2)], told.append)
        with pytest.raises(SequencerFull):
            desk.sequencer.submit_together([deposit(3)] * 3, told.append)
        await desk.sequencer.stop()
        assert [outcome.seq for outcome in told if isinstance(outcome, Outcome)] == [4, 5]
        assert desk.sequencer.replica.core.seq == 5
        desk.log.close()

    run(test())


def test_a_full_queue_refuses_and_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "max_waiting", 3)

    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        outcomes = await desk.all([deposit(n) for n in range(1, 6)])
        assert [type(outcome) for outcome in outcomes] == [Outcome] * 3 + [SequencerFull] * 2
        assert desk.sequencer.replica.core.seq == 6
        assert (await desk.sequencer.execute(deposit(1))).seq == 7
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


def test_time_never_goes_back(tmp_path: Path) -> None:
    times = iter([500, 100, 50, 600, 700])

    async def test() -> None:
        desk = Desk(tmp_path, now_ns=lambda: next(times))
        desk.sequencer.start()
        found = [
            (await desk.sequencer.execute(command)).ts_ns for command in [*SETTING, deposit(1)]
        ]
        assert found == [500, 500, 500, 600]
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


@in_the_thread
def test_a_log_that_cannot_be_written_takes_nothing_until_it_can(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        digest = snapshot.digest(desk.sequencer.replica.core)
        desk.log.fail_at = 1
        desk.log.gate.clear()
        failing = [asyncio.ensure_future(desk.sequencer.execute(deposit(n))) for n in (1, 2)]
        await asyncio.sleep(0)
        desk.log.entered.clear()
        await asyncio.sleep(0.01)
        behind = asyncio.ensure_future(desk.sequencer.execute(deposit(3)))
        await asyncio.sleep(0)
        desk.log.gate.set()
        # What waits is told at once; what may be in the log only when it is certain that it is not.
        with pytest.raises(SequencerBlocked, match="No space left on device"):
            await behind
        with pytest.raises(SequencerBlocked, match="No space left"):
            await desk.sequencer.execute(deposit(4))
        await asyncio.sleep(0.05)
        assert not any(future.done() for future in failing)
        assert desk.sequencer.failure is not None
        assert "No space left" in desk.sequencer.failure
        assert snapshot.digest(desk.sequencer.replica.core) == digest
        desk.log.fail_at = None
        outcomes = await asyncio.gather(*failing, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [SequencerBlocked] * 2
        assert "has nothing of it" in str(outcomes[0])
        assert (desk.sequencer.failure, desk.sequencer.blocks) == (None, 1)
        assert desk.log.last_seq == 3
        assert (await desk.sequencer.execute(deposit(5))).seq == 4
        await desk.sequencer.stop()
        assert recover(Replica(), desk.log, from_start=True).core.seq == 4
        desk.log.close()

    run(test())


def test_a_batch_that_is_in_the_log_although_it_failed_is_taken(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        desk.log.fail_at, desk.log.leaves_it = 1, True
        outcomes = await desk.all([deposit(1), deposit(2)])
        assert [outcome.seq for outcome in outcomes if isinstance(outcome, Outcome)] == [4, 5]
        desk.log.fail_at = None
        assert (await desk.sequencer.execute(deposit(3))).seq == 6
        assert desk.sequencer.blocks == 1
        await desk.sequencer.stop()
        found = recover(Replica(), desk.log, from_start=True)
        assert snapshot.digest(found.core) == snapshot.digest(desk.sequencer.replica.core)
        desk.log.close()

    run(test())


def test_an_exchange_whose_log_is_blocked_can_be_stopped(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        desk.log.fail_at = 1
        failing = asyncio.ensure_future(desk.sequencer.execute(deposit(1)))
        while desk.sequencer.blocked is None:
            await asyncio.sleep(0.001)
        await desk.sequencer.stop()
        with pytest.raises(SequencerStopped, match="next start tells") as told:
            await failing
        assert not isinstance(told.value, SequencerBlocked)
        assert list(desk.log.snapshots()) == []
        desk.log.close()

    run(test())


@in_the_thread
def test_a_core_that_fails_stops_before_what_is_already_on_the_disk(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path, FailingReplica(2))
        desk.sequencer.start()
        await desk.all(SETTING)
        desk.log.gate.clear()
        failing = asyncio.ensure_future(desk.sequencer.execute(deposit(1)))
        await asyncio.sleep(0.01)
        behind = asyncio.ensure_future(desk.sequencer.execute(deposit(2)))
        await asyncio.sleep(0)
        desk.log.gate.set()
        outcomes = await asyncio.gather(failing, behind, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [SequencerStopped] * 2
        assert desk.sequencer.failure == "the core failed: out of order"
        # The second batch is durable, but no broken core applied it or kept a snapshot.
        assert desk.log.last_seq == 5
        assert desk.sequencer.replica.core.seq == 3
        await desk.sequencer.stop()
        assert list(desk.log.snapshots()) == []
        assert recover(Replica(), desk.log).core.seq == 5
        desk.log.close()

    run(test())


def test_stop_finishes_what_was_taken_and_keeps_a_snapshot(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        waiting = [asyncio.ensure_future(desk.sequencer.execute(deposit(n))) for n in range(1, 9)]
        await asyncio.sleep(0)
        stopping = asyncio.ensure_future(desk.sequencer.stop())
        await asyncio.sleep(0)
        with pytest.raises(SequencerStopped, match="stopping"):
            await desk.sequencer.execute(deposit(99))
        await stopping
        assert [(await future).seq for future in waiting] == list(range(4, 12))
        (kept,) = desk.log.snapshots()
        assert kept.seq == 11
        found = recover(Replica(), desk.log)
        assert snapshot.digest(found.core) == snapshot.digest(desk.sequencer.replica.core)
        await desk.sequencer.stop()
        desk.log.close()
        again = Desk(tmp_path)
        again.sequencer.start()
        assert (await again.sequencer.execute(deposit(1))).seq == 12
        await again.sequencer.stop()
        again.log.close()

    run(test())


@pytest.mark.parametrize(
    "bad",
    [deposit(1 << 63), submit(0, 0, 1 << 64, 1), submit(0, 0, 300, 1, label="\ud800")],
)
def test_what_no_log_can_hold_is_refused_and_hurts_nobody(tmp_path: Path, bad: Command) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        outcomes = await desk.all([*SETTING, bad, deposit(5)])
        assert [type(outcome) for outcome in outcomes] == [Outcome] * 3 + [ValueError, Outcome]
        assert desk.sequencer.replica.core.seq == 4
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


def test_receivers_and_listeners_that_fail_do_not_stop_others(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)

        def fail(*_: object) -> None:
            raise LookupError("a bug elsewhere")

        desk.sequencer._on_applied = fail
        desk.sequencer.start()
        desk.sequencer.submit(SETTING[0], fail)
        outcomes = await desk.all(SETTING[1:])
        assert [type(outcome) for outcome in outcomes] == [Outcome] * 2
        cancelled = asyncio.ensure_future(desk.sequencer.execute(deposit(1)))
        await asyncio.sleep(0)
        cancelled.cancel()
        assert (await desk.sequencer.execute(deposit(2))).seq == 5
        assert desk.sequencer.failure is None
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


def test_a_receiver_may_submit_the_next_command(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        done = asyncio.get_running_loop().create_future()

        def again(outcome: Outcome | SequencerStopped) -> None:
            assert isinstance(outcome, Outcome)
            if outcome.seq == 9:
                done.set_result(None)
            else:
                desk.sequencer.submit(deposit(1), again)

        desk.sequencer.submit(deposit(1), again)
        await done
        await desk.sequencer.stop()
        assert desk.log.last_seq == 9
        desk.log.close()

    run(test())


def test_every_event_goes_to_the_command_that_caused_it(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        desk.sequencer.start()
        await desk.all(SETTING)
        sell, buy, none = submit(1, 1, 300, 5), submit(0, 0, 301, 9, tif=1), submit(9, 0, 300, 1)
        outcomes = await desk.all([sell, Command(CommandKind.CANCEL_ALL, 0, -1), buy, none])
        kinds = [
            [row[at.EVENT_KIND] for row in o.events] for o in outcomes if isinstance(o, Outcome)
        ]
        assert kinds == [
            [EventKind.ACCEPTED],
            [],
            [EventKind.ACCEPTED, EventKind.EXECUTED, EventKind.CANCELLED],
            [EventKind.REJECTED],
        ]
        await desk.sequencer.stop()
        desk.log.close()

    run(test())


def test_before_the_start_nothing_is_taken(tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(tmp_path)
        with pytest.raises(SequencerStopped, match="starting"):
            await desk.sequencer.execute(deposit(1))
        await desk.sequencer.stop()
        desk.log.close()

    run(test())
