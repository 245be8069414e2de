"""`cfx admin` typed beside a real venue, within one process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
from click.testing import Result
from typer.testing import CliRunner

from exchange.cli import app
from exchange.gateway.keys import Credentials
from tests.exchange.gateway.live import Live

WHY = "a drill"


class Counter:
    """Types commands as olivia, or with another key."""

    def __init__(self, running: Live, folder: Path) -> None:
        self.running = running
        self.folder = folder
        self.scopes = {"write": "operator:read_write", "read": "operator:read"}
        for name, scope in self.scopes.items():
            made = running.keys.create("olivia", (scope,), created_ns=1)
            self.keep(name, made)
        self.keep("alice", running.credentials["alice"])

    def keep(self, name: str, key: Credentials) -> None:
        self.path(name).write_bytes(msgspec.json.encode(key._asdict()))

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    async def type(self, *words: str, key: str = "write", answer: str | None = None) -> Result:
        """What `cfx admin WORDS` printed, and its exit status."""
        where = ["--url", self.running.http_url, "--key", str(self.path(key))]
        return await asyncio.to_thread(
            CliRunner().invoke, app, ["admin", *where, *words], input=answer, env={"COLUMNS": "250"}
        )

    async def did(self, *words: str) -> str:
        """What a command printed that must succeed."""
        result = await self.type(*words)
        assert result.exit_code == 0, result.output
        return result.output

    async def json(self, *words: str) -> Any:
        """The answer of a command as JSON."""
        return json.loads(await self.did("--json", *words))

    async def failed(self, *words: str, key: str = "write", status: int = 1) -> str:
        """What a command printed that must fail; it may change nothing."""
        before = self.running.state()
        result = await self.type(*words, key=key)
        assert result.exit_code == status, result.output
        assert "Traceback" not in result.output
        assert self.running.state()[:3] == before[:3]
        return result.output
