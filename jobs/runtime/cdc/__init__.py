"""Change files of a database into the tables that follow it."""
