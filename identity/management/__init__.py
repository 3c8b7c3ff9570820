"""What an operator does with the identity store."""
