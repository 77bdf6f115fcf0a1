"""A Ray cluster on one machine, to measure what a cluster adds and what it survives: nodes, callers, kills."""
