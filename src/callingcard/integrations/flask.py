"""Tokens for the visitors of a Flask app, in one line.

    app.register_blueprint(token_blueprint(issuer), url_prefix="/chat")

Without *visitor* it is Flask-Login's ``current_user`` who is signed in. The page then
asks ``POST /chat/token``; see ``door`` for what is turned away. Under Flask-WTF's
CSRFProtect, exempt the blueprint: the door keeps other sites out by itself.
https://flask-login.readthedocs.io/
"""

import importlib
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from callingcard.errors import ConfigError
from callingcard.identity.issuer import Issuer
from callingcard.identity.model import Visitor
from callingcard.integrations.account import Verified, visitor_of
from callingcard.integrations.door import METHODS, Door, Reply


def token_blueprint(
    issuer: Issuer,
    visitor: Callable[[], Visitor | None] | None = None,
    *,
    email_verified: Verified | None = None,
) -> Blueprint:
    """Return a blueprint with ``/token``: POST issues, DELETE forgets, at sign-out.

    *visitor* returns whom the app's own session names, or None, which is answered with
    204. By default that is Flask-Login's ``current_user``: its ``id``, its ``email``,
    and its ``first_name`` and ``last_name`` if it has them. The address is not vouched
    for unless *email_verified*, or what it returns for the user, is true: Flask-Login
    does not know. Raises ConfigError for an AsyncIssuer, because Flask ends the event
    loop of an async view with the request:
    https://flask.palletsprojects.com/en/stable/async-await/#background-tasks
    """
    if visitor is not None and email_verified is not None:
        raise ConfigError(
            "token_blueprint takes visitor or email_verified, not both.",
            hint="Say Visitor(…, email_verified=…) in your own function.",
        )
    door = Door(issuer)
    who = visitor or _signed_in(email_verified or False)
    blueprint = Blueprint("callingcard", __name__)

    def token() -> Response:
        headers = {name.lower(): value for name, value in request.headers}
        return _response(door.answer(request.method, headers, who))

    blueprint.add_url_rule(
        "/token", view_func=token, methods=METHODS, provide_automatic_options=False
    )
    return blueprint


def _signed_in(email_verified: Verified) -> Callable[[], Visitor | None]:
    """Return what asks Flask-Login; raises ImportError where that is not installed."""
    login: Any = importlib.import_module("flask_login")

    def who() -> Visitor | None:
        user = login.current_user
        if not (user.is_authenticated and user.is_active):
            return None
        # Not get_id(): apps change what it returns to end a user's sessions.
        user_id = getattr(user, "id", None)
        email = getattr(user, "email", None)
        return visitor_of(user, user_id=user_id, email=email, email_verified=email_verified)

    return who


def _response(reply: Reply) -> Response:
    if reply.body is None:
        response = Response(status=reply.status)
        del response.headers["Content-Type"]
    else:
        response = jsonify(reply.body)
        response.status_code = reply.status
    response.headers.update(reply.headers)
    return response
