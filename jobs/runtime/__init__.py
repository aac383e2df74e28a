"""The only code that knows where a job runs and that acts on Spark."""
