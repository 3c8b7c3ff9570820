"""Child processes that do not outlive the one that started them, however that one ends."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def follow(parent: int, farewell: signal.Signals) -> Callable[[], None]:
    """Make what a child does before its own program: ask the kernel for `farewell` when its parent has gone."""

    def ask() -> None:
        if LIBC is None:
            return
        LIBC.prctl(PR_SET_PDEATHSIG, farewell)
        if os.getppid() != parent:
            # It went before we could ask.
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    farewell: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, its output added to `log`.

    It is told `farewell` when the thread that called this ends, so call it from one that lasts. That is to kill it,
    unless it is worth a wait: nobody is left to see whether it ends. As another `user` (root only) it has none of our
    groups and begins in the root directory.
    """
    account = pwd.getpwnam(user) if user else None
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd="/" if account else None,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,
            preexec_fn=follow(os.getpid(), farewell),  # noqa: PLW1509  it calls prctl, kept ready, and getppid alone
        )


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM, within_seconds: float = 10) -> None:
    """Ask a process to end, and end its whole group if it has not done so in time; safe to repeat."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its whole group at once."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
