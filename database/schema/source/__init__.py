"""A live schema → the source of an app: models, migrations, and what no model can say."""
