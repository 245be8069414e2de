"""Stories of the whole core: random commands of every kind, and after each of them all that must hold.

A story is a market (``worlds``) of a few or of many accounts and contracts, or of books that combos link;
deposits, orders of every kind, marks, funding, settlement, defaults, block trades, busts, days that end,
time that jumps, and now and then a restart from a snapshot. At its end the whole log is told again, in
other batches, to a replica.
"""

from __future__ import annotations

import msgspec

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.actions import Action
from exchange.core.commands import Command
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import CommandKind, Instruction, Layer, Permission
from exchange.core.scenario_spec import PPM, ScenarioSpec
from exchange.replica import Replica
from tests.exchange.core import linked_laws
from tests.exchange.core.draw import ENDS, Draw
from tests.exchange.core.intents import accepted_ids, drawn
from tests.exchange.core.lab import IOC, USD, cut, joined, submit
from tests.exchange.core.linked_acts import acts_of_linked
from tests.exchange.core.worlds import drawn_world

JUMPS_NS = (10**4, 10**6, 10**9, 60 * 10**9, 3_600 * 10**9)
OPERATOR = (
    *(CommandKind.STOP_TRADING,) * 3,
    *(CommandKind.RESTRICT,) * 3,
    CommandKind.SET_ACCOUNT_LIMITS,
    CommandKind.SET_POSITION_LIMIT,
    CommandKind.SET_SCENARIOS,
)


