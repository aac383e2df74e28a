"""Changes of a source applied: put in order, reduced to what counts, as current rows and as history. Pure, like all transforms."""
