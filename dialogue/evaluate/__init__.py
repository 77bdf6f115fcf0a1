"""Measuring the mind on simulated talks of our own."""
