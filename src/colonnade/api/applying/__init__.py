"""How a history is taken on, or back, on a database that matters: what is asked before, and what is recorded."""
