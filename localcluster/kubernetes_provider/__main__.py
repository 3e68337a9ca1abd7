"""`python -m localcluster.kubernetes_provider ENGINE_ADDRESS`: what the plugin's launcher runs."""

import sys

from localcluster.kubernetes_provider.serving import main

main(sys.argv[1:])
