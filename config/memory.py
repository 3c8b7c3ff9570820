"""How much memory a worker's threads hold between them: the C library would keep up to eight pools for each processor.

What is done here only glibc knows; another C library goes on as it does.
"""

import ctypes
import gc

M_ARENA_MAX = -8  # <malloc.h>
POOLS = 2


def share_pools() -> None:
    """Let all threads to come share a few."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, POOLS)


def give_back() -> None:
    """Return to the system what starting took and needs no longer."""
    gc.collect()
    gc.freeze()  # what is there by now stays: no later collection looks through it
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
