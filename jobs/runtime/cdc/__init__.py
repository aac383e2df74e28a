"""Change data capture: apply the change files of a database to tables of the lake."""
