"""Benchmarks: they measure and tell, and assert nothing."""
