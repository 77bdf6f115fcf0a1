"""Revisions of the store's tables, by alembic. They run by themselves when a store is opened."""
