"""How `cfx promote` and a standby on the same data directory speak: through three files in it.

``standby.lock`` is held by the standby for as long as it stands by. ``standby.json`` is its state,
replaced whenever that changes. ``standby.promote`` asks it to take over, and is removed once it is read.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from exchange.explained import ExplainedError

LOCK_NAME = "standby.lock"
STATE_NAME = "standby.json"
REQUEST_NAME = "standby.promote"
POLL_S = 0.02

Kind = TypeVar("Kind")
Phase = Literal["following", "taking over", "serving", "failed"]


class PromotionError(ExplainedError, RuntimeError):
    """The standby does not take over; the text says why and what to do."""


class StandbyState(msgspec.Struct, frozen=True, kw_only=True):
    """What a standby says of itself.

    request: the promotion that it answers. url, gateway, marketdata: where it serves, once it does.
    """

    phase: Phase
    pid: int
    seq: int
    lag_commands: int
    lag_seconds: float
    request: str = ""
    reason: str = ""
    url: str = ""
    gateway: str = ""
    marketdata: str = ""


class Request(msgspec.Struct, frozen=True):
    """A promotion: its name, and how long the present exchange may take to end."""

    name: str
    wait_s: float


class StandbyLock:
    """Held by the one standby of a directory; given back by ``release`` or the end of the process."""

    def __init__(self, directory: Path) -> None:
        self._descriptor: int | None = os.open(directory / LOCK_NAME, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise PromotionError(
                f"{directory} has a standby already: stop it first, or follow with another role"
            ) from None

    def release(self) -> None:
        """Let another standby begin."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_standing_by(directory: Path) -> bool:
    """Tell whether a process holds the standby's lock of a directory."""
    try:
        StandbyLock(directory).release()
    except PromotionError:
        return True
    return False


def tell(directory: Path, state: StandbyState) -> None:
    """Replace the standby's state."""
    _replace(directory / STATE_NAME, msgspec.json.encode(state))


def state_of(directory: Path) -> StandbyState | None:
    """Return the standby's state, None where there is none."""
    return _read(directory / STATE_NAME, StandbyState)


def take_request(directory: Path) -> Request | None:
    """Return the promotion that is asked for, once."""
    path = directory / REQUEST_NAME
    if not path.exists():
        return None
    request = _read(path, Request)
    path.unlink(missing_ok=True)
    return request


def promote(directory: Path, wait_s: float, bound_s: float) -> StandbyState:
    """Ask the standby of a directory to take over, and return its state once it serves.

    wait_s: how long the exchange that runs there may take to end. bound_s: how long to wait in all.
    Raises PromotionError where there is no standby, or it does not take over.
    """
    if not is_standing_by(directory):
        raise PromotionError(
            f"no standby follows {directory}: start one with "
            f"`cfx follow --role standby --data-dir {directory}`, or the exchange itself with `cfx serve`"
        )
    request = Request(f"{os.getpid()}-{time.time_ns()}", wait_s)
    _replace(directory / REQUEST_NAME, msgspec.json.encode(request))
    ends_s = time.monotonic() + bound_s
    while time.monotonic() < ends_s:
        state = state_of(directory)
        if state is not None and state.request == request.name:
            if state.phase == "serving":
                return state
            if state.phase in ("failed", "following"):
                raise PromotionError(state.reason)
        elif not is_standing_by(directory):
            raise PromotionError("the standby ended before it took over: see its output")
        time.sleep(POLL_S)
    raise PromotionError(f"the standby does not serve within {bound_s:.0f} s: see its output")


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(content)
    partial.replace(path)


def _read(path: Path, kind: type[Kind]) -> Kind | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
