"""``make bench``: what the service takes over what it does, a file for each part; the last line is JSON."""
