"""The demo: a small shop beside a running product."""
