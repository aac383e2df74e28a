"""Boards: what people open first. A folder is a board, an SQL file in it a tile."""
