"""Signing in and out, and how long a visit lasts: JSON behind a cookie and its CSRF token, for our own pages."""
