"""Orders in many files, anywhere: answered part by part, on any engine, into files like theirs.

Data flows through these files::

    places.py       folders by path or URL: list, read, write at once
    parts.py        what is one piece of work: some row groups of a file, by whole orders
    planning.py     a folder as parts
    reading.py      the nested orders of a part, batch by batch; other_files.py of CSV and such
    results.py      where the tables of a part go; what is complete, and what is stale
    answering.py    a part answered: read, recommend, write, say so
    regrouping.py   hard orders of all parts given out again; half.py what lies between
    repeats.py      no order in two parts
    savings.py      what is saved: sums of each part, added up
    case.py         a result and what it was made from, to check and explain
    run.py          all of it, so that a rerun does only what is missing
"""

from __future__ import annotations
