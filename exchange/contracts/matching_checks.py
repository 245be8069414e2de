"""What must hold of a matching algorithm and its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.contracts.price_checks import Fault, is_whole
from exchange.contracts.terms import PPM, ContractSpec, MatchingAlgorithm

LONGEST_BATCH_MS = 60_000
MAX_LOTS = 1 << 31

FIELDS: dict[MatchingAlgorithm, frozenset[str]] = {
    "price_time": frozenset(),
    "pro_rata": frozenset({"minimum_allocation_lots", "top_order_share", "top_order_lots"}),
    "fifo_top": frozenset({"top_order_share", "top_order_lots"}),
    "batch_auction": frozenset({"batch_interval_ms"}),
}
"""The numbers that each algorithm may have."""

_NEEDED = {"fifo_top": ("top_order_lots", "100"), "batch_auction": ("batch_interval_ms", "100")}


def faults(spec: ContractSpec) -> Iterator[Fault]:
    """Give (field, reason, advice) for each number that an algorithm lacks, has no use for or cannot use."""
    for name in sorted(frozenset().union(*FIELDS.values())):
        if getattr(spec, name) is not None and name not in FIELDS[spec.matching]:
            yield name, f"has no meaning with matching {spec.matching}", "remove it"
    if spec.matching in _NEEDED:
        name, example = _NEEDED[spec.matching]
        if getattr(spec, name) is None:
            yield (
                name,
                f"is missing with matching {spec.matching}",
                f"add it, as {name} = {example}",
            )
    for name, most in (
        ("minimum_allocation_lots", MAX_LOTS),
        ("top_order_lots", MAX_LOTS),
        ("batch_interval_ms", LONGEST_BATCH_MS),
    ):
        number = getattr(spec, name)
        if number is not None and not 1 <= number <= most:
            yield name, f"{number} is not from 1 to {most:,}", "write a number in these bounds"
    share = spec.top_order_share
    if share is not None and not (0 < share <= 1 and is_whole(share * PPM)):
        yield "top_order_share", f"{share} is not above 0 and up to 1", 'write a share, as "0.4"'
    if share is not None and spec.top_order_lots is None and spec.matching == "pro_rata":
        yield "top_order_share", "without top_order_lots no order is the top", "add top_order_lots"
