"""A model of the engine: two workers whose steps come in any order, beside a plain twin of what should be so."""
