"""What the widget says and is told of its session."""

from typing import Annotated, Any

from pydantic import Field

from callingcard.desk.api.schemas import Ask, Moment, Wire
from callingcard.desk.evidence import is_proven
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.visitors import Identify
from callingcard.desk.service.visitors.sessions import Opened


class OpenSession(Ask):
    """What the widget opens a session with."""

    email: str | None = None
    token: str | None = None
    browser: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] | None = None
    page: str = ""
    """The URL on which the visitor is; it may choose how the chat begins."""


class AskForCode(Ask):
    """Where a one-time code is to be sent."""

    email: Annotated[str, Field(min_length=1, max_length=254)]


class VerifyCode(Ask):
    """The code that was sent: six digits, blanks between them allowed."""

    code: Annotated[str, Field(pattern=r"^[0-9 ]{6,12}$")]
    page: str = ""
    """The URL on which the visitor is."""


class CodeSent(Wire):
    """A code is on its way to the address, if it is one where mail arrives."""

    expires_at: Moment


class SessionContact(Wire):
    """What a browser may know of its visitor's contact."""

    first_name: str


class SessionConversation(Wire):
    """The visitor's conversation and how far they have read."""

    id: str
    head: int
    read_seq: int


class SessionInbox(Wire):
    """The inbox as visitors see it."""

    name: str
    answered_by: str
    identification: Identify
    refuses_unproven: bool
    """Whether what a visitor writes is refused until they prove who they are."""
    codes: bool
    """Whether a visitor can prove an address by a code that is sent to it."""


class SaidOut(Wire):
    """A line of the beginning, which is in no log until the visitor writes."""

    text: str
    data: dict[str, Any] | None = None
    """`options` or a `form`, as an entry of a chatflow has them."""


class SessionChatflow(Wire):
    """How the chat begins."""

    name: str | None
    """The chatflow that is for this visitor on this page; None is the inbox's own."""
    fits: bool
    """False when the inbox has chatflows, and none is for this visitor on this page."""
    welcome: str
    """The first line."""
    says: list[SaidOut]
    """Every line, the first one too."""


class SessionAnswer(Wire):
    """A session, and what its visitor may see at once."""

    session: str
    evidence: Evidence
    contact: SessionContact | None
    conversation: SessionConversation | None
    inbox: SessionInbox
    chatflow: SessionChatflow
    signed_by: str | None
    signed_until: Moment | None

    @classmethod
    def of(cls, opened: Opened, *, codes: bool = False) -> "SessionAnswer":
        """Write *opened* down; what the CRM knows only for who proved who they are.

        *codes* says whether one-time codes are sent here.
        """
        session, conversation = opened.session, opened.conversation
        known = opened.first_name is not None and is_proven(session.evidence)
        return cls(
            session=opened.secret,
            evidence=session.evidence,
            contact=SessionContact(first_name=opened.first_name or "") if known else None,
            conversation=None
            if conversation is None
            else SessionConversation(
                id=conversation.id,
                head=conversation.head,
                read_seq=conversation.visitor_read_seq,
            ),
            inbox=SessionInbox(
                name=opened.inbox.title,
                answered_by=opened.inbox.answered_by,
                identification=opened.inbox.identification,
                refuses_unproven=opened.inbox.refuses_unproven,
                codes=codes,
            ),
            chatflow=_chatflow(opened),
            signed_by=session.signed_by,
            signed_until=session.signed_until,
        )


def _chatflow(opened: Opened) -> SessionChatflow:
    """Write down how the chat begins."""
    says = [
        SaidOut(text=one.text, data=None if one.data is None else dict(one.data))
        for one in opened.says
    ]
    return SessionChatflow(
        name=None if opened.greeting is None else opened.greeting.flow,
        fits=opened.fits,
        welcome=says[0].text if says else "",
        says=says,
    )
