"""The Spark session, on Glue and on an ordinary machine, and frames on both sides of it."""
