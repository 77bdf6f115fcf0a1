"""The REST API: calls, callers and counts for operators, a report for the caller whose it is. docs/api.md tells how."""
