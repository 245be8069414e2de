"""Keys: shown once, kept privately, seen by other processes."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.gateway.keys import (
    MAX_KEYS_PER_ACCOUNT,
    Credentials,
    KeyRefusedError,
    KeyStore,
    drawn_credentials,
    read_keys_json,
    write_keys_json,
)

OTHER_PROCESS = """
import sys
from pathlib import Path
from exchange.gateway.keys import KeyStore
store = KeyStore(Path(sys.argv[1]))
if sys.argv[2] == "add":
    print(store.create(sys.argv[3], ("trade:read",), created_ns=2).client_id)
else:
    print(store.revoke(sys.argv[3], revoked_ns=3))
"""


def elsewhere(path: Path, *words: str) -> str:
    command = [sys.executable, "-c", OTHER_PROCESS, str(path), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exchange" / "keys.db"


def test_a_key_is_found_with_its_scopes_and_kept_over_a_restart(path: Path) -> None:
    store = KeyStore(path)
    made = store.create("alice", ("trade:read", "account:read"), "bot", created_ns=7)
    store.close()
    key = KeyStore(path).find(made.client_id)
    assert key is not None
    assert (key.client_secret, key.account, key.label) == (made.client_secret, "alice", "bot")
    assert (key.scopes, key.created_ns) == (("account:read", "trade:read"), 7)


def test_no_id_looks_like_an_option_of_a_command() -> None:
    drawn = [drawn_credentials() for _ in range(500)]
    assert len({credentials.client_id for credentials in drawn}) == len(drawn)
    assert all(credentials.client_id.isalnum() for credentials in drawn)


def test_secrets_are_shown_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = KeyStore(path)
    made = store.create("alice", created_ns=1)
    shown = [repr(store.find(made.client_id)), str(store.keys()), repr(store.listing())]
    assert all(made.client_id in text for text in shown)
    assert all(made.client_secret not in text for text in [*shown, caplog.text])
    assert len(made.client_secret) >= 40


def test_the_file_is_for_its_owner_only(path: Path) -> None:
    store = KeyStore(path)
    store.create("alice", created_ns=1)
    assert [stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()] == [0o600]


def test_a_revoked_key_is_gone_and_its_secret_erased(path: Path) -> None:
    store = KeyStore(path)
    made = store.create("alice", created_ns=1)
    kept = store.create("bob", created_ns=1)
    assert store.revoke(made.client_id, revoked_ns=5)
    assert not store.revoke(made.client_id, revoked_ns=6)
    assert not store.revoke("nobody", revoked_ns=6)
    assert store.find(made.client_id) is None
    assert [(k.client_id, k.revoked_ns) for k in store.listing()] == [
        (made.client_id, 5),
        (kept.client_id, None),
    ]
    store.close()
    content = path.read_bytes()
    assert made.client_secret.encode() not in content
    assert kept.client_secret.encode() in content


def test_what_another_process_does_is_seen(path: Path) -> None:
    store = KeyStore(path)
    mine = store.create("alice", created_ns=1)
    assert store.refresh() == frozenset()
    added = elsewhere(path, "add", "bob")
    assert store.find(added) is None
    assert store.refresh() == frozenset()
    found = store.find(added)
    assert found is not None
    assert found.scopes == ("trade:read",)
    assert elsewhere(path, "revoke", mine.client_id) == "True"
    assert store.refresh() == {mine.client_id}
    assert store.refresh() == frozenset()
    assert store.find(mine.client_id) is None


@pytest.mark.parametrize(
    ("account", "scopes", "label"),
    [
        ("", ("trade:read",), ""),
        ("a" * 65, ("trade:read",), ""),
        ("alice\n", ("trade:read",), ""),
        ("alice", ("fly:read",), ""),
        ("alice", ("trade:read",), "x" * 65),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    path: Path, account: str, scopes: tuple[str, ...], label: str
) -> None:
    store = KeyStore(path)
    with pytest.raises(KeyRefusedError):
        store.create(account, scopes, label, created_ns=1)
    assert store.listing() == []


def test_an_account_has_a_bounded_number_of_keys(path: Path) -> None:
    store = KeyStore(path)
    made = [store.create("alice", created_ns=n) for n in range(MAX_KEYS_PER_ACCOUNT)]
    with pytest.raises(KeyRefusedError, match=str(MAX_KEYS_PER_ACCOUNT)):
        store.create("alice", created_ns=1_000)
    store.create("bob", created_ns=1_000)
    store.revoke(made[0].client_id, revoked_ns=1_001)
    store.create("alice", created_ns=1_002)


def test_keys_json_is_private_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_keys_json(path, {"alice": Credentials("old", "x")})
    written = {"alice": Credentials("i", "s"), "bob": Credentials("j", "t")}
    write_keys_json(path, written)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {
        "alice": {"client_id": "i", "client_secret": "s"},
        "bob": {"client_id": "j", "client_secret": "t"},
    }
    assert read_keys_json(path) == written
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]
    path.write_text('{"alice":{"client_id":"i"}}')
    with pytest.raises(ValueError, match="client_secret"):
        read_keys_json(path)


def test_stores_are_merged_and_a_revoked_key_stays_revoked(tmp_path: Path) -> None:
    one, other = KeyStore(tmp_path / "one.db"), KeyStore(tmp_path / "other.db")
    made = one.create("alice", label="kept", created_ns=1)
    gone = one.create("alice", created_ns=2)
    other.merge(one.rows())
    assert other.rows() == one.rows()
    assert other.find(made.client_id) == one.find(made.client_id)
    early = one.rows()
    assert one.revoke(gone.client_id, revoked_ns=3)
    other.merge(one.rows())
    assert other.find(gone.client_id) is None
    other.merge(early)
    assert other.rows() == one.rows()
    assert gone.client_secret not in repr(early)
