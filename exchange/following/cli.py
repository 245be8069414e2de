"""``cfx follow`` and ``cfx promote``: the processes that follow a log, and the change of the writer."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
import uvloop

from exchange import served
from exchange.config import LOOPBACK, Settings
from exchange.following import marketdata, promotion
from exchange.following.dbn import DbnMissingError
from exchange.following.health import HealthServer
from exchange.following.promotion import PromotionError
from exchange.following.recorder import ROWS_A_FILE, SECONDS_A_FILE, Recorder, record
from exchange.following.source import LogSource, filling
from exchange.following.standing_by import StandingBy
from exchange.following.tape_files import TapeError
from exchange.log import opening
from exchange.log.opening import explained_import
from exchange.serving import spoken
from exchange.terminal import (
    DEFAULT_DATA_DIR,
    AllowRemote,
    err,
    explained,
    log_option,
    out,
    refuse_remote,
)

Role = Literal["marketdata", "standby", "recorder"]

EXPECTED = (DbnMissingError, PromotionError, TapeError, ValueError)

DataDir = Annotated[Path, typer.Option(help="Directory of the log that is followed.")]


def follow(
    role: Annotated[
        Role,
        typer.Option(
            help="marketdata publishes, standby can take over, recorder writes the tape as files."
        ),
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    log: Annotated[
        str | None,
        log_option(
            "Follow a log on JetStream, such as nats://127.0.0.1:4222/venue, into the directory."
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; a standby takes the exchange's.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="marketdata: of the service; others: of /metrics and /readyz, none if not given. "
            "0 takes a free one.",
        ),
    ] = None,
    allow_remote: AllowRemote = False,
    gateway_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="standby: of its gateway; the exchange's if not given."
        ),
    ] = None,
    marketdata_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="standby: of its market data; the exchange's if not given."
        ),
    ] = None,
    automatic: Annotated[
        bool,
        typer.Option("--automatic", help="standby: take over unasked when the exchange is gone."),
    ] = False,
    tape_dir: Annotated[
        Path | None,
        typer.Option(
            help="recorder: folder of its files, `tape` in the data directory if not given."
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1, help="recorder: rows with which a file is closed.")
    ] = ROWS_A_FILE,
    seconds: Annotated[
        float, typer.Option(min=1.0, help="recorder: seconds after which a file is closed.")
    ] = SECONDS_A_FILE,
    with_dbn: Annotated[
        bool, typer.Option("--dbn/--no-dbn", help="recorder: also write Databento's DBN.")
    ] = True,
    ready_file: Annotated[
        Path | None,
        typer.Option(
            help="Gets the addresses as JSON once it serves (a standby: as the exchange)."
        ),
    ] = None,
) -> None:
    """Follow a log with the same core: publish its market data, stand by, or record the tape."""
    if host is not None:
        refuse_remote(host, allowed=allow_remote)
    with explained(*EXPECTED):
        if role == "marketdata":
            uvloop.run(_marketdata(data_dir, log, host or LOOPBACK[0], port or 0, ready_file))
        elif role == "standby":
            if log is not None and automatic:
                raise PromotionError(
                    "--automatic is for one machine, where the exchange's end is certain; with --log it is an "
                    "operator who decides that the primary is gone: `cfx promote`"
                )
            changes = {"host": host, "port": gateway_port, "marketdata_port": marketdata_port}
            uvloop.run(
                _standby(
                    data_dir,
                    log,
                    {name: given for name, given in changes.items() if given is not None},
                    lambda settings: StandingBy(
                        settings, spoken(err), automatic=automatic, port=port
                    ).run(ready_file),
                )
            )
        else:
            limits = (rows, seconds, with_dbn)
            folder = tape_dir or data_dir / "tape"
            uvloop.run(_recorder(data_dir, log, folder, limits, host or LOOPBACK[0], port))


async def _recorder(
    directory: Path,
    where: str | None,
    folder: Path,
    limits: tuple[int, float, bool],
    host: str,
    port: int | None,
) -> None:
    say = spoken(err)
    stopped = _stopping()
    async with filling(directory, where, stopped, say) as source:
        await _record(directory, folder, limits, host, port, stopped, source)


async def _record(
    directory: Path,
    folder: Path,
    limits: tuple[int, float, bool],
    host: str,
    port: int | None,
    stopped: asyncio.Event,
    source: LogSource,
) -> None:
    say = spoken(err)
    rows, seconds, with_dbn = limits
    log = opening.readable(directory)
    say(f"going on with {folder}")
    recorder = Recorder(log, folder, rows_a_file=rows, seconds_a_file=seconds, with_dbn=with_dbn)
    say(f"its files hold commands 1 to {recorder.files.position.seq}, the log {log.last_seq}")
    health = None
    if port is not None:
        health = HealthServer(
            lambda: msgspec.structs.replace(recorder.health(), fault=source.fault), host, port
        )
        await health.start()
        say(f"how it is: http://{host}:{health.port}/readyz and /metrics")
    try:
        await record(recorder, stopped)
    finally:
        if health is not None:
            await health.close()
        log.close()
    say(f"stopped; its files hold commands 1 to {recorder.files.position.seq}")


def _stopping() -> asyncio.Event:
    """Return what is set by Ctrl-C and SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _standby(
    directory: Path,
    log: str | None,
    changes: dict[str, Any],
    stand_by: Callable[[Settings], Awaitable[None]],
) -> None:
    """Stand by with what the exchange is served with, here or on the log's other nodes."""
    if log is None:
        settings = served.read(directory)
    else:
        with explained_import():
            from exchange.sharing import Sharing
        sharing = await Sharing.open(directory, log)
        try:
            found = await sharing.given()
        finally:
            await sharing.close()
        if found is None:
            raise PromotionError(
                "nobody has served this log yet, so it is not known what a standby would serve: start the "
                "primary with `cfx serve` first"
            )
        settings = found
    await stand_by(msgspec.structs.replace(settings, data_dir=directory, log=log, **changes))


async def _marketdata(
    directory: Path, log: str | None, host: str, port: int, ready_file: Path | None
) -> None:
    say = spoken(err)
    say("recovering the log and loading the kernels")
    stopped = _stopping()

    def tell(taken: int) -> None:
        url = f"ws://{f'[{host}]' if ':' in host else host}:{taken}"
        say(f"market data {url}, how it is: http{url.removeprefix('ws')}/readyz and /metrics")
        if ready_file is not None:
            partial = ready_file.with_name(ready_file.name + ".part")
            partial.write_bytes(msgspec.json.encode({"marketdata": url}))
            partial.replace(ready_file)

    async with filling(directory, log, stopped, say) as source:
        await marketdata.follow(directory, host, port, stopped, tell, fault=lambda: source.fault)
    say("stopped")


def promote(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    wait: Annotated[
        float, typer.Option(min=0.0, help="Seconds that the present exchange may take to end.")
    ] = 10.0,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Seconds until the standby must serve.")
    ] = 60.0,
) -> None:
    """Let the standby of a data directory take over; the exchange that ran there must have ended."""
    with explained(*EXPECTED):
        state = promotion.promote(data_dir, wait, timeout)
    out.print(
        f"the standby serves from command {state.seq} on: gateway {state.url} "
        f"(WebSocket {state.gateway}), market data {state.marketdata}",
        highlight=False,
        soft_wrap=True,
    )
