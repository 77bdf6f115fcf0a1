"""Risk screens and what replaces free generation when somebody is at risk."""
