"""Traders are functions of seed, name and what they were told."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

from clients.participants import REGISTRY, make_trader
from clients.trader import Command, Trader, generator
from marketdata.messages import InstrumentLeg
from tests.clients.market import FAR, NEAR, PERPETUAL, Market, listed

SEED = 77
HPR, GPU2, SPREAD = "HPR-30NOV26", "GPU2-30NOV26", "GPU1-FS-31DEC26_30NOV26"


def play(traders: list[tuple[Trader, Market]]) -> dict[str, list[Command]]:
    """Let traders decide in turns, each on a market of its own that moves by one fixed path.

    The path gives every kind a reason: prices rise, HPR and GPU2 break away from GPU1, the spread is
    dear against its legs and the perpetual against its index.
    """
    heard: dict[str, list[Command]] = {}
    for trader, market in traders:
        trader.on_start(market.view, market.now_ns)
        trader.instruments(market.view)
    for step in range(60):
        for trader, market in traders:
            centre = 280 + step + (step * 7) % 5
            market.print_index(centre / 100)
            centres = {NEAR: centre, FAR: centre, PERPETUAL: centre + 5, SPREAD: 20}
            centres[HPR] = centres[GPU2] = centre + step % 3 - (4 if step > 45 else 0)
            market.show_tickers(**{name.replace("-", "_"): at for name, at in centres.items()})
            for name, at in centres.items():
                market.quote(name, at - 1, at + 1)
            heard.setdefault(trader.name, []).extend(market.tick(trader))
    return heard


def crowd(names: list[tuple[str, str]], seed: int = SEED) -> list[tuple[Trader, Market]]:
    return [(make_trader(kind, name, seed), rich_market()) for kind, name in names]


def rich_market() -> Market:
    market = Market()
    market.add(listed(HPR, 4, 1))
    market.add(listed(GPU2, 5, 1))
    spread = listed(SPREAD, 6, 1)
    legs = (InstrumentLeg(FAR, 1), InstrumentLeg(NEAR, -1))
    market.add(msgspec.structs.replace(spread, legs=legs))
    return market


BY_STATEMENTS = ("loan-vehicle", "lender", "hyperscaler", "lease-token", "token-arbitrage")
"""Kinds that may rest until a day of the rental economy, or a token, gives them a reason."""
ALL = [(kind, f"{kind}-1") for kind in REGISTRY]


def test_same_seed_and_name_give_the_same_commands() -> None:
    first, second = play(crowd(ALL)), play(crowd(ALL))
    assert first == second
    silent = {name for name, commands in first.items() if not commands}
    assert silent <= {f"{kind}-1" for kind in BY_STATEMENTS}, "others do something on this path"


def test_another_trader_does_not_disturb_the_others() -> None:
    alone = play(crowd(ALL))
    together = play(crowd([("noise", "newcomer"), *ALL, ("noise", "noise-2")]))
    assert {name: together[name] for name in alone} == alone


def test_name_and_seed_each_change_the_random_ones() -> None:
    base = play(crowd([("noise", "a")]))["a"]
    assert play(crowd([("noise", "b")]))["b"] != base
    assert play(crowd([("noise", "a")], SEED + 1))["a"] != base


def test_generators_are_the_same_in_every_process() -> None:
    """The first draws are fixed here, so a change of the derivation cannot pass unseen."""
    draws = generator(1, "maker-1").integers(0, 1_000_000, 3).tolist()
    assert draws == generator(1, "maker-1").integers(0, 1_000_000, 3).tolist()
    assert draws == FIRST_DRAWS


FIRST_DRAWS = [996440, 204617, 328260]


@pytest.mark.parametrize(
    "path",
    sorted(Path(__file__).parents[2].glob("clients/participants/*.py")),
    ids=lambda p: p.name,
)
def test_participants_know_neither_clock_nor_socket(path: Path) -> None:
    forbidden = {"asyncio", "time", "random", "os", "socket", "datetime", "websockets"}
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert not imported & forbidden
