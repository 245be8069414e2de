"""Channels are checked before anything changes."""

from __future__ import annotations

import pytest

from clients.errors import ProtocolError
from clients.subscriptions import Subscriptions


def test_only_new_channels_are_fresh() -> None:
    wanted = Subscriptions()
    assert wanted.check(["ticker.X.raw", "ticker.X.raw"]) == ["ticker.X.raw"]
    wanted.add(["ticker.X.raw", "user.trades.any.any.raw"])
    assert wanted.check(["ticker.X.raw", "quote.X"]) == ["quote.X"]
    assert wanted.public() == ["ticker.X.raw"]
    assert wanted.private() == ["user.trades.any.any.raw"]
    wanted.remove(["ticker.X.raw", "never.wished"])
    assert "ticker.X.raw" not in wanted


def test_one_book_has_one_feed() -> None:
    wanted = Subscriptions()
    wanted.add(["book.X.raw"])
    assert wanted.check(["book.Y.100ms", "book.X.raw"]) == ["book.Y.100ms"]
    with pytest.raises(ProtocolError, match=r"book\.X\.raw already feeds"):
        wanted.check(["book.X.100ms"])
    with pytest.raises(ProtocolError):
        wanted.check(["book.Z.raw", "book.Z.none.20.100ms"])


def test_unknown_channels_are_named() -> None:
    with pytest.raises(ProtocolError, match="weather"):
        Subscriptions().check(["weather.X"])


def test_books_of_other_sizes_have_feeds_of_their_own() -> None:
    wanted = Subscriptions()
    names = ["book.X.raw", "book.X.implied.100ms", "book.X.combined.100ms"]
    assert wanted.check(names) == names
    wanted.add(names)
    with pytest.raises(ProtocolError, match=r"book\.X\.implied\.100ms already feeds"):
        wanted.check(["book.X.implied.1.100ms"])
