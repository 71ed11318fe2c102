"""Whether two expressions mean the same: by their text, else by asking PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from . import expression, normalize
from .deparse import Authority, ColumnType, Kind, Question
from .differences import phrase
from .likeness import same_opclass
from .state import Column, Index, IndexKey, LiveConstraint, Schema, Table

PIECES = re.compile(
    r"""E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?P<name>(?!(?:bit|char)")[a-z_][a-z0-9_]*)"|"(?:[^"]|"")*"|[()]""",
    re.DOTALL,
)


class Verdict(NamedTuple):
    """Whether two things mean the same; None if nobody could say, for the reason given.

    ``texts`` are the live and the declared expression that are in doubt or differ.
    """

    same: bool | None
    reason: str = ""
    texts: tuple[str, str] = ("", "")

    @classmethod
    def of_all(cls, verdicts: list[Verdict]) -> Verdict:
        """Return the verdict on something that consists of parts."""
        for same in (False, None):
            for verdict in verdicts:
                if verdict.same is same:
                    return verdict
        return SAME


SAME = Verdict(True)
REFUSED = ("42", "22", "0A")
"""Classes of SQLSTATE that say that an expression makes no sense with the columns there are.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
OUR_FAULT = ("42501", "42P01", "3F000")
"""No permission; and no such table or schema, where the temporary one has another name."""


class Settler:
    """Settles pairs of expressions of one comparison, and collects what PostgreSQL must be asked.

    A pair that the texts do not settle gets no verdict until :meth:`ask` was called. ``open``
    counts the pairs that had to be put off.
    """

    def __init__(self, live: Schema, connection: BaseDatabaseWrapper) -> None:
        self.authority = Authority(
            connection, live.search_path, available=live.can_create_temporary
        )
        self.open = 0
        self._quiet = False
        self._questions: dict[Question, None] = {}
        self._columns_of: Table | None = None
        self._columns: dict[str, ColumnType] = {}
        self._predicted: dict[tuple[object, ...], tuple[str, ...]] = {}

    def ask(self) -> bool:
        """Ask PostgreSQL what is open, in one round trip; return whether there was anything."""
        questions, self._questions = self._questions, {}
        if questions:
            self.authority.ask(questions)
        return bool(questions)

    @contextmanager
    def without_questions(self) -> Iterator[None]:
        """Within, what is not settled by the texts or by earlier answers is not asked either."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _put_off(self, questions: tuple[Question, ...], texts: tuple[str, str]) -> Verdict:
        if not self._quiet:
            self.open += 1
            self._questions.update(dict.fromkeys(questions))
        return Verdict(None, "PostgreSQL was not asked.", texts)

    def types(self, live: Column, declared: Column) -> Verdict:
        """Compare two types whose texts differ."""
        texts = (live.type, declared.type)
        if live.type_schema:
            qualified = (f"{live.type_schema}.", f"{normalize.quote(live.type_schema)}.")
            for prefix in qualified:
                if live.type.removeprefix(prefix) == declared.type.removeprefix(prefix):
                    return SAME
        if normalize.is_exact(declared.type) and not live.type_schema:
            return Verdict(False, texts=texts)
        return self._verdict(
            Question(Kind.TYPE, live.type), Question(Kind.TYPE, declared.type), texts
        )

    def check(self, live: Table, declared: Table, live_text: str, declared_text: str) -> Verdict:
        """Compare the conditions of two CHECK constraints."""
        return self._expressions(Kind.CHECK, live, declared, live_text, declared_text)

    def predicate(
        self, live: Table, declared: Table, live_text: str, declared_text: str
    ) -> Verdict:
        """Compare the predicates of two indexes."""
        return self._expressions(Kind.PREDICATE, live, declared, live_text, declared_text)

    def default(
        self, live: Table, declared: Table, column: Column, live_text: str, declared_text: str
    ) -> Verdict:
        """Compare two defaults of a live column."""
        # A change of type between them leaves the default as it was, with the cast of the old type.
        other = {"text": "character varying"}.get(column.type, "text")
        if (column.type == "text" or column.type.startswith("character varying(")) and (
            live_text in self._prediction(Kind.DEFAULT, live, declared, declared_text, other)
        ):
            return SAME
        return self._expressions(
            Kind.DEFAULT, live, declared, live_text, declared_text, type_=column.type
        )

    def generated(
        self, live: Table, declared: Table, column: Column, live_text: str, declared_text: str
    ) -> Verdict:
        """Compare the expressions of two generated columns."""
        return self._expressions(
            Kind.GENERATED, live, declared, live_text, declared_text, type_=column.type
        )

    def key(
        self, live: Table, declared: Table, live_key: IndexKey, declared_key: IndexKey, method: str
    ) -> Verdict:
        """Compare two expressions in indexes, with their collations and operator classes."""
        # An expression may come down to a column: a cast to the type that it has.
        live_text = live_key.expression or normalize.quote(live_key.column or "")
        texts = (live_text, declared_key.expression or "")
        alike = live_key.collation == declared_key.collation
        if (alike and same_opclass(live_key, declared_key)) and (
            # PostgreSQL shows a function call without the parentheses that Django puts around it.
            _plain(texts[0]) == _plain(texts[1])
            or texts[0] in self._prediction(Kind.KEY, live, declared, texts[1], "")
        ):
            return SAME
        live_question, declared_question = (
            self._question(Kind.KEY, live, declared, text, method=method, suffix=_suffix(key))
            for text, key in zip(texts, (live_key, declared_key), strict=True)
        )
        return self._verdict(live_question, declared_question, texts)

    def other(
        self,
        live: Table,
        declared: Table,
        thing: LiveConstraint | Index,
        name: str,
        definition: str,
    ) -> Verdict:
        """Compare a live constraint or index with one that only its SQL is known of."""
        question = Question(
            Kind.OBJECT,
            definition,
            tuple(_column_types(live, declared)),
            table=declared.name.name,
            oid=thing.oid,
            name=name,
        )
        texts = (phrase(thing), definition)
        answer = self.authority.answer(question)
        if answer is None:
            return self._put_off((question,), texts)
        if not answer.forms:
            return Verdict(None, answer.reason, texts)
        return Verdict(answer.forms[0] == answer.forms[1], texts=texts)

    def _expressions(
        self,
        kind: Kind,
        live: Table,
        declared: Table,
        live_text: str,
        declared_text: str,
        *,
        type_: str = "",
    ) -> Verdict:
        if live_text == declared_text or _plain(live_text) == _plain(declared_text):
            # What PostgreSQL wrote means itself.
            return SAME
        if live_text in self._prediction(kind, live, declared, declared_text, type_):
            return SAME
        return self._verdict(
            self._question(kind, live, declared, live_text, type_=type_),
            self._question(kind, live, declared, declared_text, type_=type_),
            (live_text, declared_text),
        )

    def _question(
        self,
        kind: Kind,
        live: Table,
        declared: Table,
        text: str,
        *,
        type_: str = "",
        method: str = "",
        suffix: str = "",
    ) -> Question:
        names = expression.mentioned(text)
        own = live.name.name in names or declared.name.name in names
        columns = tuple(
            column for column in _column_types(live, declared) if own or column.name in names
        )
        table = declared.name.name if own else ""
        return Question(kind, text, columns, type_, method, suffix, table=table)

    def _prediction(
        self, kind: Kind, live: Table, declared: Table, text: str, type_: str
    ) -> tuple[str, ...]:
        key = (kind, live.name, text, type_)
        if key not in self._predicted:
            if self._columns_of is not live:
                # One table is compared after the other.
                self._columns_of = live
                self._columns = {column.name: column for column in _column_types(live, declared)}
            self._predicted[key] = expression.predict(kind, text, self._columns, type_)
        return self._predicted[key]

    def _of_another_type(
        self, declared: Question, live_forms: set[str], texts: tuple[str, str]
    ) -> Verdict:
        """Compare with what the declared expression is after a column's type was changed.

        A change of type leaves the casts of the old type in the expressions on the column; they
        mean the same as those that a new expression would get.
        """
        variants = _before(declared)
        answers = {variant: self.authority.answer(variant) for variant in variants}
        unknown = tuple(variant for variant, answer in answers.items() if answer is None)
        if unknown:
            return self._put_off(unknown, texts)
        same = any(
            answer is not None and not live_forms.isdisjoint(answer.forms)
            for answer in answers.values()
        )
        return SAME if same else Verdict(False, texts=texts)

    def _verdict(self, live: Question, declared: Question, texts: tuple[str, str]) -> Verdict:
        live_answer, declared_answer = self.authority.answer(live), self.authority.answer(declared)
        if live_answer is None or declared_answer is None:
            return self._put_off((live, declared), texts)
        live_forms = {*live_answer.forms}
        if live.kind is not Kind.KEY:
            live_forms.add(live.text)
        if not live_forms.isdisjoint(declared_answer.forms):
            return SAME
        if declared_answer.forms:
            return self._of_another_type(declared, live_forms, texts)
        refused = declared_answer.sqlstate
        if live_answer.forms and refused.startswith(REFUSED) and refused not in OUR_FAULT:
            return Verdict(False, texts=texts)
        return Verdict(None, declared_answer.reason, texts)


