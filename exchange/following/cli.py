"""``cfx follow`` and ``cfx promote``: the processes that follow a log, and the change of the writer."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
import uvloop
from rich.console import Console

from exchange import served
from exchange.config import LOOPBACK
from exchange.core.snapshot import RulesVersionError
from exchange.following import marketdata, promotion
from exchange.following.dbn import DbnMissingError
from exchange.following.health import HealthServer
from exchange.following.promotion import PromotionError
from exchange.following.recorder import ROWS_A_FILE, SECONDS_A_FILE, Recorder, record
from exchange.following.standing_by import StandingBy
from exchange.following.tape_files import TapeError
from exchange.log import opening
from exchange.log.codec import CorruptLogError
from exchange.log.port import LogLockedError
from exchange.marketdata_process import ServingError
from exchange.serving import spoken

Role = Literal["marketdata", "standby", "recorder"]

DEFAULT_DATA_DIR = Path("cfx-data")
EXPECTED = (
    CorruptLogError,
    DbnMissingError,
    LogLockedError,
    OSError,
    PromotionError,
    RulesVersionError,
    ServingError,
    TapeError,
    ValueError,
    sqlite3.Error,
)

out = Console()
err = Console(stderr=True)

DataDir = Annotated[Path, typer.Option(help="Directory of the log that is followed.")]


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except EXPECTED as error:
        err.print(f"[red]error:[/red] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def follow(
    role: Annotated[
        Role,
        typer.Option(
            help="marketdata publishes, standby can take over, recorder writes the tape as files."
        ),
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
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
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote", help="Permit an address beyond this machine; not encrypted."
        ),
    ] = False,
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
    if host is not None and host not in LOOPBACK and not allow_remote:
        err.print(
            f"[red]error:[/red] {host} is beyond this machine: add --allow-remote if you mean it"
        )
        raise typer.Exit(2)
    with _explained():
        if role == "marketdata":
            uvloop.run(_marketdata(data_dir, host or LOOPBACK[0], port or 0, ready_file))
        elif role == "standby":
            settings = served.read(data_dir)
            settings = msgspec.structs.replace(settings, data_dir=data_dir)
            if host is not None:
                settings = msgspec.structs.replace(settings, host=host)
            standing = StandingBy(settings, spoken(err), automatic=automatic, port=port)
            uvloop.run(standing.run(ready_file))
        else:
            limits = (rows, seconds, with_dbn)
            folder = tape_dir or data_dir / "tape"
            uvloop.run(_recorder(data_dir, folder, limits, host or LOOPBACK[0], port))


async def _recorder(
    directory: Path,
    folder: Path,
    limits: tuple[int, float, bool],
    host: str,
    port: int | None,
) -> None:
    say = spoken(err)
    rows, seconds, with_dbn = limits
    stopped = _stopping()
    log = opening.readable(directory)
    say(f"going on with {folder}")
    recorder = Recorder(log, folder, rows_a_file=rows, seconds_a_file=seconds, with_dbn=with_dbn)
    say(f"its files hold commands 1 to {recorder.files.position.seq}, the log {log.last_seq}")
    health = None
    if port is not None:
        health = HealthServer(recorder.health, host, port)
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


async def _marketdata(directory: Path, host: str, port: int, ready_file: Path | None) -> None:
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

    await marketdata.follow(directory, host, port, stopped, tell)
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
    with _explained():
        state = promotion.promote(data_dir, wait, timeout)
    out.print(
        f"the standby serves from command {state.seq} on: gateway {state.url} "
        f"(WebSocket {state.gateway}), market data {state.marketdata}",
        highlight=False,
        soft_wrap=True,
    )
