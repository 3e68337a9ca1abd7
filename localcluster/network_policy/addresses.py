"""Which pod has which address: as the network plugin has said, and for older pods as the API says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from localcluster.network_policy.objects import Address, Pod


@dataclass(frozen=True)
class Attachment:
    """The addresses that the network plugin has given to a container of the pod with the uid `pod`."""

    pod: str
    addresses: tuple[Address, ...]


def with_addresses(pods: Iterable[Pod], attachments: Iterable[Attachment]) -> list[Pod]:
    """Give each pod the addresses that it really has.

    What the API tells is late, and wrong for pods of a node that has been started anew: it counts only for a
    pod that has not been attached since the agent's start, and never for an address that was given to another
    one.
    """
    attached: dict[str, list[Address]] = defaultdict(list)
    given: set[Address] = set()
    for attachment in attachments:
        attached[attachment.pod] += attachment.addresses
        given.update(attachment.addresses)
    return [
        replace(
            pod,
            addresses=tuple(attached[pod.uid])
            if pod.uid in attached
            else tuple(address for address in pod.addresses if address not in given),
        )
        for pod in pods
    ]
