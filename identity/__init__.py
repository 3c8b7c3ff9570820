"""Who people are, what they agreed to, and who did and saw what."""
