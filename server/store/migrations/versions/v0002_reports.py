"""The caller's link to their report, who read a call's words, and consents found by call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("link", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_calls_link", "calls", ["link"])
    op.create_index("ix_consents_call", "consents", ["call"])
    op.create_table(
        "accesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("who", sa.String(32), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accesses"),
    )
    op.create_index("ix_accesses_call", "accesses", ["call"])


def downgrade() -> None:
    op.drop_table("accesses")
    op.drop_index("ix_consents_call", "consents")
    op.drop_index("ix_calls_link", "calls")
    op.drop_column("calls", "link")
