"""Incremental rebuilds of marts: which periods to rebuild when the inputs have changed."""
