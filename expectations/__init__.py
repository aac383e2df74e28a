"""What must hold for each table before readers may see it: Great Expectations suites as JSON."""
