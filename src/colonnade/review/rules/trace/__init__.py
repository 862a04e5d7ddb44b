"""Rules about what an application ran."""
