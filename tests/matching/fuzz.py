"""Random stories told to the kernel and the oracle: ``python -m tests.matching.fuzz --seconds 600``.

Each batch of stories is told by a process of its own and printed with its first seed; on a difference
the line that replays it is printed, and the exit code is 1.
"""

from __future__ import annotations

import sys

from tests import fuzzing
from tests.fuzzing import Fuzz, Outcome
from tests.matching.telling import tell_story

BATCH = 20
STEPS = 300


def tell_batch(first_seed: int, stories: int, steps: int) -> Outcome:
    """Tell stories of consecutive seeds; stop at the first difference."""
    return fuzzing.told(lambda seed, n: len(tell_story(seed, n)), first_seed, stories, steps)


FUZZ = Fuzz("tests.matching.fuzz", tell_batch, BATCH, STEPS)


def main(words: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    return fuzzing.main(FUZZ, words)


if __name__ == "__main__":
    sys.exit(main())
