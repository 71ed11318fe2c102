"""A migration loader whose project states are ours."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

from django.db.migrations import loader

from database.migrating.state import ProjectState


class MigrationLoader(loader.MigrationLoader):
    """Django's migration loader, making project states that cost what is asked of them."""

    def project_state(self, nodes: Any = None, at_end: bool = True) -> ProjectState:
        """Return the state that the loaded migrations come to.

        Args:
            nodes: The key of the migration to stop at, or several; every last one by default.
            at_end: Whether those migrations count.
        """
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