CALCULATION = re.compile(
    r"""[+*/%] | (?<!\bBETWEEN)(?<!\bAND)(?<=[\w")\]])\s*- | ::
    | \b(?!(?:IN|AND|OR|NOT|COALESCE)\b)\w+\s*\(""",
    re.VERBOSE | re.IGNORECASE,
)
"""Finds (rather too often than not) whatever is more than a comparison."""

VARIANTS = 16
"""How many types before a change are tried for one expression."""


def _plain(text: str) -> str:
    """Return an expression without what never means anything.

    That is parentheses around all of it, and quotes of names that need none but as keywords;
    PostgreSQL never shows a keyword's other meaning in small letters. Without quotes ``"bit"`` and
    ``"char"`` are other types.
    """
    plain = PIECES.sub(lambda match: match["name"] or match[0], text)
    while plain.startswith("(") and plain.endswith(")"):
        depth = 0
        for match in PIECES.finditer(plain):
            depth += (match[0] == "(") - (match[0] == ")")
            if depth == 0 and match.end() < len(plain):
                return plain
        plain = plain[1:-1]
    return plain


def _before(question: Question) -> list[Question]:
    """Return the question with other types that the columns may have had.

    Only types between which a comparison means the same: texts, integers, and numeric as long as
    nothing is calculated.
    """
    if question.kind not in (Kind.CHECK, Kind.PREDICATE, Kind.KEY) or question.table:
        return []
    compared_only = not CALCULATION.search(question.text)
    changes: list[dict[str, str]] = []
    together: dict[str, dict[str, str]] = {}
    for column in question.columns:
        for other in _other_types(column.type, compared_only):
            changes.append({column.name: other})
            together.setdefault(other, {})[column.name] = other
    changes += [change for change in together.values() if len(change) > 1]
    return [
        question._replace(
            before=tuple(
                column._replace(type=change.get(column.name, column.type))
                for column in question.columns
            )
        )
        for change in changes[:VARIANTS]
    ]


