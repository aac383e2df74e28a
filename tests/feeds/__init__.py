"""Change feeds for tests: the decoded log of a real database as files of DMS or Debezium, and what they carry."""
