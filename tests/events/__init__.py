"""Tests of the kinds of life event."""
