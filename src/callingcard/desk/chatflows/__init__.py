"""Chatflows: what a document may say, and how a talk goes on. Pure."""
