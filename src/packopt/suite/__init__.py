"""Which boxes to stock: the best K package types for an order history.

>>> from packopt.suite import Wanted, suite
>>> found = suite(orders, Wanted(sizes=18), today=catalogue)
>>> found.types, found.curve, found.savings                                   # tables, a replay
>>> found.write("suite/")                              # suite/catalogue.csv is a catalogue

Data flows through these files::

    settings.py         what can be made, and what set is asked for
    holdout.py          which orders to fit to, and which to judge by
    history.py          orders as contents; rows.py those that the same boxes hold
    frontiers.py        the smallest boxes that hold a content (Numba); fitting.py asks for all
    kinds.py            limits of mailers and adjustable cartons
    offering.py         today's types and new ones of other kinds; holding.py what they hold
    gathering.py        all of a history as rows that something holds
    pool.py             rows and candidates
    boxes.py            the grid of boxes, and what each costs
    candidates.py       frontiers thinned; pricing.py what that may cost (Numba)
    problem.py          the choice among them; swapping.py rates changes (Numba)
    choosing.py         the best set; bounds.py how good any could be
    designing.py        all of these in turn
    learning.py         fits that packing the set finds; settling.py chooses again with them
    sensitivity.py      with more types, fewer, others; with another history
    telling.py          tables -> tables.py, result.py, catalogue_file.py
    running.py          all of it; warming.py compiles it ahead
"""

from __future__ import annotations

from packopt.suite.result import Suite
from packopt.suite.running import suite
from packopt.suite.settings import Machine, Wanted

__all__ = ["Machine", "Suite", "Wanted", "suite"]
