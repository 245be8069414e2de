"""A role that is run here, and stopped by a signal once it has said something."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def stopping_at(words: str, told: list[str]) -> Callable[[str], None]:
    """Return what hears a role: it keeps the lines, and sends this process SIGTERM at these words."""

    def hear(text: str) -> None:
        told.append(text)
        if words in text:
            os.kill(os.getpid(), signal.SIGTERM)

    return hear
