# /// script
# requires-python = ">=3.11"
# dependencies = []
# [tool.callingcard]
# description = "Tells Discord of each new chat"
# connectors = ["discord"]
# storage = ["told"]
# trigger = { event = "conversation.created" }
# timeout = "15s"            # Discord is given 10
# ///
"""Posts once for each chat, without a word of what was said in it."""

from typing import Any

from connectors import discord
from storage import told

APP = ""  # where your Callingcard is, such as https://desk.example: then there is a link


def main(data: dict[str, Any]) -> None:
    chat = data["conversation_id"]
    # An event may come twice, and one that failed comes again; a message is posted once.
    lease = told.lease(chat)
    if lease.hit:
        return
    proved = data["evidence"] in {"signed", "verified"}
    who = "Somebody whom we know" if proved else "Somebody"
    text = f"{who} began chat {chat}."
    if APP:
        text += f"\n<{APP}/app/inbox/{chat}>"
    discord.send_message(content=text)
    lease.put(value=True, ttl="7d")
