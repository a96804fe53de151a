"""`docker.image`: pulled from a registry, or built from a context; named, pushed, looked up."""
