"""`cfx serve`: one exchange with its market-data service."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from exchange import processors
from exchange.config import (
    DEFAULT_CALL_S,
    DEFAULT_INSURANCE_USD,
    DEFAULT_MAX_ORDERS,
    DEFAULT_MAX_WAITING,
    DEFAULT_SNAPSHOT_COMMANDS,
    LOOPBACK,
    MAX_CALL_S,
    MAX_DAYS_PER_MINUTE,
    MAX_INSURANCE_USD,
    AccountSetting,
    Indices,
    Settings,
    TradingHours,
    parse_account,
)
from exchange.log.terms import SNAPSHOTS_KEPT, Durability
from exchange.terminal import (
    DEFAULT_DATA_DIR,
    AllowRemote,
    DataDir,
    complain,
    err,
    explained,
    log_option,
    refuse_remote,
    warn,
)


def serve(
    account: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME:USD to open; may be repeated.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8000,
    marketdata_port: Annotated[
        int, typer.Option(min=0, max=65535, help="0 takes a free port.")
    ] = 8001,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    log: Annotated[
        str | None,
        log_option("Keep the log on JetStream too, such as nats://127.0.0.1:4222/venue."),
    ] = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Use a new directory and throw it away at the end.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the index process.")] = 1,
    index_csv: Annotated[
        Path | None, typer.Option(help="Observed prices; a generated series if not given.")
    ] = None,
    time_scale: Annotated[
        float, typer.Option(min=0.01, help="How much faster than real time the index moves.")
    ] = 1.0,
    days_per_minute: Annotated[
        float | None,
        typer.Option(
            min=0.0001,
            max=MAX_DAYS_PER_MINUTE,
            help="Days of the market that pass in a minute; real time if not given.",
        ),
    ] = None,
    indices: Annotated[
        Indices,
        typer.Option(help="Where index prices come from: a seeded walk, or reported observations."),
    ] = "walk",
    contract: Annotated[
        list[Path] | None,
        typer.Option(
            help="TOML file of a family to list beside the shipped ones; may be repeated."
        ),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option(help="A shipped family to list; may be repeated; all if not given."),
    ] = None,
    hours: Annotated[
        TradingHours,
        typer.Option(help="Trade round the clock, or in the hours of the rule books."),
    ] = "always",
    rate_limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="Orders a second that an account may send, twice as many at once."
        ),
    ] = None,
    durability: Annotated[
        Durability,
        typer.Option(
            help="What an acknowledged command survives: fsync the machine's end, os the process's."
        ),
    ] = "fsync",
    max_waiting: Annotated[
        int, typer.Option(min=50, help="Commands that may wait for the log; more are refused.")
    ] = DEFAULT_MAX_WAITING,
    snapshot_commands: Annotated[
        int, typer.Option(min=1, help="Commands between two snapshots.")
    ] = DEFAULT_SNAPSHOT_COMMANDS,
    snapshots_kept: Annotated[
        int, typer.Option(min=1, help="How many snapshots are kept, the newest ones.")
    ] = SNAPSHOTS_KEPT,
    max_orders: Annotated[
        int, typer.Option(min=1, help="Open orders that an account may have; fixed at its opening.")
    ] = DEFAULT_MAX_ORDERS,
    call_seconds: Annotated[
        int,
        typer.Option(
            min=0,
            max=MAX_CALL_S,
            metavar="SECONDS",
            help="Wall seconds that an account of a new exchange has to meet a margin call.",
        ),
    ] = DEFAULT_CALL_S,
    insurance: Annotated[
        int,
        typer.Option(
            min=0,
            max=MAX_INSURANCE_USD,
            help="US dollars that a new exchange's insurance fund begins with.",
        ),
    ] = DEFAULT_INSURANCE_USD,
    cpu: Annotated[
        int | None,
        typer.Option(
            min=0, help="Keep to this processor, with the market-data service on the others."
        ),
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds to run; until Ctrl-C if not given.")
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="Gets the addresses as JSON once everything answers.")
    ] = None,
    allow_remote: AllowRemote = False,
) -> None:
    """Start the exchange and its market-data service; ready when /readyz answers 200."""
    refuse_remote(host, allowed=allow_remote)
    if host not in LOOPBACK:
        warn(
            f"listening on {host}: traffic and keys are not encrypted, "
            "anyone who can reach this address can try to log in"
        )
    if durability == "none":
        complain(
            "--durability none keeps nothing that a client could rely on, so no server runs "
            "with it: take fsync, or os where losing the last moments with the machine is allowed"
        )
        raise typer.Exit(2)
    if log is not None and ephemeral:
        complain("--ephemeral has nothing to keep on another machine: leave out --log")
        raise typer.Exit(2)
    from exchange import serving  # most of the exchange: not for --help or a wrong option

    with explained():
        settings = Settings(
            data_dir=data_dir,
            log=log,
            host=host,
            port=port,
            marketdata_port=marketdata_port,
            accounts=_accounts(account or []),
            seed=seed,
            index_csv=index_csv,
            time_scale=time_scale,
            days_per_minute=days_per_minute,
            indices=indices,
            contracts=tuple(contract or ()),
            families=tuple(family or ()),
            hours=hours,
            rate_limit=rate_limit,
            max_orders=max_orders,
            durability=durability,
            max_waiting=max_waiting,
            snapshot_commands=snapshot_commands,
            snapshots_kept=snapshots_kept,
            insurance_usd=insurance,
            call_s=call_seconds,
        )
        if cpu is not None:
            processors.keep_to(cpu)
        if ephemeral:
            with tempfile.TemporaryDirectory(prefix="cfx-") as directory:
                serving.run(
                    msgspec.structs.replace(settings, data_dir=Path(directory), ephemeral=True),
                    duration,
                    err,
                    ready_file,
                )
        else:
            serving.run(settings, duration, err, ready_file)


def _accounts(texts: list[str]) -> tuple[AccountSetting, ...]:
    accounts = []
    for text in texts:
        try:
            accounts.append(parse_account(text))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--account") from None
    names = [setting.name for setting in accounts]
    for name in names:
        if names.count(name) > 1:
            raise typer.BadParameter(f"{name} is given twice", param_hint="--account")
    return tuple(accounts)
