from __future__ import annotations

import pytest

from matching.layout import MAX_QTY_LOTS
from matching.rule import PRICE_TIME, Algorithm, MatchingRule


@pytest.mark.parametrize(
    "rule",
    [
        PRICE_TIME,
        MatchingRule(Algorithm.PRO_RATA),
        MatchingRule(Algorithm.PRO_RATA, 2, 400_000, 100),
        MatchingRule(Algorithm.FIFO_TOP, top_lots=MAX_QTY_LOTS),
        MatchingRule(Algorithm.BATCH_AUCTION, batch_ns=1),
    ],
)
def test_sound_rules_pass(rule: MatchingRule) -> None:
    rule.check()


@pytest.mark.parametrize(
    "rule",
    [
        MatchingRule(minimum_lots=2),
        MatchingRule(top_lots=1),
        MatchingRule(batch_ns=1),
        MatchingRule(Algorithm.PRO_RATA, 0),
        MatchingRule(Algorithm.PRO_RATA, top_ppm=0),
        MatchingRule(Algorithm.PRO_RATA, top_ppm=1_000_001),
        MatchingRule(Algorithm.PRO_RATA, batch_ns=5),
        MatchingRule(Algorithm.FIFO_TOP),
        MatchingRule(Algorithm.FIFO_TOP, top_lots=MAX_QTY_LOTS + 1),
        MatchingRule(Algorithm.BATCH_AUCTION),
        MatchingRule(Algorithm.BATCH_AUCTION, 2, batch_ns=5),
    ],
)
def test_rules_with_numbers_out_of_bounds_or_without_use_are_refused(rule: MatchingRule) -> None:
    with pytest.raises(ValueError, match="not a rule"):
        rule.check()


def test_a_batch_ends_at_the_next_whole_interval() -> None:
    rule = MatchingRule(Algorithm.BATCH_AUCTION, batch_ns=100)
    assert [rule.batch_end_ns(now_ns) for now_ns in (0, 99, 100, 101)] == [100, 100, 200, 200]
    assert PRICE_TIME.batch_end_ns(5) == 0
