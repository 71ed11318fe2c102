"""A migration loader whose project states are ours."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

from django.db.migrations import loader

from database.migrating.state import ProjectState


class MigrationLoader(loader.MigrationLoader):
    """Django's migration loader, making project states that cost what is asked of them."""

    _last: ProjectState | None = None

    def build_graph(self) -> None:
        """Load the migrations."""
        self._last = None
        super().build_graph()

    def keep(self, state: ProjectState, *, is_last: bool) -> None:
        """Keep what the applied migrations come to, for who asks for what all come to.

        Args:
            state: The state after the applied migrations.
            is_last: Whether those are all there are.
        """
        self._last = state.clone() if is_last else None

    @property
    def is_applied(self) -> bool:
        """Whether all migrations were applied when a state of the applied ones was made."""
        return self._last is not None

    def project_state(self, nodes: Any = None, at_end: bool = True) -> ProjectState:
        """Return the state that the loaded migrations come to.

        Args:
            nodes: The key of the migration to stop at, or several; every last one by default.
            at_end: Whether those migrations count.
        """
        if nodes is None and at_end and self._last is not None:
            return self._last.clone()
        if nodes is None:
            nodes = self.graph.leaf_nodes()
        if not nodes:
            return ProjectState()
        if not isinstance(nodes[0], tuple):
            nodes = [nodes]
        state = ProjectState(real_apps=self.unmigrated_apps)
        with state.spared():
            for node in self.graph._generate_plan(nodes, at_end):
                self.graph.nodes[node].mutate_state(state, preserve=False)
        return state
