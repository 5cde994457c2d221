"""Step 06: the quarterly report."""
