"""Work on a lake as it is: compaction, erasure, restore, replay."""
