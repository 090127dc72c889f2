"""Benchmarks of the job engine, and the soak run, on a database of their own."""
