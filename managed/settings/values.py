"""The kinds of values that only the settings of a managed cluster have."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator

from endpoints.kubernetes_syntax import DNS_LABEL
from endpoints.settings.values import rule


def _is_name(value: str) -> str:
    if not DNS_LABEL.fullmatch(value):
        raise rule("allowed: 1 to 63 lower-case letters, digits and dashes, with no dash at the ends")
    return value


def _is_network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise rule("allowed: an address range such as 10.20.0.0/16 or fd00::/8") from None


def _is_device(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9.-]+/[A-Za-z0-9._-]+", value):
        raise rule("allowed as a name: a device such as nvidia.com/gpu")
    return value


Name = Annotated[str, AfterValidator(_is_name)]
"""A name of this program's own, from which Kubernetes names are made."""

AddressRange = Annotated[str, AfterValidator(_is_network)]
"""A network in CIDR notation."""

Device = Annotated[str, AfterValidator(_is_device)]
"""The name of an extended resource."""
