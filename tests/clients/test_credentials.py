"""Keys are read, sign as documented, and stay secret."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clients.credentials import Credentials, load_key, load_keys


def test_signature_is_what_openssl_computes() -> None:
    key = Credentials("id", "top-secret")
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "top-secret"],
        input=b"1576074319000\n1iqt2wls\n",
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert key.signature(1576074319000, "1iqt2wls") == done.stdout.decode().split()[-1]


def test_the_secret_shows_neither_in_text_nor_in_what_is_sent() -> None:
    key = Credentials("id", "top-secret")
    assert "top-secret" not in f"{key} {key!r}"
    assert "top-secret" not in str(key.auth_params(1))


def test_two_logins_at_one_time_have_two_nonces() -> None:
    key = Credentials("id", "s")
    assert key.auth_params(1)["nonce"] != key.auth_params(1)["nonce"]


def test_keys_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"alice": {"client_id": "a", "client_secret": "b"}}')
    assert load_keys(path) == {"alice": Credentials("a", "b")}
    assert load_key(path, "alice") == Credentials("a", "b")
    with pytest.raises(KeyError, match="no account bob; it has alice"):
        load_key(path, "bob")
    path.write_text('{"alice": {"client_id": 1}}')
    with pytest.raises(ValueError, match="is no keys file"):
        load_keys(path)
