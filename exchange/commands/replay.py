"""`cfx replay`: a log's digest, by every command anew."""

from __future__ import annotations

from exchange.progress import progress_bar
from exchange.terminal import DEFAULT_DATA_DIR, DataDir, explained, out


def replay(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Rebuild the market from the log's first command and print its digest."""
    from exchange import audit  # the kernels: not for --help or a wrong option

    with explained(), progress_bar("replaying", audit.last_seq(data_dir)) as bar:
        done = audit.replay(
            data_dir, progress=lambda seq: bar.update(bar.task_ids[0], completed=seq)
        )
    out.print(
        f"commands {done.commands}  trades {done.trades}  digest {done.digest}",
        highlight=False,
        soft_wrap=True,
    )
