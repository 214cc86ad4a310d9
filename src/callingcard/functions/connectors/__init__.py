"""What functions may call: definitions, typed stubs, ways to authenticate, the call."""
