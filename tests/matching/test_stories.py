"""Stories of all verbs and kinds of order: every row, view and law, compiled against the oracle."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from matching.book import OrderBooks
from matching.layout import COMMAND_CONDITIONS, COMMAND_KIND, CommandKind, EventKind, Reason
from tests.matching import fuzz
from tests.matching.stories import OWNERS, Teller
from tests.matching.telling import opened, perform, tell_story

STORIES = int(os.environ.get("MATCHING_STORIES", "40"))
STEPS = 100

SELDOM = {Reason.NONE, Reason.REFUSED, Reason.UNKNOWN_COMMAND, Reason.BOOK_EXPIRED}
"""Reasons that no story, or hardly any, brings; tests of their own do."""


def test_stories_agree_and_show_every_kind_of_event_and_reason() -> None:
    kinds: Counter[int] = Counter()
    reasons: Counter[int] = Counter()
    for seed in range(STORIES):
        for row in tell_story(seed, STEPS):
            kinds[row[0]] += 1
            if row[0] in (EventKind.REJECTED, EventKind.CANCELLED, EventKind.REDUCED):
                reasons[row[3]] += 1
    if STORIES >= 40:
        assert set(kinds) == set(EventKind)
        assert set(Reason) - set(reasons) <= SELDOM


def test_stories_give_waiting_orders_new_triggers() -> None:
    answers: Counter[int] = Counter()
    for seed in range(100):
        teller = Teller(seed)
        books = opened(OrderBooks(orders=1, owners=OWNERS), teller)
        for _ in range(STEPS):
            step = teller.step()
            events = perform(books, step)
            teller.learn(events)
            first = step.arguments[0][0] if step.verb == "apply" else []
            if first and first[COMMAND_KIND] == CommandKind.AMEND and first[COMMAND_CONDITIONS]:
                answers[events[0][3] if events[0][0] == EventKind.REJECTED else Reason.NONE] += 1
    assert answers[Reason.NONE] > 20
    assert {Reason.INVALID_TERMS, Reason.INVALID_TRIGGER, Reason.TRIGGER_REACHED} <= set(answers)


def test_the_fuzzer_tells_stories_until_the_time_is_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--seconds", "0.1", "--processes", "1", "--steps", "5", "--first-seed", "7"]
    assert fuzz.main(arguments) == 0
    printed = capsys.readouterr().out
    assert f"seeds 7 to {6 + fuzz.BATCH}" in printed
    assert "no difference" in printed


def test_the_fuzzer_prints_the_line_that_replays_a_difference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def differing(seed: int, steps: int) -> list[tuple[int, ...]]:
        assert seed != 9, "the rows differ"
        return []

    monkeypatch.setattr(fuzz, "tell_story", differing)
    outcome = fuzz.tell_batch(7, 5, 30)
    assert (outcome.stories, outcome.failed_seed) == (2, 9)
    assert "the rows differ" in outcome.reason
    assert fuzz.FUZZ.replay_line(9, 30) == "python -m tests.matching.fuzz --seed 9 --steps 30"
    assert fuzz.main(["--seed", "9", "--steps", "30"]) == 1
    assert "the rows differ" in capsys.readouterr().out
    assert fuzz.main(["--seed", "8", "--steps", "30"]) == 0
