"""The command line, the HTTP interface, the pages, and the wiring of everything."""
