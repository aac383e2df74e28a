"""Reports: tiles, headlines and pages of a board, and exported files."""
