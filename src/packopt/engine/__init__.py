"""The same `recommend()` on engines that exist: threads, Ray Data, Spark. None is built here.

Data flows through these files::

    nesting.py          order lines nested into orders, so that no batch can cut one in two
    recommender.py      the one function: nested orders in, nested answers out
    answers.py          the schema of nested answers; and back to the tables of a result
    engines.py          threads, Ray and Spark as one thing: a function over tables
    ray_data.py         Ray Data
    spark.py            Spark
    whole_files.py      orders of one machine, answered on an engine
"""

from __future__ import annotations