def _other_types(type_: str, compared_only: bool) -> tuple[str, ...]:
    if type_ == "text":
        return ("character varying",)
    if type_.startswith("character varying") and not type_.endswith("[]"):
        return ("text",)
    integers = tuple(normalize.MAXIMA)
    exact = (*integers, "numeric") if compared_only else integers
    if type_ in exact or (compared_only and type_.startswith("numeric(")):
        return tuple(other for other in exact if other != type_.partition("(")[0])
    return ()


def _suffix(key: IndexKey) -> str:
    """Return what follows the expression of an index key, as SQL."""
    suffix = ""
    if key.collation:
        qualified = '"' in key.collation or "." in key.collation
        name = key.collation if qualified else normalize.quote(key.collation)
        suffix += f" COLLATE {name}"
    if key.opclass and not key.opclass_is_default:
        suffix += f" {normalize.quote(key.opclass)}"
    if key.opclass_parameters:
        suffix += f" ({', '.join(key.opclass_parameters)})"
    return suffix


def _column_types(live: Table, declared: Table) -> list[ColumnType]:
    """The live columns, and the declared ones that are not there yet."""
    columns = [ColumnType(column.name, column.type, column.collation) for column in live.columns]
    known = {column.name for column in live.columns}
    columns += [
        ColumnType(column.name, column.type, column.collation)
        for column in declared.columns
        if column.name not in known
    ]
    return columns
