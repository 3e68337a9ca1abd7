"""gunicorn's settings for every `wsgi` endpoint.

What must agree with the pod (address, time-outs) comes on the command line, from `endpoints/server.py`, and
the number of workers as WEB_CONCURRENCY, which gunicorn reads by itself. A project can change the first part
below by a gunicorn.conf.py in its own root, or by GUNICORN_CMD_ARGS in the endpoint's environment.
"""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

# After the project's directory, so that none of its modules is hidden.
sys.path.append(str(Path(__file__).resolve().parent))

# Threads answer health checks and keep connections open while others predict. gunicorn's default worker has
# one, and closes every connection.
worker_class = "valohai_serving.worker.Worker"
threads = 4

# On a disk a slow write of the heartbeat gets a busy worker killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

_access_log = os.environ.get("VALOHAI_ACCESS_LOG", "text")
accesslog = None if _access_log == "none" else "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(B)s %(M)sms "%(a)s"'
logger_class = "valohai_serving.access_log." + ("JsonAccessLog" if _access_log == "json" else "AccessLog")

_own = runpy.run_path("gunicorn.conf.py") if Path("gunicorn.conf.py").is_file() else {}
globals().update({name: value for name, value in _own.items() if not name.startswith("_")})

# No header of a client may tell the prefix. The scheme is the router's to tell: it alone can reach the pod,
# and its address is not known here. One header tells it, so that no second one can contradict.
forwarder_headers = ""
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}

# Nothing in the pod uses it, and it needs a writable home.
control_socket_disable = True


def pre_request(worker: Any, request: Any) -> None:
    """Keep gunicorn from taking SCRIPT_NAME out of the path: `valohai_serving` does, for every prefix.

    gunicorn reads the variable on every request and answers a path that does not begin with it by 500. The
    last header named SCRIPT_NAME wins over the variable and over what a client sent.
    """
    if not hasattr(worker, "asgi"):
        request.headers.append(("SCRIPT_NAME", ""))
    if "pre_request" in _own:
        _own["pre_request"](worker, request)


if "VALOHAI_METRICS_PORT" in os.environ:
    from valohai_serving.metrics.hooks import Metrics  # type: ignore[import-not-found]

    globals().update(Metrics(int(os.environ["VALOHAI_METRICS_PORT"])).around(globals()))
