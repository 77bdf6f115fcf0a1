"""Adapters of ours for the embedded language model, made by `warmline train llm`."""
