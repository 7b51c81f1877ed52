"""What `doctor` looks at, one file for each service."""
