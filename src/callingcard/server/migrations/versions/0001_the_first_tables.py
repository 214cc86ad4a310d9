"""the first tables."""

import sqlalchemy as sa
from alembic import op

import callingcard.backends.database

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table('access_keys',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('hint', sa.String(length=32), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('site', sa.Text(), nullable=True),
    sa.Column('origins', sa.JSON(), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('last_used_at', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('revoked_at', callingcard.backends.database.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_keys')),
    sa.UniqueConstraint('hash', name=op.f('uq_access_keys_hash'))
    )
    op.create_table('access_sessions',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.String(length=32), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('expires_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('last_seen_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_sessions'))
    )
    with op.batch_alter_table('access_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_sessions_user_id'), ['user_id'], unique=False)

    op.create_table('access_tickets',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.String(length=32), nullable=False),
    sa.Column('expires_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_tickets'))
    )
    with op.batch_alter_table('access_tickets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_tickets_user_id'), ['user_id'], unique=False)

    op.create_table('access_users',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('disabled_at', callingcard.backends.database.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_users')),
    sa.UniqueConstraint('email', name=op.f('uq_access_users_email'))
    )
    op.create_table('desk_contacts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('external_id', sa.String(length=200), nullable=True),
    sa.Column('evidence', sa.String(length=16), nullable=False),
    sa.Column('properties', sa.JSON(), nullable=False),
    sa.Column('folded', sa.JSON(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('archived', sa.Boolean(), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_contacts'))
    )
    with op.batch_alter_table('desk_contacts', schema=None) as batch_op:
        batch_op.create_index('ix_desk_contacts_created_at', ['created_at'], unique=False)
        batch_op.create_index('uq_desk_contacts_email', ['email'], unique=True, sqlite_where=sa.text('archived = 0'), postgresql_where=sa.text('not archived'))
        batch_op.create_index('uq_desk_contacts_external_id', ['external_id'], unique=True, sqlite_where=sa.text('archived = 0'), postgresql_where=sa.text('not archived'))

    op.create_table('desk_conversations',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('inbox_id', sa.String(length=32), nullable=False),
    sa.Column('visitor_id', sa.String(length=32), nullable=False),
    sa.Column('contact_id', sa.String(length=32), nullable=True),
    sa.Column('evidence', sa.String(length=16), nullable=False),
    sa.Column('signed_by', sa.String(length=100), nullable=True),
    sa.Column('signed_until', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('status', sa.String(length=8), nullable=False),
    sa.Column('head', sa.Integer(), nullable=False),
    sa.Column('agent_read_seq', sa.Integer(), nullable=False),
    sa.Column('visitor_read_seq', sa.Integer(), nullable=False),
    sa.Column('waiting_since', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('updated_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_conversations'))
    )
    with op.batch_alter_table('desk_conversations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_desk_conversations_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index('ix_desk_conversations_status_updated_at', ['status', 'updated_at'], unique=False)
        batch_op.create_index('ix_desk_conversations_updated_at', ['updated_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_desk_conversations_visitor_id'), ['visitor_id'], unique=False)

    op.create_table('desk_counters',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_desk_counters'))
    )
    op.create_table('desk_entries',
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('type', sa.String(length=16), nullable=False),
    sa.Column('author_kind', sa.String(length=16), nullable=False),
    sa.Column('author_id', sa.String(length=64), nullable=False),
    sa.Column('author_name', sa.String(length=300), nullable=False),
    sa.Column('client_message_id', sa.String(length=64), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=True),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('conversation_id', 'seq', name=op.f('pk_desk_entries')),
    sa.UniqueConstraint('conversation_id', 'author_id', 'client_message_id', name=op.f('uq_desk_entries_conversation_id_author_id_client_message_id')),
    sa.UniqueConstraint('id', name=op.f('uq_desk_entries_id'))
    )
    op.create_table('desk_feed',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('entry_seq', sa.Integer(), nullable=True),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_desk_feed'))
    )
    op.create_table('desk_inboxes',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('answered_by', sa.String(length=200), nullable=False),
    sa.Column('welcome', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_inboxes')),
    sa.UniqueConstraint('name', name=op.f('uq_desk_inboxes_name'))
    )
    op.create_table('desk_sessions',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('inbox_id', sa.String(length=32), nullable=False),
    sa.Column('browser', sa.String(length=64), nullable=False),
    sa.Column('evidence', sa.String(length=16), nullable=False),
    sa.Column('person', sa.JSON(), nullable=True),
    sa.Column('contact_id', sa.String(length=32), nullable=True),
    sa.Column('conversation_id', sa.String(length=32), nullable=True),
    sa.Column('signed_by', sa.String(length=100), nullable=True),
    sa.Column('signed_until', callingcard.backends.database.Moment(), nullable=True),
    sa.Column('fingerprint', sa.String(length=64), nullable=True),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('expires_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_sessions'))
    )
    with op.batch_alter_table('desk_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_desk_sessions_browser'), ['browser'], unique=False)
        batch_op.create_index(batch_op.f('ix_desk_sessions_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_desk_sessions_expires_at'), ['expires_at'], unique=False)

    op.create_table('desk_shown_tokens',
    sa.Column('session_id', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('expires_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('session_id', 'fingerprint', name=op.f('pk_desk_shown_tokens'))
    )
    with op.batch_alter_table('desk_shown_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_desk_shown_tokens_expires_at'), ['expires_at'], unique=False)

    op.create_table('desk_signing_keys',
    sa.Column('kid', sa.String(length=64), nullable=False),
    sa.Column('inbox_id', sa.String(length=32), nullable=False),
    sa.Column('algorithm', sa.String(length=16), nullable=False),
    sa.Column('sealed_secret', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', callingcard.backends.database.Moment(), nullable=False),
    sa.Column('revoked_at', callingcard.backends.database.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_desk_signing_keys'))
    )
    with op.batch_alter_table('desk_signing_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_desk_signing_keys_inbox_id'), ['inbox_id'], unique=False)

    op.create_table('desk_spent_tokens',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('expires_at', callingcard.backends.database.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_desk_spent_tokens'))
    )
    with op.batch_alter_table('desk_spent_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_desk_spent_tokens_expires_at'), ['expires_at'], unique=False)

