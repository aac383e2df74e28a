"""Which periods of a mart are rebuilt when its inputs have changed."""
