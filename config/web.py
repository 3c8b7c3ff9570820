"""How gunicorn serves: ``gunicorn -c python:config.web config.wsgi``. Where to, by ``--bind``."""

import ctypes
import os
import signal
import sys
from typing import Any

from prometheus_client import multiprocess

from config import logs

PR_SET_PDEATHSIG = 1  # prctl(2)
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 30
graceful_timeout = 30
keepalive = 5
# Nobody speaks to it but by signals.
control_socket_disable = True
# A heartbeat file on a disk can stall a process; memory cannot.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
logconfig_dict = logs.settings(os.environ.get("LOG_LEVEL", "INFO").upper())


def post_fork(_server: Any, worker: Any) -> None:
    """Let no process outlive the first one of them: it would go on holding the port for half a minute.

    The kernel sees to it where it can; elsewhere gunicorn's processes look for themselves, and then take their time.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != worker.ppid:
            # It went before we could ask.
            os.kill(os.getpid(), signal.SIGKILL)


def child_exit(_server: Any, worker: Any) -> None:
    """Take a process that has gone out of the gauges that only count those alive."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it ships half of its types
