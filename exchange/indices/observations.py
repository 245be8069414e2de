"""One observed rental price: who offers or rented what, on which terms, when and for how much."""

from __future__ import annotations

from typing import NamedTuple


class Observation(NamedTuple):
    """One observed price: UTC nanoseconds, micro-dollars per GPU-hour; "" and 0 where it is not known.

    underlying: the GPU, as H100. cloud_type: hyperscaler, neocloud or marketplace. country: ISO 3166
    alpha-2. region: the provider's own name. form: sxm, pcie or nvl. interconnect: infiniband, roce or
    ethernet. cpu: x86 or arm. cluster_gpus: GPUs of the offer. rental: on_demand, spot or reserved,
    that for term_months. executed: a rental that was agreed; else a listed price. gpu_hours: its volume.
    """

    ts_ns: int
    price_micros: int
    underlying: str
    provider: str = ""
    cloud_type: str = ""
    country: str = ""
    region: str = ""
    form: str = ""
    interconnect: str = ""
    cpu: str = ""
    cluster_gpus: int = 0
    rental: str = ""
    term_months: int = 0
    executed: bool = False
    gpu_hours: float = 0.0


class Line(NamedTuple):
    """What is offered or rented on which terms: an observation without its time, price and volume."""

    underlying: str
    provider: str = ""
    cloud_type: str = ""
    country: str = ""
    region: str = ""
    form: str = ""
    interconnect: str = ""
    cpu: str = ""
    cluster_gpus: int = 0
    rental: str = ""
    term_months: int = 0
    executed: bool = False

    @classmethod
    def of(cls, row: Observation) -> Line:
        """Return the line of an observation."""
        return cls(*row[2:14])
