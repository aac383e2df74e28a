"""The ledger: what every run read, kept, rejected and published, in ops.runs and ops.files."""
