"""Pages that are open to anybody: the start, signing in, and what is published."""
