"""What runs in the process of its own: nothing here is imported by the rest."""
