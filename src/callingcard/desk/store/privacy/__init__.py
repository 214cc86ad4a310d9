"""Keeping the audit log, and forgetting people."""
