"""Random stories of the whole core: ``python -m tests.exchange.core.fuzz --seconds 3600``.

Each batch of stories is told by a process of its own and printed with its first seed; where a law is broken
or the naive clearing house differs, the line that replays it is printed, and the exit code is 1.
"""

from __future__ import annotations

import sys

from tests import fuzzing
from tests.exchange.core.telling import tell_story
from tests.fuzzing import Fuzz, Outcome

BATCH = 10
STEPS = 200


def tell_batch(first_seed: int, stories: int, steps: int) -> Outcome:
    """Tell stories of consecutive seeds; stop at the first difference."""
    return fuzzing.told(tell_story, first_seed, stories, steps)


FUZZ = Fuzz("tests.exchange.core.fuzz", tell_batch, BATCH, STEPS)


def main(words: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    return fuzzing.main(FUZZ, words)


if __name__ == "__main__":
    sys.exit(main())
