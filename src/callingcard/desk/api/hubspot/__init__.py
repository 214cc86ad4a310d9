"""The only place where HubSpot's words live."""
