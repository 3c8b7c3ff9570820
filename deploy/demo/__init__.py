"""The demonstration: a fictional county is told of a death once, and followed until everyone has confirmed."""
