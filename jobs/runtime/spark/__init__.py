"""The Spark session, on Glue and on a local machine, and conversions between Python values and frames."""
