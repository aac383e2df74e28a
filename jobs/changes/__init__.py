"""Change files into the lake: read, applied to the tables as they are, and staged."""
