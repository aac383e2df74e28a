"""How each table is run: declarations, and the runtime that acts on them."""
