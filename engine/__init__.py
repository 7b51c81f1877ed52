"""The library behind Countersign: deciding, storing, delivering; it knows no item type, ERP or mail."""
