"""Whether a shell command would do what nobody should do unasked, told before anything runs."""
