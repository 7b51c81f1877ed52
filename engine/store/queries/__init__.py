"""Read models: what people and programs look at, as plain values ready to be shown."""
