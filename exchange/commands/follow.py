"""`cfx follow`: a process that follows a log, in one of three roles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from exchange.config import LOOPBACK, ROWS_A_FILE, SECONDS_A_FILE
from exchange.following.promotion import PromotionError
from exchange.terminal import (
    DEFAULT_DATA_DIR,
    AllowRemote,
    FollowedDir,
    err,
    explained,
    log_option,
    refuse_remote,
    spoken,
)

Role = Literal["marketdata", "standby", "recorder"]


def follow(
    role: Annotated[
        Role,
        typer.Option(
            help="marketdata publishes, standby can take over, recorder writes the tape as files."
        ),
    ],
    data_dir: FollowedDir = DEFAULT_DATA_DIR,
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
    say = spoken(err)
    # Each role is imported alone: they share little beside the core, and --help needs none of them.
    with explained():
        if role == "marketdata":
            from exchange.following import marketdata_role

            marketdata_role.run(data_dir, log, host or LOOPBACK[0], port or 0, ready_file, say)
        elif role == "standby":
            if log is not None and automatic:
                raise PromotionError(
                    "--automatic is for one machine, where the exchange's end is certain; with --log it is an "
                    "operator who decides that the primary is gone: `cfx promote`"
                )
            from exchange.following import standby_role

            changes = {"host": host, "port": gateway_port, "marketdata_port": marketdata_port}
            given = {name: value for name, value in changes.items() if value is not None}
            standby_role.run(
                data_dir, log, given, say, automatic=automatic, port=port, ready_file=ready_file
            )
        else:
            from exchange.following import recorder_role

            limits = recorder_role.Limits(rows, seconds, with_dbn)
            folder = tape_dir or data_dir / "tape"
            recorder_role.run(data_dir, log, folder, limits, host or LOOPBACK[0], port, say)
