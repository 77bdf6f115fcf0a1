"""Hosts it: the only room that builds and connects things."""
