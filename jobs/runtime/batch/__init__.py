"""One run: stage, check, publish and record, with the scheduler of a pipeline."""
