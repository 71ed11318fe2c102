"""Projects from the package index, migrated by Django and by ours: ``--help`` tells how."""
