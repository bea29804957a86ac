"""Freight in the objective `cost`: what the carriage of parcels adds to their cost.

::

    costs.py    what each package costs an order with its freight, before anything is packed
    job.py      answers to a batch of orders: in one package, and in several parcels
    tables.py   result tables as arrays, with what the parcels really cost
    choice.py   the better of the two answers, and the tables of the result
"""
