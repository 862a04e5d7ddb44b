"""Migrations as values: the statements that they run, what each says and what it really did."""
