"""What every run read, kept, refused and published: ops.runs and ops.files."""
