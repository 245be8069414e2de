"""Backoff, waiting for a line, and ends that are final."""

from __future__ import annotations

import asyncio
import random

import pytest

from clients.connection import Connection, Timing, backoff_s
from clients.errors import AuthenticationError, NotConnected, rpc_error
from clients.rpc import RpcSession
from tests.clients.conftest import run, until
from tests.clients.server import FakeExchange

SEED = 5


def test_pauses_double_up_to_their_cap_and_half_of_each_is_random() -> None:
    timing, jitter = Timing(backoff_first_s=0.1, backoff_most_s=5), random.Random(SEED)
    for attempt, whole in [(1, 0.1), (2, 0.2), (3, 0.4), (7, 5), (500, 5)]:
        pauses = [backoff_s(attempt, timing, jitter) for _ in range(200)]
        assert all(whole / 2 <= pause <= whole for pause in pauses)
        assert max(pauses) - min(pauses) > whole / 3


class Line:
    """A connection and what it reported."""

    def __init__(self, url: str | list[str], timing: Timing) -> None:
        self.states: list[bool] = []
        self.failures: list[Exception] = []
        self.refuse_from_session = 0
        self.sessions = 0
        self.connection = Connection(
            url,
            on_notification=lambda channel, raw: None,
            on_session=self.set_up,
            on_state=lambda up, detail: self.states.append(up),
            on_failure=self.failures.append,
            timing=timing,
        )

    async def set_up(self, session: RpcSession) -> None:
        self.sessions += 1
        if self.refuse_from_session and self.sessions >= self.refuse_from_session:
            raise rpc_error(13004, "invalid_credentials")


def test_a_request_waits_for_the_line_within_its_time(quick: Timing) -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            line = Line(server.url, quick)
            await line.connection.open()
            await server.refuse_connections()
            await until(lambda: line.states[-1] is False)
            with pytest.raises(NotConnected, match=r"no connection within 0\.05 s"):
                await line.connection.request("public/get_time", timeout_s=0.05)
            waiting = asyncio.create_task(line.connection.request("public/get_time"))
            await server.accept_connections()
            assert int(bytes(await waiting)) == server.now_ms
            await line.connection.close()

    run(work)


def test_a_key_that_is_revoked_meanwhile_ends_the_connection_for_good(quick: Timing) -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            line = Line(server.url, quick)
            line.refuse_from_session = 2
            await line.connection.open()
            server.drop_lines()
            await until(lambda: line.failures)
            assert isinstance(line.failures[0], AuthenticationError)
            with pytest.raises(NotConnected, match="13004"):
                await line.connection.request("public/get_time")
            assert line.sessions == 2
            await line.connection.close()

    run(work)


def test_closing_while_it_reconnects_frees_those_who_wait(quick: Timing) -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            line = Line(server.url, quick)
            await line.connection.open()
            await server.refuse_connections()
            await until(lambda: line.states[-1] is False)
            waiting = asyncio.create_task(line.connection.request("public/get_time"))
            await asyncio.sleep(0.02)
            await line.connection.close()
            with pytest.raises(NotConnected, match="closed by its owner"):
                await waiting

    run(work)


def test_of_several_addresses_the_next_is_tried_when_one_ends(quick: Timing) -> None:
    async def work() -> None:
        async with FakeExchange() as one, FakeExchange() as other:
            await one.refuse_connections()
            line = Line([one.url, other.url], quick)
            await line.connection.open()
            assert line.connection.url == other.url
            await one.accept_connections()
            await other.refuse_connections()
            await until(lambda: line.connection.url == one.url and line.states[-1] is True)
            assert int(bytes(await line.connection.request("public/get_time"))) == one.now_ms
            await one.refuse_connections()
            await other.refuse_connections()
            await line.connection.close()
            none = Line([one.url, other.url], quick)
            with pytest.raises(NotConnected, match="does not answer"):
                await none.connection.open()
            with pytest.raises(ValueError, match="needs an address"):
                Line([], quick)

    run(work)
