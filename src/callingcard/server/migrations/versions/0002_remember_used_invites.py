"""remember used invites."""

import sqlalchemy as sa
from alembic import op

import callingcard.backends.database

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table('identity_spent_invites',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('attempt', sa.String(length=64), nullable=False),
    sa.Column('until', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_identity_spent_invites')),
    sa.UniqueConstraint('attempt', name=op.f('uq_identity_spent_invites_attempt'))
    )
    with op.batch_alter_table('identity_spent_invites', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_spent_invites_until'), ['until'], unique=False)
