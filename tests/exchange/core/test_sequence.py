"""What is said of a batch before any of it is applied."""

from __future__ import annotations

import numpy as np
import pytest

from exchange.core import layout as at
from exchange.core.commands import Rows
from exchange.core.layout import CommandKind
from exchange.core.sequence import HOT, MIXED, OUT_OF_SEQUENCE, survey

SEQ, TS_NS = 41, 1_000


def batch() -> Rows:
    """Four hot commands that follow on SEQ and TS_NS."""
    rows = np.zeros((4, at.COMMAND_COLUMNS), np.int64)
    rows[:, at.COMMAND_SEQ] = SEQ + 1 + np.arange(4)
    rows[:, at.COMMAND_TS_NS] = [TS_NS, TS_NS, TS_NS + 5, TS_NS + 5]
    rows[:, at.COMMAND_KIND] = [CommandKind.SUBMIT, CommandKind.CANCEL, CommandKind.AMEND, 31]
    rows[1:, at.COMMAND_ORDER_ID] = 7
    return rows


def test_hot_commands_in_sequence_are_hot() -> None:
    assert survey(batch(), SEQ, TS_NS) == HOT
    assert survey(batch()[:0], SEQ, TS_NS) == HOT


@pytest.mark.parametrize("row", range(4))
def test_one_cold_command_or_one_label_in_use_is_enough(row: int) -> None:
    rows = batch()
    rows[row, at.COMMAND_KIND] = 32
    assert survey(rows, SEQ, TS_NS) == MIXED
    rows[row, at.COMMAND_KIND] = CommandKind.SUBMIT
    rows[row, at.COMMAND_ORDER_ID] = -1
    assert survey(rows, SEQ, TS_NS) == MIXED


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize("change", [-1, 1, 1 << 40])
def test_a_gap_or_a_repeated_number_is_out_of_sequence(row: int, change: int) -> None:
    rows = batch()
    rows[row, at.COMMAND_SEQ] += change
    assert survey(rows, SEQ, TS_NS) == OUT_OF_SEQUENCE


@pytest.mark.parametrize("row", range(4))
def test_time_that_goes_back_is_out_of_sequence(row: int) -> None:
    rows = batch()
    rows[row, at.COMMAND_TS_NS] = (rows[row - 1, at.COMMAND_TS_NS] if row else TS_NS) - 1
    assert survey(rows, SEQ, TS_NS) == OUT_OF_SEQUENCE
