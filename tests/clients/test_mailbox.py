"""The queue keeps order, keeps private messages, and says when it cannot."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import messages as m
from clients.errors import NotConnected, SlowConsumer
from clients.mailbox import Mailbox


def public(number: int) -> m.IndexPrice:
    return m.IndexPrice("i", number, 1)


def private(number: int) -> m.Rejection:
    return m.Rejection("submit", str(number), "X", 1, "")


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 8))
def test_order_is_kept_and_only_the_oldest_public_are_dropped(
    kinds: list[bool], limit: int
) -> None:
    box = Mailbox(limit)
    expected: list[m.Message] = []
    for number, is_private in enumerate(kinds):
        if is_private and sum(isinstance(e, m.Rejection) for e in expected) >= limit:
            break
        if is_private:
            box.put_private(private(number))
            expected.append(private(number))
        else:
            box.put_public(public(number))
            expected.append(public(number))
        if len(expected) > limit:
            oldest = next((e for e in expected if isinstance(e, m.IndexPrice)), None)
            if oldest is not None:
                expected.remove(oldest)
    taken = []
    while (message := box.take()) is not None:
        taken.append(message)
    assert taken == expected


def test_too_many_private_messages_end_it_with_an_error_after_the_last() -> None:
    async def work() -> list[m.Message]:
        box = Mailbox(3)
        for number in range(5):
            box.put_private(private(number))
        taken = [await box.get() for _ in range(3)]
        with pytest.raises(SlowConsumer, match="3 private"):
            await box.get()
        return [message for message in taken if message is not None]

    assert asyncio.run(work()) == [private(0), private(1), private(2)]


def test_get_waits_and_ends() -> None:
    async def work() -> None:
        box = Mailbox(3)
        waiting = asyncio.create_task(box.get())
        await asyncio.sleep(0)
        box.put_public(public(1))
        assert await waiting == public(1)
        box.put_public(public(2))
        box.close()
        assert await box.get() == public(2)
        assert await box.get() is None

    asyncio.run(work())


def test_wait_returns_after_its_time_or_raises_when_closed() -> None:
    async def work() -> None:
        box = Mailbox(3)
        await box.wait(0.001)
        box.put_public(public(1))
        await box.wait(1_000)
        box.take()
        box.close()
        with pytest.raises(NotConnected):
            await box.wait(1)

    asyncio.run(work())
