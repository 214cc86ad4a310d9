"""Mail to visitors: by SMTP, into a demo's log, or not at all."""
