"""The commands, one file for each group; each parses nothing but text and computes nothing."""
