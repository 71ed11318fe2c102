"""What a person has decided beforehand: the options of push, parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class AnswerError(Exception):
    """An option names something that does not exist, or a value that cannot be used.

    The message is one sentence for whoever typed it; ``id`` is that of the documentation.
    """

    def __init__(self, id: str, message: str) -> None:
        super().__init__(message)
        self.id = id


@dataclass(frozen=True, slots=True)
class ModelRename:
    """``--rename app.Old=New``: the model was renamed."""

    app_label: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.app_label}.{self.old}={self.new}"


@dataclass(frozen=True, slots=True)
class FieldRename:
    """``--rename app.Model.old=new``: the field was renamed; not renamed but removed if empty.

    ``model`` is the name the model has now.
    """

    app_label: str
    model: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.app_label}.{self.model}.{self.old}={self.new}"


type Rename = ModelRename | FieldRename


def parse_rename(text: str) -> Rename:
    """Parse the value of ``--rename``.

    Raises:
        AnswerError: It has another form.
    """
    before, equals, new = text.partition("=")
    parts = before.split(".")
    identifiers = all(part.isidentifier() for part in parts) and (not new or new.isidentifier())
    if not (equals and identifiers and len(parts) in (2, 3)):
        raise AnswerError(
            "prodobit.E621",
            f"--rename {text} has neither the form app.Model.old=new nor app.Old=New.",
        )
    if len(parts) == 2:
        return ModelRename(parts[0], parts[1], new)
    return FieldRename(parts[0], parts[1], parts[2], new)


@dataclass(frozen=True, slots=True)
class Fill:
    """``--fill app.Model.field=VALUE``: what rows get that have no value; still text."""

    app_label: str
    model: str
    field: str
    value: str

    @property
    def target(self) -> tuple[str, str, str]:
        """What it is for, in lower case where Django ignores case."""
        return self.app_label, self.model.lower(), self.field


def parse_fill(text: str) -> Fill:
    """Parse the value of ``--fill``.

    Raises:
        AnswerError: It has another form.
    """
    before, equals, value = text.partition("=")
    parts = before.split(".")
    if not equals or len(parts) != 3 or not all(part.isidentifier() for part in parts):
        raise AnswerError(
            "prodobit.E622", f"--fill {before} has not the form app.Model.field=VALUE."
        )
    app_label, model, field_name = parts
    return Fill(app_label, model, field_name, value)


@dataclass(frozen=True, slots=True)
class Answers:
    """All that was decided.

    Attributes:
        renames: In the order in which they were given.
        declined: Renames that were asked about and denied.
        fills: Values by application, model (lower case) and field; Python values, ready for
            ``Field.get_db_prep_save()``.
        prune: Whether objects that nobody knows are dropped.
    """

    renames: tuple[Rename, ...] = ()
    declined: frozenset[Rename] = frozenset()
    fills: Mapping[tuple[str, str, str], object] = field(default_factory=dict)
    prune: bool = False


def closest(name: str, names: Iterable[str]) -> str:
    """Return `` Did you mean …?`` with the names that resemble one, or what there is, or ""."""
    import difflib

    names = list(dict.fromkeys(names))
    found = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if found:
        return f" Did you mean {' or '.join(found)}?"
    if names and len(names) <= 8:
        return f" There is {', '.join(names)}."
    return ""
