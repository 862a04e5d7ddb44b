"""Rules about a schema, read from the catalog."""
