"""A steady load with random faults, for minutes or for a count of deliveries; see `__main__`."""
