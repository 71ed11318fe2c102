"""What migrations do to the database they are about to be run on: ``manage.py review``."""
