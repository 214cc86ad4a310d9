"""A Flask app whose chat knows who is signed in; README.md says how to run it."""

import os
import secrets

from flask import Flask, redirect, render_template, request
from flask_login import LoginManager, UserMixin, login_user, logout_user
from werkzeug import Response

from callingcard import Issuer
from callingcard.integrations.flask import token_blueprint
from callingcard.platforms import HubSpot

# Callingcard's desk plays HubSpot here; to ask HubSpot itself, leave base_url out.
DESK = os.environ.get("DESK_URL", "http://127.0.0.1:8400")
HUBSPOT = HubSpot(access_token=os.environ["HUBSPOT_ACCESS_TOKEN"], base_url=DESK)


class User(UserMixin):
    """Somebody with an account."""

    def __init__(self, name: str, email: str) -> None:
        self.id = self.first_name = name
        self.email = email
        self.email_confirmed = True  # a real app has sent a link to the address


PEOPLE = {
    "Ada": User("Ada", "ada@example.com"),
    "Grace": User("Grace", "grace@example.com"),
}

app = Flask(__name__)
app.config.update(SECRET_KEY=secrets.token_hex(32), SESSION_COOKIE_SAMESITE="Lax")
LoginManager(app).user_loader(PEOPLE.get)

# Callingcard, in three lines: Flask-Login says who is signed in.
issuer = Issuer(HUBSPOT)
chat = token_blueprint(issuer, email_verified=lambda user: user.email_confirmed)
app.register_blueprint(chat, url_prefix="/chat")
# The rest is any app with Flask-Login.


@app.get("/")
def home() -> str:
    """Show who is signed in, and the chat."""
    return render_template("page.html", desk=DESK, people=PEOPLE)


@app.post("/sign-in")
def sign_in() -> Response:
    """Sign in; a real app checks a password here."""
    if user := PEOPLE.get(request.form["name"]):
        login_user(user)
    return redirect("/", 303)


@app.post("/sign-out")
def sign_out() -> Response:
    """Sign out; the page has had the chat forget already."""
    logout_user()
    return redirect("/", 303)
