"""The identity store, tested without the rest."""
