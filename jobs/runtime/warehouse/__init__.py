"""Load exported tables into Amazon Redshift."""
