"""What owners and operators see and change over HTTP: sites, platforms, settings."""
