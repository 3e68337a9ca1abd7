"""The programs that all of it runs: built from Go modules, or fetched, into a cache that clones share."""
