"""Tests of the readers of registers."""
