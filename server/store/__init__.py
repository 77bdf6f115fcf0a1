"""What is kept beyond a call: calls, turns, consents and memory, in a database of the operator's own.

Off unless ``store.url`` is set. A caller's words are kept only with their consent, sealed with a key of the operator's.
"""
