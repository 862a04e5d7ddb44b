"""Rules about the review itself, read from the record of its run."""
