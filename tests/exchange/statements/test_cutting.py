"""Batches cut at day ends: nothing lost, nothing else cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exchange.core import layout as at
from exchange.core.commands import Command, batch_of
from exchange.core.layout import CommandKind
from exchange.statements.cutting import parts
from tests.exchange.core.lab import joined

KINDS = st.sampled_from([CommandKind.MARK, CommandKind.DAY_ROLL, CommandKind.ADVANCE])


@given(st.lists(KINDS, min_size=1, max_size=12))
def test_only_the_last_command_of_a_part_ends_a_day(kinds: list[CommandKind]) -> None:
    batch = batch_of([Command(kind, text=f"t{i}") for i, kind in enumerate(kinds)], 1, 5)
    found = list(parts(batch))
    for part in found:
        assert CommandKind.DAY_ROLL not in part.rows[:-1, at.COMMAND_KIND]
    assert len(found) == kinds[:-1].count(CommandKind.DAY_ROLL) + 1
    whole = joined(found)
    assert whole.rows.tolist() == batch.rows.tolist()
    assert whole.texts == batch.texts


def test_most_batches_stay_whole() -> None:
    batch = batch_of([Command(CommandKind.MARK)] * 3, 1, 5)
    assert next(parts(batch)) is batch
