"""Tests written in the contract language: every call that a test makes is a transaction."""
