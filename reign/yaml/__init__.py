"""YAML as it is written: nodes that know their line and column, limits counted while reading, findings at a node.

What the keys mean is for the rooms above, which read `reign.yaml` or another system's files; no file is opened here.
"""
