"""The whole service as real processes, under load and with faults between its parts; what is owed, and what came of it.

The fault suite, the soak and the benchmark are built on this. Everything is on loopback and in a directory of its own.
"""
