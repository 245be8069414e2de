"""Parameters from words and tables, and what is said when they are wrong."""

from __future__ import annotations

import tomllib

import pytest

from clients.participants.market_maker_params import MarketMakerParams
from clients.participants.params import params_of, words


def test_words_and_toml_give_the_same_parameters() -> None:
    from_words = params_of(MarketMakerParams, words(["gamma=0.2", "quote_hours=7"]))
    from_toml = params_of(MarketMakerParams, tomllib.loads("gamma = 0.2\nquote_hours = 7"))
    assert from_words == from_toml == MarketMakerParams(gamma=0.2, quote_hours=7)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"gama": "0.2"}, "gama: no such parameter; there are .*gamma"),
        ({"gamma": "0"}, r"> 0.*gamma"),
        ({"gamma": "much"}, "gamma"),
        ({"quote_hours": "0"}, "quote_hours"),
        ({"quote_hours": "-1"}, "quote_hours"),
        ({"book_weight": "2"}, "book_weight"),
    ],
)
def test_a_wrong_parameter_is_named(fields: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        params_of(MarketMakerParams, fields)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN"])
def test_what_is_no_finite_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="gamma"):
        params_of(MarketMakerParams, {"gamma": value})


@pytest.mark.parametrize("word", ["gamma", "=1", " =1"])
def test_a_word_without_key_or_equals_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="key=value"):
        words([word])


def test_instruments_are_split() -> None:
    assert MarketMakerParams(instruments=" A, B ,").names == ["A", "B"]
