"""``cfx admin`` day-roll."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange.admin import tables
from exchange.admin.app import Reason, Yes, act, admin_app


@admin_app.command("day-roll")
def day_roll(
    context: typer.Context,
    reason: Reason,
    day: Annotated[str, typer.Argument(help="Such as 2026-12-31.")],
    yes: Yes = False,
) -> None:
    """End a day ahead of the clock: statements are made, trades of the day before become final."""
    act(
        context,
        "operator/day_roll",
        tables.show_fields,
        question=f"End {day} for good?",
        yes=yes,
        day=day,
        reason=reason,
    )
