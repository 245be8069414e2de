"""The words of a market maker's parameters."""

from __future__ import annotations

from clients.participants.market_maker_params import MarketMakerParams
from clients.participants.params import params_of


def test_lists_are_words_with_commas() -> None:
    params = params_of(
        MarketMakerParams, {"families": "GPU1, HPR", "launch_dates": "1970-01-02,1971-01-01"}
    )
    assert params.family_codes == {"GPU1", "HPR"}
    assert params.launch_days == {1, 365}
    assert MarketMakerParams().family_codes == frozenset()
