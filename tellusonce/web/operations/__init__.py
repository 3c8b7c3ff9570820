"""The pages of operators, and of auditors who look at the same and touch nothing."""
