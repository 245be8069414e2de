"""The recorder as a process says how far its files are, and closes them when it is stopped."""

from __future__ import annotations

from pathlib import Path

from exchange.following import recorder_role
from exchange.following.recorder_role import Limits
from exchange.following.tape_files import TapeFiles
from exchange.log.store import CommandLog
from tests.exchange import traffic
from tests.exchange.following.stopped import stopping_at


def test_it_is_ready_on_its_port_and_ends_with_whole_files(tmp_path: Path) -> None:
    log = CommandLog(tmp_path, writable=True)
    for batch in traffic.batches(4, 120):
        log.append(batch)
    folder, told = tmp_path / "tape", list[str]()
    recorder_role.run(
        tmp_path,
        None,
        folder,
        Limits(rows=10, seconds=3_600.0, with_dbn=False),
        "127.0.0.1",
        0,
        stopping_at("how it is: http://127.0.0.1:", told),
    )
    assert told[1] == f"its files hold commands 1 to 0, the log {log.last_seq}"
    assert told[-1] == f"stopped; its files hold commands 1 to {TapeFiles(folder).position.seq}"
    log.close()
