"""An app that is added after Studio was written."""
