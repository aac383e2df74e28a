"""Boards of the report. Each folder is a board, each SQL file in it a tile."""
