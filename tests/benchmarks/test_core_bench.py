"""The core's benchmark: the stream is one for both, what is measured is told, aims are judged by it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import core_bench, core_flow, core_rounds, machine
from benchmarks.core_flow import CoreFlow
from benchmarks.core_rounds import Paired
from exchange.core import layout as at
from exchange.core.layout import EventKind
from matching import layout as floor


@pytest.fixture(scope="module")
def flow() -> CoreFlow:
    return core_flow.draw(50, 3, 3_000, seed=5)


def test_core_and_floor_get_the_same_commands(flow: CoreFlow) -> None:
    assert len(flow.rows) == len(flow.floor_rows) == flow.preload + 3_000
    for ours, theirs in (
        (at.COMMAND_ACCOUNT, floor.COMMAND_OWNER),
        (at.COMMAND_INSTRUMENT, floor.COMMAND_BOOK),
        (at.COMMAND_ORDER_ID, floor.COMMAND_ORDER_ID),
        (at.COMMAND_PRICE_TICKS, floor.COMMAND_PRICE_TICKS),
        (at.COMMAND_QTY_LOTS, floor.COMMAND_QTY_LOTS),
    ):
        assert (flow.rows[:, ours] == flow.floor_rows[:, theirs]).all()
    assert set(flow.rows[:, at.COMMAND_KIND].tolist()) == {1, 2, 3}
    assert set(flow.rows[:, at.COMMAND_INSTRUMENT].tolist()) == {0, 1, 2}


def test_no_command_of_the_stream_is_refused(flow: CoreFlow) -> None:
    core = core_flow.open_core(flow.accounts, flow.instruments)
    events = np.concatenate(
        [core.apply(batch) for batch in core_flow.batches(flow, core.seq + 1, 0, len(flow.rows))]
    )
    kinds = set(events[:, at.EVENT_KIND].tolist())
    assert EventKind.REJECTED not in kinds
    assert {EventKind.ACCEPTED, EventKind.EXECUTED, EventKind.CANCELLED} <= kinds


def test_both_are_measured_and_tell_the_same_trades(flow: CoreFlow) -> None:
    found = core_rounds.pair(flow, 2)
    assert found.same
    assert found.commands == len(flow.rows) - flow.preload
    assert min(found.core_per_s, found.floor_per_s, found.ratio, found.sample_s) > 0
    # Each command writes at least its own row.
    assert found.events > 1


def test_other_trades_are_noticed(flow: CoreFlow) -> None:
    rows = flow.floor_rows.copy()
    rows[rows[:, floor.COMMAND_KIND] == 1, floor.COMMAND_QTY_LOTS] += 1
    assert not core_rounds.pair(flow._replace(floor_rows=rows), 1).same


def test_a_mark_finds_as_many_positions_as_there_are_accounts() -> None:
    found = core_rounds.mark(2, 40)
    assert found.positions == 40
    assert found.seconds > 0


@pytest.mark.parametrize(("rate_per_s", "ratio", "met"), [(11e6, 0.3, True), (9e6, 0.2, False)])
def test_aims_are_judged_where_they_were_measured(
    rate_per_s: float, ratio: float, met: bool
) -> None:
    share = 0.04 if met else 0.06
    line = Paired(core_bench.FEW, 1, rate_per_s, 1.0, ratio, 1.1, True, share)
    fast, many, least, laws, laws_of_many = core_bench.aims([line])
    assert fast.met is least.met is laws.met is met
    assert many.met is laws_of_many.met is None


def test_the_figures_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(core_bench, "INSTRUMENTS", 2)
    core_bench.main(["--messages", "2000", "--rounds", "2", "--accounts", "20", "--marked", "30"])
    kept = json.loads((tmp_path / "core.json").read_text())
    assert kept["pairs"][0]["same"]
    assert kept["mark"]["positions"] == 30
    told = capsys.readouterr().out
    assert "not measured" in told
    assert "30 positions" in told
