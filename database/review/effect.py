"""What one statement does to the database, and how that is put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from database.schema.state import TableName

from .findings import Finding, Severity, WorkKind, blocking, finding, seconds
from .live import Live, Size
from .locks import Lock, TableLock
from .sketch import Sketch


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with the rows of a table.

    Attributes:
        kind: What.
        table: Which table, by the name it has then.
        size: How big it is now.
        seconds: About how long that takes; None if nobody knows.
        sure: Whether it is certain, or depends on what cannot be seen from here.
    """

    kind: WorkKind
    table: TableName
    size: Size
    seconds: float | None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What one statement does to the database.

    Attributes:
        locks: On tables that others can see; the strongest of each.
        works: What is done with their rows.
        findings: The hazards.
        touched: The live tables that it names or locks, with their sizes.
        hidden: Whether all that it names is made by this plan, so that nobody can wait for it.
        silent: Whether nobody can say who waits, or it only sets something of this session.
    """

    locks: tuple[TableLock, ...] = ()
    works: tuple[Work, ...] = ()
    findings: tuple[Finding, ...] = ()
    touched: tuple[tuple[TableName, Size], ...] = ()
    hidden: bool = False
    silent: bool = False

    @property
    def seconds(self) -> float | None:
        """About how long it takes, None if nobody knows."""
        if any(work.seconds is None for work in self.works):
            return None
        return sum(work.seconds or 0 for work in self.works)


@dataclass
class Judgement:
    """Collects the effect of a statement."""

    sketch: Sketch
    live: Live
    in_transaction: bool
    locks: dict[TableName, Lock] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def size(self, name: TableName) -> Size:
        """Return how big a table is; of one that the plan has filled nobody knows."""
        table = self.sketch.table(name)
        if table is None:
            return Size()
        return Size() if table.filled and table.new else table.size

    def hidden(self, name: TableName) -> bool:
        """Tell whether nobody else can see the table yet."""
        table = self.sketch.table(name)
        return table is not None and table.new and not table.filled

    def lock(self, name: TableName, level: Lock) -> None:
        """Note a lock."""
        table = self.sketch.table(name)
        if table is not None:
            name = table.name
            if table.new:
                return
        self.locks[name] = max(level, self.locks.get(name, Lock.ACCESS_SHARE))

    def work(
        self, kind: WorkKind, name: TableName, *, times: int = 1, sure: bool = True
    ) -> tuple[Severity, str]:
        """Note work, and return how bad it is to block others for so long, and how long."""
        size = self.size(name)
        duration = seconds(kind, size, times)
        if duration != 0:
            self.works.append(Work(kind, name, size, duration, sure))
        return blocking(duration), counted(size)

    def found(self, id_: str, severity: Severity, consequence: str, remedy: str = "") -> None:
        """Note a hazard, unless there is none."""
        if severity is not Severity.OK:
            self.findings.append(finding(id_, severity, consequence, remedy))


def counted(size: Size) -> str:
    """Return how many rows: ``about 1,000,000 rows (57 MB)``."""
    if size.rows is None:
        return "rows of an unknown number" + (f" ({weight(size.bytes)})" if size.bytes else "")
    if size.rows == 0:
        return "no rows"
    rows = f"about {size.rows:,} row{'' if size.rows == 1 else 's'}"
    return f"{rows} ({weight(size.bytes)})" if size.bytes else rows


def weight(count: int | None) -> str:
    """Return bytes in the unit that suits: ``57 MB``."""
    amount = float(count or 0)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
