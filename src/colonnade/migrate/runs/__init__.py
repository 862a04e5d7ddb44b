"""Runs of migrations on a database that matters: the lock, the record, and what is told of them."""
