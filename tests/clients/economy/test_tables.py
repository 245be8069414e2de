"""Tables for people."""

from __future__ import annotations

from datetime import date

from rich.console import Console
from rich.table import Table

from clients.economy import tables
from clients.economy.calibration import Fit
from clients.economy.economy import Economy
from clients.economy.measures import Recorder
from clients.economy.parameters import Parameters
from clients.economy.shocks import Launch
from clients.economy.targets import TARGETS


def shown(table: Table) -> str:
    console = Console(width=120)
    with console.capture() as caught:
        console.print(table)
    return caught.get()


def test_a_month_shows_its_means(calm: Parameters) -> None:
    economy, recorder = Economy(calm, seed=1, first_day=date(2026, 1, 30)), Recorder()
    days = [economy.step() for _ in range(4)]
    for day in days:
        recorder.take(day)
    series = recorder.series("H100")
    text = shown(tables.months("H100", days[0].day, series))
    assert "2026-01" in text
    assert "2026-02" in text
    assert f"{series.broad[:2].mean():.2f}" in text
    assert f"{series.broad[2:].mean() / series.transaction[2:].mean() - 1:+.0%}" in text
    assert "B200" in shown(tables.overview({"B200": recorder.series("B200")}))
    curve = shown(tables.curves(days[-1].outlook, ["H100"]))
    assert f"{days[-1].outlook.forward_micros('H100', 1.0) / 1e6:.2f}" in curve


def test_a_run_of_alike_shocks_takes_one_line() -> None:
    befell = [
        (date(2026, 1, day), Launch(log_step=step))
        for day, step in ((1, -0.2), (2, -0.2), (3, -0.1))
    ]
    text = shown(tables.shocks(befell))
    assert text.count("launch: ") == 2
    assert "2026-01-02" in text


def test_a_fit_shows_target_and_achieved_with_its_source() -> None:
    text = shown(tables.fit_table([Fit(TARGETS[0], 1.234, 0.01)]))
    assert "1.234" in text
    assert "[R]" in text
