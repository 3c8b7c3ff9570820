"""The faults that the service has to survive, F1 to F38, each played with real processes and then reckoned up."""
