"""The call page: plain files, served as they are."""
