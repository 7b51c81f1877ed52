"""A postal address, of a project or a company."""

from workflows.fields import LongText, Note, ShortNote, Text
from workflows.lines import Part


class Address(Part):
    """A postal address."""

    line1: LongText
    line2: Note | None = None
    city: Text
    state: Text
    zip: Text
    country: ShortNote | None = None
