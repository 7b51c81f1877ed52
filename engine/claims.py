"""What a connector worker holds while it talks to the ERP."""

from dataclasses import dataclass

from engine.facts import Company, Export, Item


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt that this worker, and nobody else, may make until its claim ends."""

    export: Export
    item: Item
    company: Company
    references: dict[str, str]  # item key to ERP id, as they are now
    blocked_by: tuple[str, ...] = ()  # references that the ERP no longer has

    @property
    def hint(self) -> tuple[str, int]:
        """Which attempt of which export it is."""
        return self.export.key, self.export.attempt
