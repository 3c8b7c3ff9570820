"""What a worker's threads hold of memory: by default the C library keeps up to eight pools for each processor apart.

Of glibc alone; another C library goes on as it does.
"""

import ctypes
import gc

M_ARENA_MAX = -8  # <malloc.h>
POOLS = 2


def share() -> None:
    """Let all threads to come share a few pools, and give back what starting took."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, POOLS)
    gc.collect()
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
