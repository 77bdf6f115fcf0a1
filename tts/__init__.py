"""Says it: reply segments in; spoken chunks out."""
