"""The parts of a configuration file, one file each, and how a table of it is read."""
