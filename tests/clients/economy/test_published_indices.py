"""The economy seen through the methodologies that contracts settle on, which know nothing of it."""

from __future__ import annotations

import numpy as np
import pytest

from clients.economy.cli import scenario
from clients.economy.economy import Economy
from clients.economy.measures import Recorder, Series
from clients.economy.parameters import Parameters, load
from exchange.indices.methodology import shipped
from exchange.indices.panel import Panel
from exchange.indices.publication import Publisher

DAYS = 25


@pytest.fixture(scope="module")
def lived() -> tuple[Recorder, dict[str, list[float]], list[str]]:
    """Own measures, and by index what was published and why something was not."""
    economy, recorder, publisher = Economy(load(), seed=4), Recorder(), Publisher(shipped())
    prices: dict[str, list[float]] = {}
    withheld: list[str] = []
    for _ in range(DAYS):
        day = economy.step()
        recorder.take(day)
        for each in publisher.close(day.day, Panel.of(day.observations)):
            if each.price_micros is None:
                withheld.append(f"{each.index} {each.withheld_reason}")
            else:
                prices.setdefault(each.index, []).append(each.price_micros / 1e6)
    return recorder, prices, withheld


def test_every_index_is_printed_on_every_day_that_is_due(
    lived: tuple[Recorder, dict[str, list[float]], list[str]],
) -> None:
    _, prices, withheld = lived
    assert withheld == []
    assert set(prices) >= {"h100_usd", "h200_usd", "b200_usd", "a100_usd"}
    assert len(prices["h100_tx_usd"]) == len(prices["b200_tx_usd"]) == DAYS


@pytest.mark.parametrize("underlying", ["A100", "H100", "H200", "B200"])
def test_the_broad_index_is_about_what_a_perfect_adjustment_gives(
    lived: tuple[Recorder, dict[str, list[float]], list[str]], underlying: str
) -> None:
    recorder, prices, _ = lived
    own = np.mean(recorder.series(underlying).broad)
    assert np.mean(prices[f"{underlying.lower()}_usd"]) == pytest.approx(own, rel=0.12)


@pytest.mark.parametrize("underlying", ["H100", "B200"])
def test_the_transaction_index_is_about_the_mean_executed_price(
    lived: tuple[Recorder, dict[str, list[float]], list[str]], underlying: str
) -> None:
    recorder, prices, _ = lived
    own = np.mean(recorder.series(underlying).transaction)
    assert np.mean(prices[f"{underlying.lower()}_tx_usd"]) == pytest.approx(own, rel=0.06)


def gap(series: Series) -> np.ndarray:
    """Broad over transaction index, less 1."""
    return series.broad / series.transaction - 1


def test_the_gap_opens_while_executions_fall_and_closes_in_a_squeeze(calm: Parameters) -> None:
    """Nothing but need is moved: the gap comes of lists that stand while quotes follow utilisation."""
    economy, recorder = Economy(calm.sized(80, 600), seed=1), Recorder()
    economy.schedule(scenario("squeeze"))
    for _ in range(250):
        recorder.take(economy.step())
    series = recorder.series("H100")
    assert series.transaction[150] < 0.8 * series.transaction[20], "executions fall"
    assert series.transaction[249] > 1.2 * series.transaction[180], "and are squeezed up"
    found = gap(series)
    before, ebb, squeeze = found[5:30].mean(), found[90:150].max(), found[185:250].min()
    assert ebb > before + 0.08
    assert squeeze < before - 0.03
    assert squeeze < ebb - 0.2
