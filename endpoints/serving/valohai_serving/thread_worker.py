"""gunicorn's worker for WSGI, which looks its settings up faster."""

from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker


class ThreadWorker(GunicornThreadWorker):  # type: ignore[misc]
    """Makes attributes of gunicorn's settings, of which it reads more than twenty for each request.

    Otherwise each is found by a method of the configuration and one of the setting: a twentieth of the time
    that a small Flask application and gunicorn take together. No setting changes any more in a worker that
    serves; its hooks, which may change them, have run.
    """

    def run(self) -> None:
        """Serve until told to stop; called by gunicorn in the worker's process, last of all."""
        # Where the configuration has a property of that name, Python goes on taking the property.
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        super().run()
