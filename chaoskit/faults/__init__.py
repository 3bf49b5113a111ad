"""One file = one fault; the file's name is its YAML name."""
