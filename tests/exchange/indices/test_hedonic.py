"""The hedonic regression against ordinary least squares with a dummy a day, and against what was put in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exchange.indices import hedonic
from exchange.indices.methodology import Benchmark, Hedonic, Prior
from exchange.indices.observations import Line

BENCHMARK = Benchmark(
    cloud_type="neocloud", form="sxm", deal="executed", cluster_gpus=8, term_months=0
)


def rule(sd: float = 100.0, **priors: Prior) -> Hedonic:
    return Hedonic(
        fit_days=90,
        refit_days=7,
        default_sd=sd,
        benchmark=BENCHMARK,
        priors={name.replace("__", "."): prior for name, prior in priors.items()},
    )


def test_a_line_is_coded_against_the_benchmark() -> None:
    design = hedonic.Design()
    design.add(
        [
            Line("H100", "a", "neocloud", form="sxm", executed=True),
            Line("H100", "b", "hyperscaler", form="pcie", cluster_gpus=64, country="DE"),
            Line("H100", "c", executed=True, term_months=6),
        ],
        BENCHMARK,
    )
    rows = [dict(zip(design.names, row, strict=True)) for row in design.matrix(slice(None))]
    assert set(rows[0].values()) == {0.0}, "the benchmark"
    assert {name: value for name, value in rows[1].items() if value} == {
        "cloud_type.hyperscaler": 1.0,
        "form.pcie": 1.0,
        "deal.listed": 1.0,
        "log2_cluster_gpus": 3.0,
    }
    assert {name: value for name, value in rows[2].items() if value} == {"term_years": 0.5}


def drawn(seed: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    draw = np.random.default_rng(seed)
    effects = np.array([0.9, -0.2, 0.05])
    days = []
    for _ in range(6):
        provider = np.sort(draw.integers(0, 5, 12))
        rows = np.column_stack(
            [provider % 2 == 0, draw.integers(0, 2, 12), draw.integers(-2, 3, 12)]
        ).astype(float)
        logs = draw.normal() + rows @ effects + draw.normal(0, 0.05, 12)
        days.append((rows, logs, provider))
    return days


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_priors_it_is_least_squares_with_a_dummy_a_day(seed: int) -> None:
    days = drawn(seed)
    found = hedonic.estimate(
        [hedonic.moments(*each) for each in days], ["x.a", "x.b", "x.c"], rule()
    )
    dummies = np.repeat(np.eye(len(days)), [len(each[0]) for each in days], axis=0)
    x = np.column_stack([np.concatenate([each[0] for each in days]), dummies])
    y = np.concatenate([each[1] for each in days])
    root = np.sqrt(np.concatenate([1 / np.bincount(each[2])[each[2]] for each in days]))
    expected = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]
    assert found.logs == pytest.approx(expected[:3], abs=1e-5)
    left = root * (y - x @ expected)
    assert found.variance == pytest.approx(float(left @ left / (root @ root)), rel=1e-4)
    assert found.logs == pytest.approx([0.9, -0.2, 0.05], abs=0.1)


def test_errors_are_clustered_by_provider() -> None:
    days = drawn(4)
    found = hedonic.estimate(
        [hedonic.moments(*each) for each in days], ["x.a", "x.b", "x.c"], rule()
    )
    offers = [np.arange(len(each[0])) for each in days]
    told = hedonic.describe(found, days, offers)
    x = np.concatenate([hedonic.within_day(*each)[0] for each in days])
    y = np.concatenate([hedonic.within_day(*each)[1] for each in days])
    w = np.concatenate([hedonic.within_day(*each)[2] for each in days])
    provider = np.concatenate([each[2] for each in days])
    bread = np.linalg.inv(x.T @ (x * w[:, None]))
    meat = np.zeros((3, 3))
    for name in np.unique(provider):
        mine = provider == name
        score = x[mine].T @ (w * (y - x @ found.logs))[mine]
        meat += np.outer(score, score)
    errors = np.sqrt(np.diag(bread @ meat @ bread))
    assert [each.error for each in told] == pytest.approx(errors, rel=1e-3)
    assert [each.log for each in told] == pytest.approx(found.logs)
    assert told[0].providers == len({p for p in provider if p % 2 == 0})


def test_where_prices_tell_nothing_the_prior_stands() -> None:
    rows = np.zeros((4, 2))
    rows[:, 0] = [0, 1, 0, 1]
    rows[:, 1] = 1.0  # all are listed: no price tells what listing adds
    logs = np.array([0.0, 0.5, 0.0, 0.5])
    day = (rows, logs, np.arange(4))
    believed = rule(0.25, deal__listed=Prior(log=0.3, sd=0.1))
    found = hedonic.estimate([hedonic.moments(*day)], ["form.pcie", "deal.listed"], believed)
    assert found.logs[1] == pytest.approx(0.3)
    assert found.logs[0] == pytest.approx(0.5, abs=0.01)
    told = hedonic.describe(found, [day], [np.arange(4)])
    assert told[1].error == pytest.approx(0.1)


def test_a_fixed_effect_stays_where_it_is() -> None:
    days = drawn(5)
    fixed = rule(100.0, x__a=Prior(log=0.3, sd=0.0))
    found = hedonic.estimate(
        [hedonic.moments(*each) for each in days], ["x.a", "x.b", "x.c"], fixed
    )
    assert found.logs[0] == 0.3
    rest = [(rows[:, 1:], logs - 0.3 * rows[:, 0], provider) for rows, logs, provider in days]
    others = hedonic.estimate([hedonic.moments(*each) for each in rest], ["x.b", "x.c"], fixed)
    assert found.logs[1:] == pytest.approx(others.logs)


def test_no_price_leaves_the_priors() -> None:
    found = hedonic.estimate([], ["deal.listed"], rule(0.2, deal__listed=Prior(log=0.3, sd=0.1)))
    assert (found.logs.tolist(), found.days) == ([0.3], 0)
    assert math.isfinite(found.variance)
