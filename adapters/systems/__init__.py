"""Adapters for one product each, found by file: see docs/adding-an-adapter.md."""
