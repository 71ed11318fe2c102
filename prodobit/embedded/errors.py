"""What can go wrong with the project's own server, each case with an id."""

from django.db.utils import OperationalError


class EmbeddedError(OperationalError):
    """The project's own server cannot do what was asked.

    An ``OperationalError``, as a server elsewhere that cannot be reached would raise, so that
    whoever is prepared for the one is prepared for the other.

    Args:
        number: The id's number; its heading is in docs/embedded.md.
        sentences: What this means, and the next step. Never a password, never anyone's data.
    """

    def __init__(self, number: int, sentences: str) -> None:
        super().__init__(f"prodobit.E{number}: {sentences}")
        self.id = f"prodobit.E{number}"
