"""Spec models: the keys of the Compose specification. Nothing here knows an engine, or imports the vendor's library."""
