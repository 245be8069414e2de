"""Stories of the whole core: a few here, as many as one likes with ``make fuzz-core``."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.layout import EventKind
from tests.exchange.core import fuzz, linked_laws, telling
from tests.exchange.core.telling import Story, tell_story

STORIES = int(os.environ.get("CORE_STORIES", "4"))
STEPS = 80
CLEARED = (EventKind.BLOCK_TRADED, EventKind.TRADE_BUSTED, EventKind.TRADE_ADJUSTED)
DEFAULTED = (EventKind.MARGIN_CALLED, EventKind.CLOSING_OUT, EventKind.CALL_MET)


def test_stories_keep_every_law_and_the_same_history_told_again() -> None:
    for seed in range(STORIES):
        assert tell_story(seed, STEPS) > 0


def test_stories_tell_of_clearing_and_of_defaults() -> None:
    wanted = {EventKind.EXECUTED, EventKind.ACTIVATED, EventKind.SETTLED, *CLEARED}
    wanted |= {*DEFAULTED, EventKind.DELEVERAGED, EventKind.LAYER_PAID}
    wanted |= {EventKind.IMPLIED, EventKind.IMPLIED_LEG, EventKind.LEG_BOOKED, EventKind.UNCROSSED}
    for seed in range(80):
        story = Story(seed, 200)
        for number in range(200):
            wanted -= {row[at.EVENT_KIND] for row in story.act(number)[1]}
        if not wanted:
            break
    assert not wanted


def test_the_fuzzer_tells_stories_until_the_time_is_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--seconds", "0.1", "--processes", "1", "--steps", "5", "--first-seed", "7"]
    assert fuzz.main(arguments) == 0
    printed = capsys.readouterr().out
    assert f"seeds 7 to {6 + fuzz.BATCH}" in printed
    assert "no difference" in printed


def test_a_broken_law_is_told_with_the_line_that_replays_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    violations = telling.invariants.violations

    def broken(core: Core) -> list[str]:
        return violations(core) + (["cash: one micro too many"] if core.seq > 40 else [])

    monkeypatch.setattr(telling.invariants, "violations", broken)
    assert fuzz.main(["--seed", "3", "--steps", "60"]) == 1
    assert "cash: one micro too many" in capsys.readouterr().out
    assert fuzz.FUZZ.replay_line(3, 60) == "python -m tests.exchange.core.fuzz --seed 3 --steps 60"


def test_a_leg_of_other_size_price_or_none_at_all_is_told() -> None:
    seed = next(seed for seed in range(99) if told_of(seed)[EventKind.IMPLIED] > 2)
    story = Story(seed, STEPS)
    rows: list[list[int]] = []
    for number in range(STEPS):
        events = story.act(number)[1]
        if any(row[at.EVENT_KIND] == EventKind.IMPLIED for row in events):
            rows = [list(row) for row in events]
    core = story.world.lab.core
    assert list(linked_laws.faulty_legs(core, rows)) == []
    legs = [row for row in rows if row[at.EVENT_KIND] == EventKind.IMPLIED_LEG]
    legs[0][at.EVENT_QTY_LOTS] += 1
    assert "lots in its legs" in next(linked_laws.faulty_legs(core, rows))
    legs[0][at.EVENT_QTY_LOTS] -= 1
    legs[0][at.EVENT_PRICE_TICKS] += 1
    assert "cost" in next(linked_laws.faulty_legs(core, rows))
    alone = [row for row in rows if row[at.EVENT_KIND] == EventKind.IMPLIED]
    assert "no legs" in next(linked_laws.faulty_legs(core, alone))


def told_of(seed: int) -> Counter[int]:
    """Count the event rows of a story's first steps."""
    story = Story(seed, STEPS)
    return Counter(row[at.EVENT_KIND] for n in range(STEPS) for row in story.act(n)[1])
