"""make room for functions, and for what the desk tells them."""

import sqlalchemy as sa
from alembic import op

import callingcard.backends.database

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table('desk_events',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('line', sa.String(length=64), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_events'))
    )
    op.create_table('functions_alert_channels',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('sealed_url', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_functions_alert_channels'))
    )
    op.create_table('functions_alert_deliveries',
    sa.Column('id', sa.String(length=120), nullable=False),
    sa.Column('channel', sa.String(length=64), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('problem', sa.String(length=300), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('digest', sa.Boolean(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('about_channel', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_functions_alert_deliveries'))
    )
    with op.batch_alter_table('functions_alert_deliveries', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_functions_alert_deliveries_at'), ['at'], unique=False)
        batch_op.create_index('ix_functions_alert_deliveries_channel_at', ['channel', 'at'], unique=False)

    op.create_table('functions_alert_groups',
    sa.Column('fingerprint', sa.String(length=100), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('title', sa.String(length=500), nullable=False),
    sa.Column('first_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('last_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('streak', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('muted_until', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('last_run', sa.String(length=64), nullable=True),
    sa.Column('last_version', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_functions_alert_groups'))
    )
    with op.batch_alter_table('functions_alert_groups', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_functions_alert_groups_last_at'), ['last_at'], unique=False)
        batch_op.create_index(op.f('ix_functions_alert_groups_subject'), ['subject'], unique=False)

    op.create_table('functions_connector_claims',
    sa.Column('name', sa.String(length=63), nullable=False),
    sa.Column('holder', sa.String(length=64), nullable=False),
    sa.Column('until', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_functions_connector_claims'))
    )
    op.create_table('functions_connectors',
    sa.Column('name', sa.String(length=63), nullable=False),
    sa.Column('definition', sa.JSON(), nullable=False),
    sa.Column('document', sa.Text(), nullable=True),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('changed_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('changed_by', sa.String(length=100), nullable=False),
    sa.Column('last_check', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('drift', sa.JSON(none_as_null=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_functions_connectors'))
    )
    op.create_table('functions_data_keys',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_functions_data_keys'))
    )
    op.create_table('functions_drafts',
    sa.Column('name', sa.String(length=63), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('saved_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_functions_drafts'))
    )
    op.create_table('functions_functions',
    sa.Column('name', sa.String(length=63), nullable=False),
    sa.Column('current_id', sa.String(length=64), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_functions_functions'))
    )
    op.create_table('functions_jobs',
    sa.Column('id', sa.String(length=300), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('line', sa.String(length=200), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('added_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('due_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('lent_until', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('ended_at', callingcard.backends.database.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_functions_jobs'))
    )
    with op.batch_alter_table('functions_jobs', schema=None) as batch_op:
        batch_op.create_index('ix_functions_jobs_ended_at_due_at', ['ended_at', 'due_at'], unique=False)
        batch_op.create_index('ix_functions_jobs_line', ['line'], unique=False)

    op.create_table('functions_last_answers',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('question', sa.String(length=64), nullable=False),
    sa.Column('run_id', sa.String(length=40), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('answered_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('function', 'question', name=op.f('pk_functions_last_answers'))
    )
    with op.batch_alter_table('functions_last_answers', schema=None) as batch_op:
        batch_op.create_index('ix_functions_last_answers_answered_at', ['answered_at'], unique=False)
        batch_op.create_index('ix_functions_last_answers_person', ['person'], unique=False)

    op.create_table('functions_leases',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('namespace', sa.String(length=63), nullable=False),
    sa.Column('key', sa.String(length=512).with_variant(sa.String(length=512, collation='C'), 'postgresql'), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('run', sa.String(length=64), nullable=False),
    sa.Column('until', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('function', 'namespace', 'key', name=op.f('pk_functions_leases'))
    )
    with op.batch_alter_table('functions_leases', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_functions_leases_run'), ['run'], unique=False)

    op.create_table('functions_nodes',
    sa.Column('node', sa.String(length=64), nullable=False),
    sa.Column('beat_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('node', name=op.f('pk_functions_nodes'))
    )
    op.create_table('functions_payloads',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('function', name=op.f('pk_functions_payloads'))
    )
    op.create_table('functions_releases',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_functions_releases'))
    )
    with op.batch_alter_table('functions_releases', schema=None) as batch_op:
        batch_op.create_index('ix_functions_releases_function_at', ['function', 'at'], unique=False)

    op.create_table('functions_run_counts',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('hour', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('box', sa.Integer(), nullable=False),
    sa.Column('runs', sa.Integer(), nullable=False),
    sa.Column('errors', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('function', 'hour', 'box', name=op.f('pk_functions_run_counts'))
    )
    op.create_table('functions_run_keys',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('run_id', sa.String(length=40), nullable=False),
    sa.Column('claimed_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('function', 'key', name=op.f('pk_functions_run_keys'))
    )
    with op.batch_alter_table('functions_run_keys', schema=None) as batch_op:
        batch_op.create_index('ix_functions_run_keys_claimed_at', ['claimed_at'], unique=False)
        batch_op.create_index('ix_functions_run_keys_run_id', ['run_id'], unique=False)

    op.create_table('functions_run_people',
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('run_id', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('person', 'run_id', name=op.f('pk_functions_run_people'))
    )
    with op.batch_alter_table('functions_run_people', schema=None) as batch_op:
        batch_op.create_index('ix_functions_run_people_run_id', ['run_id'], unique=False)

    op.create_table('functions_runs',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('trigger', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('started_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('ended_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('duration_us', sa.BigInteger(), nullable=True),
    sa.Column('queued_us', sa.BigInteger(), nullable=False),
    sa.Column('cpu_us', sa.BigInteger(), nullable=False),
    sa.Column('memory_bytes', sa.BigInteger(), nullable=False),
    sa.Column('start', sa.String(length=8), nullable=False),
    sa.Column('node', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('replay_of', sa.String(length=40), nullable=True),
    sa.Column('error_type', sa.Text(), nullable=True),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('log', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_functions_runs'))
    )
    with op.batch_alter_table('functions_runs', schema=None) as batch_op:
        batch_op.create_index('ix_functions_runs_function_started_at', ['function', 'started_at', 'id'], unique=False)
        batch_op.create_index('ix_functions_runs_running', ['node'], unique=False, sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"))
        batch_op.create_index('ix_functions_runs_started_at', ['started_at', 'id'], unique=False)

    op.create_table('functions_schedules',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('cron', sa.String(length=200), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('next_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('since', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('last_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('ran_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('missed', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('function', 'position', name=op.f('pk_functions_schedules'))
    )
    with op.batch_alter_table('functions_schedules', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_functions_schedules_next_at'), ['next_at'], unique=False)

    op.create_table('functions_storage_usage',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('namespace', sa.String(length=63), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('function', 'namespace', name=op.f('pk_functions_storage_usage'))
    )
    op.create_table('functions_versions',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('connectors', sa.JSON(), nullable=False),
    sa.Column('schema', sa.JSON(), nullable=False),
    sa.Column('returns', sa.JSON(), nullable=False),
    sa.Column('lock', sa.Text(), nullable=False),
    sa.Column('environment', sa.String(length=64), nullable=False),
    sa.Column('deployed_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('deployed_by', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_functions_versions')),
    sa.UniqueConstraint('function', 'number', name=op.f('uq_functions_versions_function_number'))
    )
    op.create_table('functions_secrets',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('data_key', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('set_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('set_by', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['data_key'], ['functions_data_keys.number'], name=op.f('fk_functions_secrets_data_key')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_functions_secrets'))
    )
    op.create_table('functions_storage',
    sa.Column('function', sa.String(length=63), nullable=False),
    sa.Column('namespace', sa.String(length=63), nullable=False),
    sa.Column('key', sa.String(length=512).with_variant(sa.String(length=512, collation='C'), 'postgresql'), nullable=False),
    sa.Column('data_key', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('expires_at', callingcard.backends.database.Moment(), nullable=True),
    sa.ForeignKeyConstraint(['data_key'], ['functions_data_keys.number'], name=op.f('fk_functions_storage_data_key')),
    sa.PrimaryKeyConstraint('function', 'namespace', 'key', name=op.f('pk_functions_storage'))
    )
    with op.batch_alter_table('functions_storage', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_functions_storage_data_key'), ['data_key'], unique=False)
        batch_op.create_index('ix_functions_storage_expires_at', ['expires_at'], unique=False)
