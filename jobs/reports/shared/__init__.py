"""What every board shows: whether the data was good, and what the runs did."""
