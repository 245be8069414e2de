"""The page on margin parameters: its tables are what the shipped parameters give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.margin import page


@pytest.mark.parametrize("table", [page.scenario_table, page.credit_table])
def test_the_page_shows_what_the_parameters_give(table, checkout: Path) -> None:  # type: ignore[no-untyped-def]
    text = (checkout / "docs/clearing/margin-parameters.md").read_text(encoding="utf-8")
    computed = table()
    assert computed.count("\n") >= 6
    assert computed in text, f"the page should say:\n{computed}"
