"""The ERPs: one translator each, from an item to the ERP's records and back."""
