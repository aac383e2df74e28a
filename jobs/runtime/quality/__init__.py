"""Expectation suites on staged rows, and the gate that decides what may be published."""
