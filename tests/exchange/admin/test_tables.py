"""Values as operators read them."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.admin.tables import text_of


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("equity", 1_234_567.5, "1,234,567.5"),
        ("equity", 0.000001, "0.000001"),
        ("equity", 1_000.0, "1,000"),
        ("equity", -0.25, "-0.25"),
        ("open_orders", 1_000, "1,000"),
        ("seq", 1_000, "1000"),
        ("held_until", None, ""),
        ("timestamp", 1_790_000_000_000, "2026-09-21 14:13:20"),
        ("limit_held_until", 1_790_000_000_000, "2026-09-21 14:13:20"),
        ("ended_at", 1_790_000_000_000, "2026-09-21 14:13:20"),
        ("due", None, ""),
        ("refused", ["a", "b"], "a b"),
        ("params", {"a": 1, "b": "x"}, "a=1 b=x"),
        ("force", True, "yes"),
        ("state", "open", "open"),
    ],
)
def test_text(field: str, value: Any, text: str) -> None:
    assert text_of(field, value) == text
