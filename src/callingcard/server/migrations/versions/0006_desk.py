"""make room for the desk in depth."""

import sqlalchemy as sa
from alembic import op

import callingcard.backends.database
from callingcard.desk.search import tokens

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table('desk_associations',
    sa.Column('from_type', sa.String(length=16), nullable=False),
    sa.Column('from_id', sa.String(length=32), nullable=False),
    sa.Column('to_type', sa.String(length=16), nullable=False),
    sa.Column('to_id', sa.String(length=32), nullable=False),
    sa.Column('type_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('from_type', 'from_id', 'to_type', 'to_id', 'type_id', name=op.f('pk_desk_associations'))
    )
    op.create_table('desk_audit',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('who_kind', sa.String(length=8), nullable=False),
    sa.Column('who_id', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('thing_id', sa.String(length=64), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_desk_audit'))
    )
    with op.batch_alter_table('desk_audit', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_audit_at'), ['at'], unique=False)
        batch_op.create_index('ix_desk_audit_kind_thing_id_seq', ['kind', 'thing_id', 'seq'], unique=False)
        batch_op.create_index('ix_desk_audit_who_id_seq', ['who_id', 'seq'], unique=False)

    op.create_table('desk_audit_head',
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_desk_audit_head'))
    )
    op.create_table('desk_chatflow_runs',
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('flow', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('waits', sa.String(length=16), nullable=False),
    sa.Column('due_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('page', sa.Text(), nullable=False),
    sa.Column('state', sa.JSON(), nullable=False),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_desk_chatflow_runs'))
    )
    with op.batch_alter_table('desk_chatflow_runs', schema=None) as batch_op:
        batch_op.create_index('ix_desk_chatflow_runs_due_at', ['due_at'], unique=False)
        batch_op.create_index(op.f('ix_desk_chatflow_runs_flow'), ['flow'], unique=False)

    op.create_table('desk_chatflow_versions',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.Column('published_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('published_by', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('name', 'version', name=op.f('pk_desk_chatflow_versions'))
    )
    op.create_table('desk_chatflows',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('inbox', sa.String(length=64), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('document', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('draft', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_desk_chatflows'))
    )
    op.create_table('desk_codes',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('session_id', sa.String(length=64), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('expires_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_codes'))
    )
    with op.batch_alter_table('desk_codes', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_codes_email'), ['email'], unique=False)
        batch_op.create_index(op.f('ix_desk_codes_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(op.f('ix_desk_codes_session_id'), ['session_id'], unique=False)

    op.create_table('desk_erasures',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('by_kind', sa.String(length=8), nullable=False),
    sa.Column('by_id', sa.String(length=64), nullable=False),
    sa.Column('started_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('touched_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('finished_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('steps', sa.JSON(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('storage', sa.String(length=16), nullable=True),
    sa.Column('sealed_subject', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_erasures'))
    )
    with op.batch_alter_table('desk_erasures', schema=None) as batch_op:
        batch_op.create_index('ix_desk_erasures_finished_at_touched_at', ['finished_at', 'touched_at'], unique=False)

    op.create_table('desk_hours',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_desk_hours'))
    )
    op.create_table('desk_merges',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('survivor_id', sa.String(length=32), nullable=False),
    sa.Column('other_id', sa.String(length=32), nullable=False),
    sa.Column('made_by', sa.String(length=100), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('external_id', sa.String(length=200), nullable=True),
    sa.Column('moved', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('undone_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('undone_by', sa.String(length=100), nullable=True),
    sa.CheckConstraint('survivor_id <> other_id', name=op.f('ck_desk_merges_not_itself')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_merges'))
    )
    with op.batch_alter_table('desk_merges', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_merges_at'), ['at'], unique=False)
        batch_op.create_index(op.f('ix_desk_merges_email'), ['email'], unique=False)
        batch_op.create_index(op.f('ix_desk_merges_external_id'), ['external_id'], unique=False)
        batch_op.create_index(op.f('ix_desk_merges_other_id'), ['other_id'], unique=False)
        batch_op.create_index(op.f('ix_desk_merges_survivor_id'), ['survivor_id'], unique=False)

    op.create_table('desk_notes',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('author_kind', sa.String(length=16), nullable=False),
    sa.Column('author_id', sa.String(length=64), nullable=False),
    sa.Column('author_name', sa.String(length=300), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.Column('after_seq', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('assigned_from', sa.String(length=32), nullable=True),
    sa.Column('assigned_to', sa.String(length=32), nullable=True),
    sa.Column('client_note_id', sa.String(length=64), nullable=True),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_notes')),
    sa.UniqueConstraint('conversation_id', 'author_id', 'client_note_id', name=op.f('uq_desk_notes_conversation_id_author_id_client_note_id'))
    )
    with op.batch_alter_table('desk_notes', schema=None) as batch_op:
        batch_op.create_index('ix_desk_notes_conversation_id_place', ['conversation_id', 'place'], unique=False)

    op.create_table('desk_objects',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('type', sa.String(length=16), nullable=False),
    sa.Column('properties', sa.JSON(), nullable=False),
    sa.Column('folded', sa.JSON(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('history', sa.JSON(), server_default='{}', nullable=False),
    sa.Column('archived', sa.Boolean(), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_objects'))
    )
    with op.batch_alter_table('desk_objects', schema=None) as batch_op:
        batch_op.create_index('ix_desk_objects_type', ['type', 'archived', 'created_at'], unique=False)

    op.create_table('desk_presences',
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('is_online', sa.Boolean(), nullable=False),
    sa.Column('seen_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('agent_id', name=op.f('pk_desk_presences'))
    )
    op.create_table('desk_properties',
    sa.Column('object_type', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('label', sa.String(length=250), nullable=False),
    sa.Column('type', sa.String(length=16), nullable=False),
    sa.Column('field_type', sa.String(length=32), nullable=False),
    sa.Column('group_name', sa.String(length=100), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('visible_to_visitor', sa.Boolean(), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.Column('display_order', sa.Integer(), nullable=False),
    sa.Column('archived', sa.Boolean(), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('object_type', 'name', name=op.f('pk_desk_properties'))
    )
    op.create_table('desk_property_groups',
    sa.Column('object_type', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('label', sa.String(length=250), nullable=False),
    sa.Column('display_order', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('object_type', 'name', name=op.f('pk_desk_property_groups'))
    )
    op.create_table('desk_retention',
    sa.Column('inbox_id', sa.String(length=32), nullable=False),
    sa.Column('keep_closed_days', sa.Integer(), nullable=True),
    sa.Column('store_silent_visitors', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('inbox_id', name=op.f('pk_desk_retention'))
    )
    op.create_table('desk_routing',
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_desk_routing'))
    )
    op.create_table('desk_routing_decisions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('step', sa.String(length=16), nullable=False),
    sa.Column('team', sa.String(length=64), nullable=True),
    sa.Column('priority', sa.String(length=8), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=True),
    sa.Column('rule', sa.String(length=100), nullable=True),
    sa.Column('by', sa.String(length=32), nullable=False),
    sa.Column('trace', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_routing_decisions'))
    )
    with op.batch_alter_table('desk_routing_decisions', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_routing_decisions_at'), ['at'], unique=False)
        batch_op.create_index('ix_desk_routing_decisions_conversation_id_at', ['conversation_id', 'at'], unique=False)

    op.create_table('desk_signs',
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('author_id', sa.String(length=64), nullable=False),
    sa.Column('author_kind', sa.String(length=16), nullable=False),
    sa.Column('author_name', sa.String(length=300), nullable=False),
    sa.Column('until', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('conversation_id', 'kind', 'author_id', name=op.f('pk_desk_signs'))
    )
    with op.batch_alter_table('desk_signs', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_signs_until'), ['until'], unique=False)

    op.create_table('desk_teams',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_desk_teams'))
    )
    op.create_table('desk_tombstones',
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('thing_id', sa.String(length=64), nullable=False),
    sa.Column('erasure_id', sa.String(length=40), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name', 'thing_id', name=op.f('pk_desk_tombstones'))
    )
    with op.batch_alter_table('desk_tombstones', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_tombstones_erasure_id'), ['erasure_id'], unique=False)

    op.create_table('desk_turns',
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('team', sa.String(length=64), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('agent_id', 'team', name=op.f('pk_desk_turns'))
    )
    op.create_table('desk_webhook_deliveries',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('endpoint_id', sa.String(length=32), nullable=False),
    sa.Column('subscription_id', sa.String(length=32), nullable=False),
    sa.Column('event_type', sa.String(length=40), nullable=False),
    sa.Column('event', sa.JSON(), nullable=False),
    sa.Column('occurred_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('due_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('batch', sa.String(length=40), nullable=True),
    sa.Column('lent_until', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('last_status', sa.Integer(), nullable=True),
    sa.Column('last_problem', sa.String(length=300), nullable=True),
    sa.Column('ended_at', callingcard.backends.database.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_webhook_deliveries'))
    )
    with op.batch_alter_table('desk_webhook_deliveries', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_webhook_deliveries_batch'), ['batch'], unique=False)
        batch_op.create_index('ix_desk_webhook_deliveries_endpoint_id_state', ['endpoint_id', 'state', 'due_at'], unique=False)
        batch_op.create_index(op.f('ix_desk_webhook_deliveries_occurred_at'), ['occurred_at'], unique=False)

    op.create_table('desk_webhook_endpoints',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('sealed_secret', sa.LargeBinary(), nullable=False),
    sa.Column('max_concurrent', sa.Integer(), nullable=False),
    sa.Column('signature', sa.String(length=4), nullable=False),
    sa.Column('failing_since', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('disabled_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_webhook_endpoints'))
    )
    op.create_table('desk_webhook_events',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('line', sa.String(length=64), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_webhook_events'))
    )
    op.create_table('desk_webhook_subscriptions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('endpoint_id', sa.String(length=32), nullable=False),
    sa.Column('event_type', sa.String(length=40), nullable=False),
    sa.Column('property_name', sa.String(length=100), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_webhook_subscriptions'))
    )
    with op.batch_alter_table('desk_webhook_subscriptions', schema=None) as batch_op:
        batch_op.create_index(op.f('ix_desk_webhook_subscriptions_endpoint_id'), ['endpoint_id'], unique=False)

    with op.batch_alter_table('desk_contacts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('history', sa.JSON(), server_default='{}', nullable=False))

    with op.batch_alter_table('desk_conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('assigned_to', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('team', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('priority', sa.String(length=8), server_default='normal', nullable=False))
        batch_op.add_column(sa.Column('queued_at', callingcard.backends.database.Moment(), nullable=True))
        batch_op.add_column(sa.Column('received_at', callingcard.backends.database.Moment(), nullable=True))
        batch_op.add_column(sa.Column('sent_at', callingcard.backends.database.Moment(), nullable=True))
        batch_op.add_column(sa.Column('said_at', callingcard.backends.database.Moment(), nullable=True))
        batch_op.add_column(sa.Column('archived_at', callingcard.backends.database.Moment(), nullable=True))
        batch_op.create_index('ix_desk_conversations_assigned_to_status', ['assigned_to', 'status'], unique=False)
        batch_op.create_index('ix_desk_conversations_said_at', ['said_at'], unique=False)
        batch_op.create_index('ix_desk_conversations_team_queued_at', ['team', 'queued_at'], unique=False)

    with op.batch_alter_table('desk_entries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('words', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('data', sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table('desk_feed', schema=None) as batch_op:
        batch_op.add_column(sa.Column('note_id', sa.String(length=40), nullable=True))

    with op.batch_alter_table('desk_inboxes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('identification', sa.String(length=8), server_default='optional', nullable=False))
        batch_op.add_column(sa.Column('enforced', sa.Boolean(), server_default=sa.text('false'), nullable=False))
        batch_op.add_column(sa.Column('props', sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table('desk_signing_keys', schema=None) as batch_op:
        batch_op.add_column(sa.Column('last_used_at', callingcard.backends.database.Moment(), nullable=True))
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Make what was said before findable, and say when each side wrote last."""
    entries = sa.table(
        'desk_entries', *(sa.column(name, sa.Text()) for name in ('id', 'type', 'text', 'words'))
    )
    said = sa.select(entries.c.id, entries.c.text).where(entries.c.type == 'message')
    last = ''
    while rows := connection.execute(
        said.where(entries.c.id > last).order_by(entries.c.id).limit(500)
    ).all():
        last = rows[-1].id
        connection.execute(
            entries.update()
            .where(entries.c.id == sa.bindparam('entry'))
            .values(words=sa.bindparam('found')),
            [{'entry': row.id, 'found': tokens(row.text)} for row in rows],
        )
    newest = (
        "(SELECT max(created_at) FROM desk_entries WHERE type = 'message'"
        " AND conversation_id = desk_conversations.id{0})"
    )
    connection.execute(
        sa.text(
            'UPDATE desk_conversations SET'
            f" said_at = {newest.format('')},"
            f""" received_at = {newest.format(" AND author_kind = 'visitor'")},"""
            f""" sent_at = {newest.format(" AND author_kind <> 'visitor'")}"""
        )
    )
