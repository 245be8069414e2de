"""`cfx migrate` of a log on JetStream: into a new stream, from a copy that holds all of the old one."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.cli import app
from exchange.log import opening
from exchange.log.jetstream import node as nodes
from exchange.log.jetstream.node import Node
from exchange.log.jetstream.records import EpochStart
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from tests.cluster.nats_server import NatsServer
from tests.exchange.log.jetstream.desk import NodeDesk, content, run, stream_of
from tests.golden.make import COMMANDS, HERE

OLD_RULES = 2


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The directory of a primary that an earlier release left."""
    directory = tmp_path / "old"
    directory.mkdir()
    shutil.copy(HERE / f"rules-{OLD_RULES}" / LOG_NAME, directory)
    (directory / "cluster.secret").write_text("secret\n")
    nodes.save(directory, nodes.new("venue").knows(3, "primary"))
    return directory


def begin(server: NatsServer, old: Path, *, missing: int = 0, led_by: str | None = None) -> None:
    """Make the old release's stream as it ends: with the beginning of an epoch behind its last batch."""
    node = nodes.load(old)
    with sqlite3.connect(old / LOG_NAME) as database:
        (checksum,) = database.execute(
            "SELECT checksum FROM batches ORDER BY first_seq DESC LIMIT 1"
        ).fetchone()
    start = EpochStart(
        epoch=3,
        node=led_by or node.node,
        rules_version=OLD_RULES,
        first_seq=COMMANDS + missing + 1,
        checksum=checksum,
        ts_ns=5,
        host="h",
    )

    async def scenario() -> None:
        stream = await stream_of(server)
        await stream.publish([start], 0)
        await stream.close()

    run(scenario())


def cfx(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "300"})
    return done.exit_code, done.output


def test_it_goes_on_in_a_new_stream(old: Path, tmp_path: Path, nats: NatsServer) -> None:
    begin(nats, old)
    new = tmp_path / "new"
    status, text = cfx("migrate", old, new, "--log", nats.address("venue-5"))
    assert status == 0, text
    assert f"cfx serve --data-dir {new} --log" in text
    former, node = nodes.load(old), nodes.load(new)
    assert node == Node(node=node.node, log="venue-5")
    assert node.node != former.node
    assert (new / "cluster.secret").read_text() == "secret\n"

    async def scenario() -> None:
        with pytest.raises(opening.NotAloneError):
            await opening.primary(new, None)
        with pytest.raises(OSError, match="a node of the log venue-5, not of venue"):
            await opening.primary(new, nats.address())
        log = await opening.primary(new, nats.address("venue-5"), "os")
        follower = await NodeDesk(tmp_path / "there", nats, "venue-5").open()
        await follower.copy.catch_up()
        assert follower.log.last_seq == COMMANDS
        assert content(follower.log) == content(CommandLog(new, writable=False))
        await follower.close()
        log.writer.start(lambda news: None)
        await log.writer.stop()
        log.reader.close()

    run(scenario())


def test_what_would_lose_something_is_refused(old: Path, tmp_path: Path, nats: NatsServer) -> None:
    new, where = tmp_path / "new", nats.address("venue-5")
    refusals = [
        (["migrate", old, new], "name the new stream that the log goes on in with --log"),
        (["migrate", old, new, "--log", nats.address("venue")], "keeps its rules for ever"),
        (["migrate", old, new, "--log", where], "there is no stream CFX_venue, which"),
    ]
    for arguments, reason in refusals:
        status, text = cfx(*arguments)
        assert (status, reason in text) == (1, True), text
    begin(nats, old, missing=7)
    status, text = cfx("migrate", old, new, "--log", where)
    assert f"ends at seq {COMMANDS + 7}, and the copy in {old} at {COMMANDS}" in text
    assert status == 1
    assert not new.exists()


def test_another_nodes_copy_and_a_stream_in_use_are_refused(
    old: Path, tmp_path: Path, nats: NatsServer
) -> None:
    begin(nats, old, led_by="another")
    status, text = cfx("migrate", old, tmp_path / "new", "--log", nats.address("venue-5"))
    assert (status, "node another led last (epoch 3)" in text) == (1, True), text

    async def scenario() -> None:
        primary = await (await NodeDesk(tmp_path / "a", nats, "used").open()).lead()
        await primary.close()

    run(scenario())
    status, text = cfx("migrate", old, tmp_path / "new", "--log", nats.address("used"))
    assert (status, "CFX_used holds a log already" in text) == (1, True), text
    assert not (tmp_path / "new").exists()