class Story:
    """One seed's story, told step by step."""

    def __init__(self, seed: int, steps: int) -> None:
        self._draw = Draw(seed)
        self.world = drawn_world(self._draw)
        self.model = self.world.model
        self._intents = drawn(self._draw.random.getrandbits(32), steps)
        self._order_ids: list[int] = []
        self._pressure = self._draw.one_of([0.0, 0.3, 0.7])
        linked = any(spec.implied for spec in self.world.lab.core.specs)
        self._linked = self._draw.one_of([0.6, 0.9]) if linked else 0.0
        if linked:
            self._pressure = self._draw.one_of([0.0, 0.1, 0.3])
        if self._pressure:
            self.world.lab.do(self._default_terms())
        self._margins_are_simple = True
        """No scenarios were set, so that the model can tell each account's margin."""

    def _default_terms(self) -> Command:
        """Return the terms of close-outs that are soon over, or go on for long."""
        draw = self._draw
        patience = draw.one_of([0, 1, 3])
        terms = DefaultTerms(
            slice_ppm=draw.one_of([100_000, 500_000, 1_000_000]),
            step_ns=draw.one_of([1, 3_000]),
            patience_steps=patience,
            deleveraging_steps=patience + draw.one_of([0, 1, 3]),
        )
        text = msgspec.json.encode(terms).decode()
        call_ns = draw.one_of([0, 1_500, 10_000])
        return Command(CommandKind.SET_MARGIN_TERMS, amount_micros=call_ns, text=text)

    def _commands(self, number: int) -> list[Command]:
        draw, lab = self._draw, self.world.lab
        if draw.chance(self._pressure):
            return self._pressed()
        if draw.chance(0.06):
            return self._operator(draw.one_of(OPERATOR))
        if draw.chance(self._linked):
            return acts_of_linked(draw, self.world, self._order_ids)
        intent = self._intents[number]
        if self.world.accounts > 6 and 0 <= intent.account <= 5:
            intent = intent._replace(account=draw.random.randrange(self.world.accounts))
        if self.world.instruments > 3 and 0 <= intent.instrument <= 2:
            intent = intent._replace(instrument=draw.random.randrange(self.world.instruments))
        return intent.commands(lab, self._order_ids)

    def _pressed(self) -> list[Command]:
        """Return what fills books and empties accounts: big trades, crashes, layers, steps of close-outs."""
        draw, lab = self._draw, self.world.lab
        chance = draw.random
        one, other = (chance.randrange(self.world.accounts) for _ in range(2))
        instrument = chance.randrange(self.world.instruments)
        spec_ = lab.core.specs[instrument]
        mark_ticks = int(lab.core.instrument(instrument)[at.INSTRUMENT_MARK_TICKS])
        price = mark_ticks + chance.randint(-6, 6)
        if not spec_.is_combo:
            price = max(1, price)
        lots = chance.randint(1, spec_.max_order_lots if spec_.max_order_lots <= 40 else 40)
        lots *= 200 if spec_.perpetual and spec_.max_order_lots > 8_000 else 1
        side = chance.randrange(2)
        match chance.randrange(14):
            case 0 | 1 | 2 | 3:
                resting = submit(other, 1 - side, price, lots, instrument=instrument)
                return [resting, submit(one, side, price, lots, instrument=instrument, tif=IOC)]
            case 4 | 5:
                return [submit(one, side, price, lots, instrument=instrument)]
            case 6:
                reduces = int(Instruction.REDUCE_ONLY)
                return [submit(one, side, price, 1, instrument=instrument, instructions=reduces)]
            case 7 | 8 | 9:
                moved = max(1, mark_ticks * chance.randint(75, 130) // 100)
                return [Command(CommandKind.MARK, instrument=instrument, price_ticks=moved)]
            case 10:
                layer = draw.one_of([Layer.INSURANCE, Layer.HOUSE, Layer.DEFAULT_FUND])
                contributor = one if layer == Layer.DEFAULT_FUND else -1
                usd = chance.randint(-500, 3_000)
                return [
                    Command(
                        CommandKind.FUND_LAYER,
                        contributor,
                        qty_lots=layer,
                        amount_micros=usd * USD,
                    )
                ]
            case 11:
                return [Command(CommandKind.MARK)]
        return [Command(CommandKind.CLOSE_OUT)] * 2

    def _operator(self, kind: CommandKind) -> list[Command]:
        """Return what only operators enter, most often with who and why in front."""
        draw = self._draw
        account = draw.usually(0, self.world.accounts - 1, -1, 99, *ENDS)
        if kind == CommandKind.STOP_TRADING and draw.chance(0.02):
            account = -1
        text = ""
        size = draw.usually(0, 1, 2, -1, *ENDS)
        if kind in (CommandKind.SET_ACCOUNT_LIMITS, CommandKind.SET_POSITION_LIMIT):
            size = draw.usually(1, 60, 0, -1, *ENDS)
        elif kind == CommandKind.STOP_TRADING:
            stopped = 0 <= account < len(self.world.lab.core.account_names) and bool(
                int(self.world.lab.core.account(account)[at.ACCOUNT_OPEN]) & Permission.STOPPED
            )
            # Most who are stopped go on, so that the story does.
            size = 0 if stopped or draw.chance(0.2) else size
            if draw.chance(0.3):
                account, size = -1, 0
        elif kind == CommandKind.SET_SCENARIOS:
            text = self._scenarios()
            self._margins_are_simple = False
        command = Command(
            kind,
            account,
            draw.usually(0, self.world.instruments - 1, -1, 99, *ENDS),
            qty_lots=size,
            text=text,
        )
        if draw.chance(0.3):
            return [command]
        action = Action(operator="ada", key="k", method=kind.name.lower(), reason="a drill")
        told = msgspec.json.encode(action).decode()
        return [Command(CommandKind.ACTION, qty_lots=1, text=told), command]

    def _scenarios(self) -> str:
        draw = self._draw
        shocks = [draw.random.randint(-PPM // 3, PPM // 3) for _ in range(at.SCENARIOS)]
        scenarios = ScenarioSpec(
            shocks_ppm=shocks,
            maintenance_ppm=draw.random.randint(500_000, PPM),
            concentration_lots=draw.one_of([0, 5]),
            concentration_ppm=draw.one_of([0, 100_000]),
        )
        return msgspec.json.encode(scenarios).decode()

    def act(self, number: int) -> tuple[list[Command], list[list[int]]]:
        """Apply the next commands; return them and their event rows."""
        lab, draw = self.world.lab, self._draw
        if draw.chance(0.05):
            lab.ts_ns += draw.one_of(JUMPS_NS)
        if draw.chance(0.02):
            digest = lab.digest
            lab.core = snapshot.restore(snapshot.take(lab.core))
            assert lab.digest == digest, "a restored core differs"
        commands = self._commands(number)
        events = lab.do(*commands)
        self._order_ids += accepted_ids(events)
        return commands, events

    def step(self, number: int) -> int:
        """Apply the next commands and look at everything; return how many event rows they gave."""
        lab = self.world.lab
        commands, events = self.act(number)
        broken = invariants.violations(lab.core)
        assert not broken, f"{commands}\n  {broken}"
        self.model.feed(events, lab.core.specs)
        self.model.compare(lab.core, margins=self._margins_are_simple)
        left = linked_laws.open_cycles(lab.core)
        assert not left, f"{commands}\n  cycles {left} could trade"
        faults = list(linked_laws.faulty_legs(lab.core, events))
        assert not faults, f"{commands}\n  {faults}"
        return len(events)

    def end(self) -> None:
        """Tell the whole log again, in other batches, to a replica with all views; compare what it comes to."""
        lab = self.world.lab
        sizes = [self._draw.one_of([1, 5, 40, 300]) for _ in range(len(lab.batches))]
        replica = Replica()
        events = [row for part in cut(joined(lab.batches), sizes) for row in replica.apply(part)]
        assert events == lab.events, "other batches give another history"
        assert snapshot.digest(replica.core) == lab.digest
        again = Replica()
        again.load(replica.snapshot())
        assert again.views.snapshot() == replica.views.snapshot()
        assert replica.statement_faults == []
        faults = [
            *linked_laws.faulty_memory(lab.core, self.model),
            *linked_laws.faulty_fills(lab.core, replica.views.trades),
        ]
        assert not faults, faults


def tell_story(seed: int, steps: int) -> int:
    """Tell one story; return its event rows. AssertionError with its seed where anything does not hold."""
    story = Story(seed, steps)
    story.model.feed(story.world.lab.events, story.world.lab.core.specs)
    rows = 0
    for number in range(steps):
        try:
            rows += story.step(number)
        except Exception as difference:
            raise AssertionError(f"seed {seed}, step {number}: {difference!r}") from difference
    try:
        story.end()
    except Exception as difference:
        raise AssertionError(f"seed {seed}, told again: {difference!r}") from difference
    return rows
