"""What the engine starts, by the path of this directory: it knows of no package around it."""

import asyncio
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from endpoints.buildx.servicer import BuildxServicer
from endpoints.buildx.serving import serve

addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
asyncio.run(serve(addresses[0] if addresses else "", BuildxServicer))
