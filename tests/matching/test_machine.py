"""The compiled books against the oracle, as a machine whose stories Hypothesis draws and shrinks.

Which verbs and which kinds of order a story has is drawn first (swarm testing: Groce et al., ISSTA 2012),
so that rare combinations are not drowned. After each step every event row and every view is compared,
and the laws of ``laws`` are checked.
"""

from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from matching.book import OrderBooks
from tests.matching.stories import Step, Teller
from tests.matching.telling import Pair, perform

EXAMPLES = int(os.environ.get("MATCHING_EXAMPLES", "40"))
DRAWS = st.randoms(use_true_random=False)


class Floor(RuleBasedStateMachine):
    """Compiled books, the oracle, and books restored from a snapshot taken on the way."""

    @initialize(draws=DRAWS)
    def open_books(self, draws: random.Random) -> None:
        self.teller = Teller(draws)
        self.pair = Pair(self.teller)
        self.restored: OrderBooks | None = None

    def tell(self, name: str, draws: random.Random) -> None:
        self.do(self.teller.act(name, draws))

    def do(self, step: Step) -> None:
        self.teller.learn(self.pair.tell(step))
        if self.restored is not None:
            perform(self.restored, step)
            assert self.restored.digest() == self.pair.fast.digest()

    @rule(draws=DRAWS)
    def next_step(self, draws: random.Random) -> None:
        self.do(self.teller.step(draws))

    @rule(draws=DRAWS)
    def submit(self, draws: random.Random) -> None:
        self.tell("submit", draws)

    @rule(draws=DRAWS)
    def cancel(self, draws: random.Random) -> None:
        self.tell("cancel", draws)

    @rule(draws=DRAWS)
    def amend(self, draws: random.Random) -> None:
        self.tell("amend", draws)

    @rule(draws=DRAWS)
    def mass_quote(self, draws: random.Random) -> None:
        self.tell("mass_quote", draws)

    @rule(draws=DRAWS)
    def batch(self, draws: random.Random) -> None:
        self.tell("batch", draws)

    @rule(draws=DRAWS)
    def set_state(self, draws: random.Random) -> None:
        self.tell("set_state", draws)

    @rule(draws=DRAWS)
    def set_price(self, draws: random.Random) -> None:
        self.tell("set_price", draws)

    @rule(draws=DRAWS)
    def advance(self, draws: random.Random) -> None:
        self.tell("advance", draws)

    @rule()
    def restore(self) -> None:
        """Go on beside books that were brought back from a snapshot."""
        raw = self.pair.fast.snapshot()
        self.restored = OrderBooks.restore(raw)
        assert self.restored.digest() == self.pair.fast.digest()


TestFloor = Floor.TestCase
TestFloor.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
