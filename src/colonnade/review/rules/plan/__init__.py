"""Rules about a change, read as the statements that it runs."""
