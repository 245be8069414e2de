"""`cfx follow --role standby`: with what a standby begins, and its run as a process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from exchange import served
from exchange.config import Settings
from exchange.following.promotion import PromotionError
from exchange.following.standing_by import StandingBy
from exchange.log.opening import explained_import

Say = Callable[[str], None]


def run(
    directory: Path,
    log: str | None,
    changes: dict[str, Any],
    say: Say,
    *,
    automatic: bool,
    port: int | None,
    ready_file: Path | None,
) -> None:
    """Stand by until stopped, and serve once promoted, telling ``say``.

    changes: settings that are other than the exchange's. The rest: StandingBy.
    """

    async def stand_by() -> None:
        settings = await _settings(directory, log, changes)
        await StandingBy(settings, say, automatic=automatic, port=port).run(ready_file)

    uvloop.run(stand_by())


async def _settings(directory: Path, log: str | None, changes: dict[str, Any]) -> Settings:
    """Return what the exchange is served with, here or on the log's other nodes, with the changes."""
    if log is None:
        settings = served.read(directory)
    else:
        with explained_import():
            from exchange.sharing import Sharing
        sharing = await Sharing.open(directory, log)
        try:
            found = await sharing.given()
        finally:
            await sharing.close()
        if found is None:
            raise PromotionError(
                "nobody has served this log yet, so it is not known what a standby would serve: start the "
                "primary with `cfx serve` first"
            )
        settings = found
    return msgspec.structs.replace(settings, data_dir=directory, log=log, **changes)
