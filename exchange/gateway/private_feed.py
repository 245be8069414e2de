"""Private channels: each applied batch, split by account, to the sessions that listen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from exchange.gateway import envelope
from exchange.gateway.errors import invalid_params
from exchange.gateway.methods import private_channels
from exchange.gateway.methods.private_channels import PrivateChannel
from marketdata.channels import UnknownChannel

if TYPE_CHECKING:
    from exchange.gateway.session import Session
    from exchange.venue import Venue


class PrivateFeed:
    """Who listens to which private channel; a message is rendered and encoded once an account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._listeners: dict[int, dict[PrivateChannel, dict[Session, None]]] = {}
        venue.subscribe_private(self._on_batch)

    def parse(self, names: Sequence[str]) -> list[PrivateChannel]:
        """Return the channels of names, without doubles; raises RpcError -32602 on an unknown one."""
        try:
            return [private_channels.parse(name, self._venue) for name in dict.fromkeys(names)]
        except UnknownChannel as unknown:
            raise invalid_params("channels", str(unknown)) from unknown

    def subscribe(self, session: Session, account: int, channels: Iterable[PrivateChannel]) -> None:
        """Add a listener."""
        mine = self._listeners.setdefault(account, {})
        for channel in channels:
            mine.setdefault(channel, {})[session] = None

    def push_state(
        self, session: Session, account: int, channels: Iterable[PrivateChannel]
    ) -> None:
        """Send the present state of channels that the session still listens to."""
        mine = self._listeners.get(account, {})
        for channel in channels:
            if session not in mine.get(channel, ()):
                continue
            for content in private_channels.snapshot(channel, account, self._venue):
                session.send(envelope.notification(channel.name, content))

    def unsubscribe(
        self, session: Session, account: int, channels: Iterable[PrivateChannel]
    ) -> None:
        """Remove a listener from channels; those that it has not are ignored."""
        mine = self._listeners.get(account, {})
        for channel in channels:
            sessions = mine.get(channel, {})
            sessions.pop(session, None)
            if not sessions:
                mine.pop(channel, None)
        if not mine:
            self._listeners.pop(account, None)

    def _on_batch(self, rows: list[list[int]], texts: dict[int, str]) -> None:
        if not self._listeners:
            return
        by_account = private_channels.by_account(rows)
        everyone = by_account.pop(private_channels.EVERYONE, [])
        # Marks concern all who listen, so then nobody may be passed over.
        accounts = self._listeners if everyone else self._listeners.keys() & by_account.keys()
        for account in sorted(accounts):
            own = by_account.get(account, [])
            for channel, sessions in self._listeners[account].items():
                for content in private_channels.render(
                    channel, account, [*own, *everyone], self._venue
                ):
                    payload = envelope.notification(channel.name, content)
                    for session in sessions:
                        session.send(payload)
