"""The exchange's commands: serve, keys, admin, replay, verify."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from exchange import audit, processors, serving
from exchange.admin import admin_app
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
    parse_account,
)
from exchange.contracts.cli import app as contracts_app
from exchange.contracts.sessions import TradingHours
from exchange.following import cli as following_cli
from exchange.gateway.keys import KEYS_NAME, KeyStore
from exchange.gateway.scopes import DEFAULT_SCOPES
from exchange.indices.cli import app as index_app
from exchange.log import opening
from exchange.log.port import Durability
from exchange.log.snapshots import SNAPSHOTS_KEPT
from exchange.margin.cli import app as margin_app
from exchange.statements import cli as statement_cli
from exchange.terminal import (
    DEFAULT_DATA_DIR,
    AllowRemote,
    DataDir,
    complain,
    err,
    explained,
    log_option,
    out,
    progress_bar,
    refuse_remote,
    warn,
)
from exchange.upkeep import log_app, migrate

app = typer.Typer(no_args_is_help=True, help="The exchange.")
keys_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys_app, name="keys")
app.add_typer(admin_app, name="admin")
app.add_typer(index_app, name="index")
app.add_typer(margin_app, name="margin")
app.add_typer(contracts_app, name="contracts")
app.add_typer(log_app, name="log")
app.command()(migrate)
app.command()(following_cli.follow)
app.command()(following_cli.promote)


@app.command()
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


@contextmanager
def _key_store(data_dir: Path) -> Iterator[KeyStore]:
    with explained():
        if not opening.is_log(data_dir):
            raise FileNotFoundError(f"{data_dir}: no exchange here; `cfx serve` starts one")
        store = KeyStore(data_dir / KEYS_NAME)
        try:
            yield store
        finally:
            store.close()


@keys_app.command("add")
def keys_add(
    account: Annotated[str, typer.Argument(help="Account of the key.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    scope: Annotated[
        list[str] | None, typer.Option(help="Such as trade:read; may be repeated.")
    ] = None,
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
) -> None:
    """Make a key and show its secret, this once; a running exchange takes it within a second."""
    with _key_store(data_dir) as store:
        made = store.create(account, scope or DEFAULT_SCOPES, label, created_ns=time.time_ns())
    out.print_json(data={"client_id": made.client_id, "client_secret": made.client_secret})


@keys_app.command("list")
def keys_list(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """List the keys, without their secrets."""
    table = Table("client_id", "account", "scopes", "label", "state")
    with _key_store(data_dir) as store:
        for key in store.listing():
            state = "valid" if key.revoked_ns is None else "revoked"
            table.add_row(key.client_id, key.account, " ".join(key.scopes), Text(key.label), state)
    out.print(table)


@keys_app.command("revoke")
def keys_revoke(
    client_id: Annotated[str, typer.Argument(help="As `cfx keys list` shows it.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """End a key for ever; a running exchange closes its sessions within a second."""
    with _key_store(data_dir) as store:
        if not store.revoke(client_id, revoked_ns=time.time_ns()):
            complain(f"no valid key {client_id}: see `cfx keys list`")
            raise typer.Exit(1)
    out.print(f"revoked {client_id}")


@app.command()
def replay(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Rebuild the market from the log's first command and print its digest."""
    with explained(), progress_bar("replaying", audit.last_seq(data_dir)) as bar:
        done = audit.replay(
            data_dir, progress=lambda seq: bar.update(bar.task_ids[0], completed=seq)
        )
    out.print(
        f"commands {done.commands}  trades {done.trades}  digest {done.digest}",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def statement(
    account: Annotated[str, typer.Argument(help="Whose.")],
    day: Annotated[
        str | None, typer.Option(help="A day such as 2026-12-31; the running one if not given.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show how an account's balance changed in a day, posting by posting, from the log alone."""
    with explained():
        for table in statement_cli.tables(statement_cli.chosen(data_dir, account, day)):
            out.print(table)


@app.command()
def verify(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    every: Annotated[
        int, typer.Option(min=1, help="Commands between two checks of the laws.")
    ] = 1_000,
) -> None:
    """Check the log's chain, the laws along its replay, and its snapshots against it."""
    problems = 0
    with explained(), progress_bar("verifying", audit.last_seq(data_dir)) as bar:
        findings = list(
            audit.verify(
                data_dir,
                every=every,
                progress=lambda seq: bar.update(bar.task_ids[0], completed=seq),
            )
        )
    for finding in findings:
        problems += len(finding.problems)
        mark = "[red]no[/red] " if finding.problems else "[green]yes[/green]"
        out.print(f"{mark} {finding.check}", highlight=False, soft_wrap=True)
        for problem in finding.problems[:20]:
            out.print(f"      {problem}", markup=False, highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
