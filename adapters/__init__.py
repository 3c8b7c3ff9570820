"""How to talk to other people's systems: no model, no web framework and no task queue comes in here."""
