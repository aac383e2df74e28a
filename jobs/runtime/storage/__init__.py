"""Folders and buckets: paths, listing, and what is kept on this machine."""
