"""What of a table made of tables is made anew."""
