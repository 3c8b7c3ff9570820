"""From end to end, with real processes: the demonstration watched, hurt and mutilated."""
