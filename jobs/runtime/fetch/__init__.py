"""Read posts from HTTP APIs, page by page, into folders of raw files."""
