"""let one conversation go on in another."""

import sqlalchemy as sa
from alembic import op

import callingcard.backends.database

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table('desk_conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('merged_into', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('merged_at', callingcard.backends.database.Moment(), nullable=True))
        batch_op.add_column(sa.Column('before_merge', sa.JSON(none_as_null=True), nullable=True))
        batch_op.create_index(op.f('ix_desk_conversations_merged_into'), ['merged_into'], unique=False)
