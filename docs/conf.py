"""Sphinx configuration. Warnings are errors in `make docs`."""

project = "ANH-VM"
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_title = project
