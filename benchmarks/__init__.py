"""Benchmarks: packopt beside its peers, on the same orders, in one run."""
