"""Starting, watching and ending processes in their order."""
