"""How each table is derived: pure functions of DataFrames. No session, no action, no clock, no randomness."""
