"""Readers of what registers publish: their XML in, plain data out."""
