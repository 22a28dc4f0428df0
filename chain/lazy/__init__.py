"""Evaluation by demand: execute only what an answer depends on, and say before what it may cost."""
