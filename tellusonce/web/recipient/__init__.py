"""The pages of a recipient's officer: what they are told, and what they say they did."""
