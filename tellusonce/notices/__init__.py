"""News for people: each notice is a duty in a table, tried until it is taken, under one id for all its tries.

``owing`` writes the duties, ``words`` says them, ``sending`` claims and sends, ``sweeps`` finds what was forgotten,
``channels`` chooses between ``smtp``, ``notify`` and ``console``; ``occasions`` knows what is news.
"""
