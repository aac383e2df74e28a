"""One run: stage, check, publish, record; and the scheduler of a pipeline."""
