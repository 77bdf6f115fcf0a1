"""Noise taken out of what is heard, before anything else hears it. Optional: see ``docs/front_end.md`` for when."""
