"""Who may call us: API keys, agents' logins, roles."""
