"""Rejects: the first are named, all are counted."""

from __future__ import annotations

import pytest

from exchange.indices import rejects
from exchange.indices.rejects import Fault, Reject, Rejects


def test_counts_all_and_names_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "KEPT", 2)
    monkeypatch.setattr(rejects, "FIRST", 1)
    found = Rejects("a.csv")
    fault = Fault("is no number", "'x' is not a number", "write digits")
    for line in (9, 3, 5):
        found.add(line, "price", fault)
    found.add(4, "", Fault("repeats a row", "repeats line 2", ""))
    assert found.total == 4
    assert found.counts == {("price", "is no number"): 3, ("", "repeats a row"): 1}
    assert [reject.line for reject in found.named()] == [3, 4, 9], "one of each cause at least"
    assert str(found.named()[0]) == "a.csv:3: price: 'x' is not a number; write digits"
    assert str(Reject("a.csv", 4, "", "repeats line 2")) == "a.csv:4: repeats line 2"
