"""Change data capture: order changes, reduce them per key, and derive current rows and history."""
