"""Exact solvers, imported only where they are asked for: they take most of a second to load."""
