"""One file per family of commands; each is imported when it is typed, and imports the application when it runs."""
