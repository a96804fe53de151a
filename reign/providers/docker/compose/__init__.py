"""`docker.compose`: a compose file, and the networks, volumes, images and containers that it stands for.

Files are read inside the root alone, and no variable comes from the environment of the process. The way of a file:
`files` (read) -> `filling` (variables) -> `paths` -> `extending`, `including` -> `merging` -> `checking` -> `children`.
"""
