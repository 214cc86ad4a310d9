"""Tests the logged-in experience: real accounts, real tokens, through the public routes."""
