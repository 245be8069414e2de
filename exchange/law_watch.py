"""The laws, looked at while the exchange runs: a few of them each second, on some accounts and instruments."""

from __future__ import annotations

import logging

from exchange.core import invariants
from exchange.core.core import Core
from exchange.sequencer import Sequencer

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0


class LawWatch:
    """Samples the laws of a core, turn after turn; a broken one ends the taking of commands.

    An exchange whose books do not add up must not go on: what was acknowledged stays in the log, and
    `cfx verify` tells where the law broke first.
    """

    def __init__(self, core: Core, sequencer: Sequencer) -> None:
        self._core = core
        self._sequencer = sequencer
        self.samples = 0

    def look(self) -> list[str]:
        """Take the next sample; return what it found broken."""
        broken = invariants.sampled(self._core, self.samples)
        self.samples += 1
        for sentence in broken:
            logger.critical("a law is broken: %s", sentence)
        if broken:
            self._sequencer.refuse(f"a law is broken: {broken[0]}; run `cfx verify`")
        return broken
