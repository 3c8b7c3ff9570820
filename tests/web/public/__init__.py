"""Tests of what is open to anybody."""
