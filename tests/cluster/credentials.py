"""An operator, an account with JetStream and its user, as nats-server's decentralised logins want them.

JWTs of version 2, signed with ed25519 (https://docs.nats.io/running-a-nats-service/nats_admin/security/jwt).
"""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import nkeys

UNLIMITED: dict[str, Any] = dict.fromkeys(
    ("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1
)
STORED: dict[str, Any] = dict.fromkeys(
    ("mem_storage", "disk_storage", "streams", "consumer", "max_ack_pending"), -1
)


class Identity:
    """A key pair; ``sign`` makes the JWT of another one, or its own."""

    def __init__(self, prefix: int) -> None:
        self.seed = nkeys.encode_seed(os.urandom(32), prefix)
        self._pair = nkeys.from_seed(bytearray(self.seed))
        self.name = self._pair.public_key.decode()

    def sign(self, subject: Identity, label: str, nats: dict[str, Any]) -> str:
        claims = {
            "jti": base64.b32encode(os.urandom(16)).decode().rstrip("="),
            "iat": int(time.time()),
            "iss": self.name,
            "name": label,
            "sub": subject.name,
            "nats": {"version": 2, **nats},
        }
        signed = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(claims)}"
        return f"{signed}.{_text(self._pair.sign(signed.encode()))}"


def issue(directory: Path) -> tuple[Path, Path, str]:
    """Return a server's configuration, a user's credentials file, and the user's seed."""
    operator = Identity(nkeys.PREFIX_BYTE_OPERATOR)
    account, user = Identity(nkeys.PREFIX_BYTE_ACCOUNT), Identity(nkeys.PREFIX_BYTE_USER)
    system = Identity(nkeys.PREFIX_BYTE_ACCOUNT)
    limits = {"limits": {**UNLIMITED, **STORED, "wildcards": True}}
    system_jwt = operator.sign(system, "system", {"type": "account", "limits": UNLIMITED})
    operator_jwt = operator.sign(
        operator, "operator", {"type": "operator", "system_account": system.name}
    )
    account_jwt = operator.sign(account, "venue", {"type": "account", **limits})
    user_limits = {"subs": -1, "data": -1, "payload": -1}
    user_jwt = account.sign(user, "node", {"type": "user", **user_limits})
    directory.mkdir(parents=True, exist_ok=True)
    configuration, creds = directory / "server.conf", directory / "node.creds"
    configuration.write_text(
        f"operator: {operator_jwt}\n"
        f"system_account: {system.name}\n"
        "resolver: MEMORY\n"
        f"resolver_preload: {{ {account.name}: {account_jwt}, {system.name}: {system_jwt} }}\n"
    )
    seed = user.seed.decode()
    creds.write_text(
        f"-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
    return configuration, creds, seed


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
