"""The parts of a plan as the comment of a pull request; `reign.render.markdown` puts them together."""
