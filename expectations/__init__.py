"""Great Expectations suites: the checks that each table must pass before it is published."""
