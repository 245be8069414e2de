"""operator/report_observations: what an index provider saw, for the prints of the day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.rpc import Context, method
from exchange.gateway.scopes import INDEX_WRITE
from exchange.indices import fields
from exchange.indices.observation_store import Report
from exchange.indices.observations import Observation
from marketdata.messages import NS_PER_MS

MAX_ROWS = 500
FAULTS_TOLD = 50
OLDEST_NS = 400 * 86_400 * 1_000_000_000
"""Nothing that was observed so long ago moves a print; a later window reaches less far back."""
MICROS = 1_000_000

Word = Annotated[str, Meta(max_length=64)]


class ReportedObservation(msgspec.Struct, forbid_unknown_fields=True):
    """One list price or rental, as the observation files state it."""

    timestamp: Annotated[int, Meta(ge=0, le=32_503_708_800_000)]
    price: Decimal
    underlying: Annotated[str, Meta(min_length=1, max_length=32)]
    provider: Annotated[str, Meta(min_length=1, max_length=64)]
    cloud_type: Word = ""
    country: Word = ""
    region: Word = ""
    form: Word = ""
    interconnect: Word = ""
    cpu: Word = ""
    cluster_gpus: Annotated[int, Meta(ge=0, le=fields.HIGHEST_COUNT)] = 0
    rental: Word = ""
    term_months: Annotated[int, Meta(ge=0, le=120)] = 0
    executed: bool = False
    gpu_hours: Decimal = Decimal(0)


class ObservationsParams(msgspec.Struct, forbid_unknown_fields=True):
    """Some of a day's observations; several calls may make up a day."""

    observations: Annotated[list[ReportedObservation], Meta(min_length=1, max_length=MAX_ROWS)]


@method("operator/report_observations", scope=INDEX_WRITE, cost=5.0)
async def report_observations(context: Context, params: ObservationsParams) -> dict[str, Any]:
    """Report observed prices, which become prints at each index's fixing time.

    All are kept, durably, or none: every fault is named. They count from when they are reported, so what
    comes after a day's fixing time revises its print, within the methodology's window, openly.
    """
    source = context.venue.reported
    if source is None:
        raise RpcError.named(
            "not_implemented", "this exchange prints a walk: start it with --indices reported"
        )
    faults = list(_faults(params.observations, context.now_ns))
    if faults:
        raise RpcError(
            invalid_params(None, "").code,
            None,
            {
                "param": "observations",
                "reason": f"{len(faults)} faults, nothing was kept; the first: {faults[0]}",
                "faults": faults[:FAULTS_TOLD],
            },
        )
    key = context.key
    rows = tuple(_observation(row) for row in params.observations)
    report = Report(context.now_ns, "" if key is None else key.client_id, rows)
    try:
        await asyncio.to_thread(source.take, report)
    except OSError as error:
        raise RpcError.named("retry", f"the report could not be kept: {error}") from error
    return {"timestamp": context.now_ns // NS_PER_MS, "taken": len(rows)}


def _faults(rows: list[ReportedObservation], now_ns: int) -> Iterator[str]:
    """Give what is wrong, each with the row, the field, the reason and what to do."""
    seen: dict[bytes, int] = {}
    for number, row in enumerate(rows):
        at = f"observations[{number}]"
        observed_ns = row.timestamp * NS_PER_MS
        if observed_ns > now_ns:
            yield f"{at}.timestamp: is in the future; report what was observed"
        elif now_ns - observed_ns > OLDEST_NS:
            yield f"{at}.timestamp: is more than a year ago; leave it out"
        for field, value in (("price", row.price), ("gpu_hours", row.gpu_hours)):
            if not value.is_finite():
                yield f"{at}.{field}: is no finite number; give one"
            elif field == "gpu_hours" and not 0 <= value <= fields.HIGHEST_AMOUNT:
                yield f"{at}.{field}: is not from 0 to {fields.HIGHEST_AMOUNT}; correct it"
            elif field == "price" and not 0 < value * MICROS <= fields.HIGHEST_PRICE_MICROS:
                highest = fields.HIGHEST_PRICE_MICROS // MICROS
                yield f"{at}.{field}: is not above 0 and up to {highest} $; give $ per GPU-hour"
        for field, known in (
            ("cloud_type", fields.CLOUD_TYPES),
            ("form", fields.FORMS),
            ("interconnect", fields.INTERCONNECTS),
            ("cpu", fields.CPUS),
            ("rental", fields.RENTALS),
        ):
            word = getattr(row, field)
            if word and word not in known:
                yield f"{at}.{field}: {word!r} is none of {', '.join(known)}; choose or leave it out"
        if row.executed and row.gpu_hours == 0:
            yield f"{at}.gpu_hours: is 0 of an executed rental; give its volume"
        if (row.rental == "reserved") != (row.term_months > 0):
            yield f"{at}.term_months: goes with rental reserved alone; correct one of them"
        former = seen.setdefault(msgspec.json.encode(row), number)
        if former != number:
            yield f"{at}: repeats observations[{former}]; leave it out"


def _observation(row: ReportedObservation) -> Observation:
    return Observation(
        ts_ns=row.timestamp * NS_PER_MS,
        price_micros=max(1, round(row.price * MICROS)),
        underlying=row.underlying,
        provider=row.provider,
        cloud_type=row.cloud_type,
        country=row.country,
        region=row.region,
        form=row.form,
        interconnect=row.interconnect,
        cpu=row.cpu,
        cluster_gpus=row.cluster_gpus,
        rental=row.rental,
        term_months=row.term_months,
        executed=row.executed,
        gpu_hours=float(row.gpu_hours),
    )
