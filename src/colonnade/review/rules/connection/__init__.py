"""Rules about how a database is reached, and as whom."""
