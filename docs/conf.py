"""Sphinx configuration. Warnings are errors in `make docs`."""

import sys
from pathlib import Path

from pygments.lexers.python import PythonLexer

sys.path.insert(0, str(Path(__file__).parent))

import tables

project = "ANH-VM"
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_title = project


def setup(app):
    """The contract language is highlighted as the Python that it resembles."""
    app.add_lexer("anh", PythonLexer)
    tables.write(Path(__file__).parent / "generated")
