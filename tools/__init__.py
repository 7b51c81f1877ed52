"""Programs for those who work on Countersign itself; nothing here is shipped."""
