"""The machinery that runs declared jobs: the only code that knows where it is running."""
