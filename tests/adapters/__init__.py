"""Adapters and the egress: no database."""
