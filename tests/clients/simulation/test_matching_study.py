from __future__ import annotations

from itertools import islice

from clients.simulation.matching_study import START_NS, Terms, contracts, news, run, study

SHORT = Terms(seconds=8)


def test_every_algorithm_trades_the_same_contract() -> None:
    markets = contracts(SHORT)
    assert list(markets) == ["price_time", "pro_rata", "fifo_top", "batch_auction"]
    assert {spec.matching for spec in markets.values()} == set(markets)
    assert len({spec.name for spec in markets.values()}) == 1


def test_the_news_are_the_seed_s_and_jump_as_said() -> None:
    first, again, other = (list(news(seed, Terms(), 2_500)) for seed in (1, 1, 2))
    assert first == again != other
    assert first[0] == (START_NS, 2_500)
    jumps = [abs(b[1] - a[1]) for a, b in zip(first, islice(first, 1, None), strict=False)]
    assert set(jumps) <= set(range(3, 9))
    # About one a second in 120 s.
    assert 80 < len(jumps) < 165


def test_a_run_is_a_function_of_its_seed() -> None:
    spec = contracts(SHORT)["batch_auction"]
    once, again = run(spec, 3, SHORT), run(spec, 3, SHORT)
    assert once == again
    assert once != run(spec, 4, SHORT)


def test_outcomes_are_of_every_seed_and_algorithm_and_make_sense() -> None:
    outcomes = list(study([1, 2], SHORT))
    assert [(o.seed, o.matching) for o in outcomes] == [
        (seed, name) for seed in (1, 2) for name in contracts(SHORT)
    ]
    for outcome in outcomes:
        assert outcome.lots >= outcome.trades > 0
        assert outcome.spread_ticks >= 1
        assert 0 <= outcome.slow_fill_part <= 1
        assert 0 <= outcome.taken_back_part < 1
