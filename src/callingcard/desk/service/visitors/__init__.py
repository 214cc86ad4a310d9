"""Who a visitor is: sessions, tokens, keys."""
