"""Local folders and object stores: paths, listing, and the cache folder of this machine."""
