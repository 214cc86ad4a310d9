"""keep sites that were set up in the app."""

import sqlalchemy as sa
from alembic import op

import callingcard.backends.database

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table('server_sites',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('document', sa.LargeBinary(), nullable=False),
    sa.Column('changed_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('changed_by', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_server_sites'))
    )
    op.create_table('server_generations',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_server_generations'))
    )
