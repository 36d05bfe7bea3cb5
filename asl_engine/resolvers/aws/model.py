"""botocore's models of the services, found by the names that Step Functions uses.

Nothing is read until a service is asked for, and then only that service's model. Where the name is not
that of botocore's folder, the heads of all models (a few kilobytes each, about 0.1 s once per process)
say which service has it.
"""

from __future__ import annotations

import difflib
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from asl_engine.errors import SetupError
from asl_engine.resolvers.aws.names import Style, action_name, capitalize, member_name, service_name

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

_HEAD_BYTES: Final = 8192
_SERVICE_ID: Final = re.compile(rb'"serviceId"\s*:\s*"([^"]+)"')


class UnknownNameError(SetupError):
    """A service or an action that the installed botocore does not know; the text says what is near."""


class UnknownServiceError(UnknownNameError):
    """The service is unknown, not only its action."""


@cache
def loader() -> Any:
    """botocore's reader of models, one for the process: what it has read, it keeps."""
    try:
        from botocore.session import Session
    except ImportError as error:  # pragma: no cover - botocore is a dependency of this package
        raise SetupError(f"botocore is needed for AWS's names and shapes: {error}") from error
    return Session().get_component("data_loader")


@cache
def load(botocore_name: str) -> ServiceModel:
    """The model of the service in botocore's folder `botocore_name`."""
    from botocore.model import ServiceModel

    return ServiceModel(loader().load_service_model(botocore_name, "service-2"), botocore_name)


@cache
def page_tokens(botocore_name: str, operation: str) -> frozenset[str]:
    """The members of an operation's output that say that there is another page."""
    from botocore.exceptions import UnknownServiceError

    try:
        pages = loader().load_service_model(botocore_name, "paginators-1")["pagination"].get(operation, {})
    except UnknownServiceError:  # the service has no pages
        return frozenset()
    given = [pages.get("output_token", ()), pages.get("more_results", ())]
    paths = [path for names in given for path in ([names] if isinstance(names, str) else names)]
    return frozenset(step.strip().split(".")[0].split("[")[0] for path in paths for step in path.split("||"))


@cache
def services() -> Mapping[str, str]:
    """Every service name of Step Functions: the name of botocore's client. Old twins (`waf`) keep theirs."""
    found: dict[str, str] = {}
    for client_name in loader().list_available_services("service-2"):
        found.setdefault(service_name(_service_id(client_name)), client_name)
    return found


def _service_id(client_name: str) -> str:
    reader = loader()
    version = reader.determine_latest_version(client_name, "service-2")
    for folder in reader.search_paths:
        path = os.path.join(folder, client_name, version, "service-2.json.gz")
        if os.path.exists(path):
            with open(path, "rb") as file:
                head = zlib.decompressobj(31).decompress(file.read(_HEAD_BYTES), _HEAD_BYTES * 4)
            if match := _SERVICE_ID.search(head):
                return match.group(1).decode()
    return str(load(client_name).service_id)


def find_service(name: str) -> ServiceModel:
    """The model of the service that Step Functions calls `name` (`sfn`). Raises `UnknownNameError`."""
    client_name = services().get(name)
    if client_name is None:
        raise UnknownServiceError(_unknown_service(name))
    return load(client_name)


def _unknown_service(name: str) -> str:
    known = services()
    by_client = {client: ours for ours, client in known.items()}
    plain = name.lower().replace("-", "").replace("_", "")
    near = known.get(plain) and plain
    near = near or by_client.get(name) or by_client.get(name.lower()) or suggestion(plain, known)
    from botocore import __version__

    known_to = f"as botocore {__version__} knows them"
    return f"AWS has no service {name!r} in its SDK integrations ({known_to})" + did_you_mean(near)


@cache
def operations(service: ServiceModel) -> Mapping[str, str]:
    """Every action of a service as it stands in a resource: the name of the API operation."""
    return {action_name(operation): operation for operation in service.operation_names}


def find_operation(service: ServiceModel, action: str) -> OperationModel:
    """The operation behind an action (`describeInstances`). Raises `UnknownNameError`."""
    operation = operations(service).get(action)
    if operation is None:
        near = suggestion(action, operations(service))
        ours = service_name(str(service.service_id))
        raise UnknownNameError(f"the service {ours!r} has no action {action!r}" + did_you_mean(near))
    return service.operation_model(operation)


def suggestion(name: str, known: Iterable[str]) -> str:
    """The known name that `name` most likely stands for, or an empty text."""
    names = list(known)
    lowered = {other.lower(): other for other in names}
    if exact := lowered.get(name.lower()):
        return exact
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.75)
    return lowered[near[0]] if near else ""


def did_you_mean(near: str | None) -> str:
    """The words that end a text about an unknown name."""
    return f"; did you mean {near!r}?" if near else ""


@cache
def members(shape: StructureShape, style: Style) -> Mapping[str, tuple[str, Shape]]:
    """The members of a structure by Step Functions' names: (API name, shape), in the model's order.

    Two members whose names fall together (there are few) keep them apart by the API's own spelling.
    """
    found: dict[str, tuple[str, Shape]] = {}
    for member, member_shape in shape.members.items():
        name = member_name(member, shape.name, style)
        if name in found:
            name = capitalize(member) if capitalize(member) not in found else member
        found[name] = (member, member_shape)
    return found


@cache
def spelled(shape: StructureShape, style: Style) -> Mapping[str, str]:
    """The other way round: Step Functions' name of each member by its API name."""
    return {member: name for name, (member, _) in members(shape, style).items()}
