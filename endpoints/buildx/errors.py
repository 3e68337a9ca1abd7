"""The way in which the plugin fails that is no defect."""


class BuildxError(Exception):
    """Something the user can mend. The message says what was found and is shown as it stands."""
