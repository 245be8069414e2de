"""What servers' errors mean for whoever asked: ask again, look again, or be refused."""

from __future__ import annotations

from nats.errors import Error as NatsError
from nats.js.errors import APIError, ServiceUnavailableError

from exchange.log.jetstream.address import LogServerError

ANSWER_S = 2.0
"""After which a server that was asked counts as silent."""

SERVERS_FAULT = 500
"""Codes from here on are of servers that could not, such as those that are electing a leader."""
IN_PROCESS = 409
"""Code of a publish whose former copy the servers have not decided on yet."""
NO_ROOM = {10023, 10047}
"""Error codes of servers without resources or storage, found before anything is stored."""
STORE_FAILED = 10077
"""Error code of a message that its stream did not store: a limit that all copies keep, or one server's disk."""
LIMITS = ("maximum messages exceeded", "maximum bytes exceeded", "message size exceeds")
"""What STORE_FAILED says where it was a limit."""
END_MOVED = {10070, 10071, 10164}
"""Error codes of a publish that does not find the message, or the sequence number, that it goes behind."""


class UnansweredError(LogServerError):
    """A server did not answer: what it was asked to do may be done or not, or be done later."""


class StaleError(UnansweredError):
    """A server shows less than what is known to be there: it, or another one, will show it later."""


class EndMovedError(RuntimeError):
    """The stream does not end where the writer expected."""


class NotTakenError(LogServerError):
    """The servers say that they did not take a message, and none of its copies is on its way.

    behind: how many of those that were sent with it they acknowledged before it.
    """

    def __init__(self, text: str, behind: int = 0) -> None:
        super().__init__(text)
        self.behind = behind


def of_publish(error: BaseException, where: object) -> Exception:
    """Return what became of a message whose publishing failed; where: shown in the text."""
    text = f"{where}: {explain(error)}"
    if not isinstance(error, APIError):
        return UnansweredError(text)
    if error.err_code in END_MOVED:
        return EndMovedError(text)
    if error.err_code in NO_ROOM:
        return NotTakenError(text)
    if error.err_code == STORE_FAILED:
        if any(limit in text for limit in LIMITS):
            return NotTakenError(text)
        # One server's disk failed: the others may have stored it.
        return UnansweredError(text)
    if error.code is None or error.code == IN_PROCESS or error.code >= SERVERS_FAULT:
        return UnansweredError(text)
    return NotTakenError(text)


def explain(error: BaseException) -> str:
    """Say in words what the NATS client raised."""
    if isinstance(error, ServiceUnavailableError):
        return error.description or "JetStream is not there at the moment"
    if isinstance(error, APIError):
        return error.description or str(error)
    if isinstance(error, TimeoutError):
        return f"no answer within {ANSWER_S:.0f} s"
    return str(error).removeprefix("nats: ") or type(error).__name__


ASKING = (NatsError, TimeoutError)
"""What the client raises where an answer fails or does not come."""
