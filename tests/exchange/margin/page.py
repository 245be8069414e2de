"""The computed tables of docs/clearing/margin-parameters.md, from the shipped parameters."""

from __future__ import annotations

from exchange.core.instrument import InstrumentSpec
from exchange.margin import parameters
from exchange.margin.scenarios import NAMES, shocks_ppm
from tests.exchange.margin.portfolio import instrument, requirement

SHIPPED = parameters.shipped()
TENORS = (10.0, 40.0, 70.0, 190.0, 365.0)
H100 = instrument()
B200 = instrument("GPU2", "B200", "b200_usd")
TRANSACTION = instrument("HPR", "H100", "h100_transaction")

Leg = tuple[str, InstrumentSpec, float, float]
SPREADS: tuple[tuple[Leg, Leg], ...] = (
    (("GPU1", H100, 40.0, 1.0), ("GPU1", H100, 70.0, 1.0)),
    (("GPU1", H100, 40.0, 1.0), ("GPU1", H100, 190.0, 1.0)),
    (("GPU1", H100, 40.0, 1.0), ("GPU1", H100, 365.0, 1.0)),
    (("GPU1", H100, 40.0, 1.0), ("GPU2", B200, 40.0, 1.0)),
    (("GPU1", H100, 40.0, 1.0), ("HPR", TRANSACTION, 40.0, 1.0)),
    (("GPU1", H100, 5.0, 0.25), ("GPU1", H100, 20.0, 1.0)),
)


def scenario_table() -> str:
    """Moves of H100 contracts by tenor, and of one inside its month, in percent of the mark."""
    places = [(tenor, 1.0) for tenor in TENORS] + [(5.0, 0.25)]
    columns = [shocks_ppm(SHIPPED, H100, *place) for place in places]
    heads = [f"{tenor:g} days" for tenor in TENORS] + ["5 days, ¼ unknown"]
    lines = ["| # | scenario | " + " | ".join(heads) + " |", "|---|---|" + "---|" * len(heads)]
    for number, name in enumerate(NAMES):
        moves = " | ".join(f"{column[number] / 10_000:+.2f}" for column in columns)
        lines.append(f"| {number} | {name} | {moves} |")
    return "\n".join(lines)


def credit_table() -> str:
    """What one leg long and one short of the same value need, in percent of one leg's value."""
    lines = [
        "| long | short | two outrights | long first | short first | at most, of the outrights |",
        "|---|---|---|---|---|---|",
    ]
    for legs in SPREADS:
        shocks = [shocks_ppm(SHIPPED, spec, days, share) for _, spec, days, share in legs]
        apart = sum(max(requirement([(s, each)]) for s in (1.0, -1.0)) for each in shocks)
        ways = [requirement([(s, shocks[0]), (-s, shocks[1])]) for s in (1.0, -1.0)]
        names = [
            f"{name}, {days:g} days" + ("" if share == 1 else f", {share:.0%} unknown")
            for name, _, days, share in legs
        ]
        lines.append(
            f"| {names[0]} | {names[1]} | {apart:.2%} | {ways[0]:.2%} | {ways[1]:.2%} "
            f"| {max(ways) / apart:.0%} |"
        )
    return "\n".join(lines)
