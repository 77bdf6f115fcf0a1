"""Handing a caller on to a human: offered, agreed to in speech, announced, and not left alone while it rings."""
