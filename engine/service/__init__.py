"""The use cases: decide a batch of commands, release what waits, hand out exports. No socket, no file, no clock."""
