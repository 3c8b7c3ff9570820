"""Who is owed what and how far it has got; the only package that writes a delivery's state.

``owing`` writes the duties, ``lanes`` and ``claims`` hand them to one worker at a time, ``settling`` writes down what
became of them, ``retries`` says when next, ``mailboxes`` what a recipient's breaker and rate allow, ``hints`` and
``sweeps`` wake the workers. Nothing here talks to a recipient; ``tellusonce.drains`` does.
"""
