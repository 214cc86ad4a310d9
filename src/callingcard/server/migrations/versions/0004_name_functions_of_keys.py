"""let a key name the functions that it may call."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table('access_keys') as table:
        table.add_column(sa.Column('functions', sa.JSON(), server_default='[]', nullable=False))
