"""Plans a whole stack, deployment by deployment."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from endpoints.advice import Code, Subject, accepts_any_path, advise, judge_absent_submodules
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import Manifest, read_manifest
from endpoints.plan.address import Address
from endpoints.plan.aliases import (
    advise_on_aliases,
    check_idle_aliases,
    check_shared_aliases,
    plan_aliases,
)
from endpoints.plan.endpoint import plan_endpoint
from endpoints.plan.environment import advise_on_secrets, check_secrets
from endpoints.plan.granted import (
    advise_on_limits,
    advise_on_monitoring,
    advise_on_pull_secret,
    check_limits,
    check_monitoring,
    with_granted_defaults,
)
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.models import DeploymentPlan, StackPlan, VersionPlan
from endpoints.plan.overrides import advise_on_idle_overrides
from endpoints.plan.placement import placed
from endpoints.plan.unsupported import (
    find_collisions,
    find_stripped_prefixes,
    judge_malformed,
    unsupported_in_settings,
)
from endpoints.source import Source, StoreAccess, materialize, materialize_package, prune
from endpoints.source.git import is_git_url
from endpoints.source.store import walk
from endpoints.stack_file import EndpointLayers, NoBuilder, RoutingKind, Settings, VersionSettings
from endpoints.target.grant import Grant
from endpoints.wording import listing, suggestion
from endpoints.yaml_document import KeyPath


def load_project(root: Path, location: str, commit: str | None, yaml: str) -> tuple[Source, Manifest]:
    """Return the files and the endpoints of the project at `location`, as of `commit`.

    `yaml` is the path of valohai.yaml inside it. Raises ProjectError with every problem found, but for those
    of single endpoints, which matter where such an endpoint is chosen.
    """
    source = materialize(location, commit, root, yaml)
    path, shown_as = source.directory / yaml, f"{source.shown_as}/{yaml}"
    if not path.is_file():
        found = "is a directory" if path.is_dir() else "there is no such file"
        raise ProjectError(Problem(shown_as, None, "", f"{found}; {_remedy(source, location)}"))
    return source, read_manifest(path, shown_as)


def _remedy(source: Source, location: str) -> str:
    found = [path for path in walk(source.directory) if Path(path).name in ("valohai.yaml", "valohai.yml")]
    if found:
        told = f"set the deployment's yaml to an existing file: {listing(found)}"
        own = sorted(str(PurePosixPath(location, path).parent) for path in found if "/" in path)
        if is_git_url(location) or not own:
            return told
        return f"{told}; or set source to the directory of its code: {listing(own)}"
    if source.commit is not None:
        return (
            "this commit has none; give another commit, or set the deployment's yaml if the file has "
            "another name"
        )
    return "a project needs one; if the file has another name, set the deployment's yaml"


SERVING_PACKAGE = Path(__file__).parent.parent / "serving"
"""The files that every image gets."""

_Result = TypeVar("_Result")


def plan_stack(
    settings: Settings,
    root: Path,
    routing: RoutingKind,
    access: StoreAccess = StoreAccess.NOTHING,
    grant: Grant | None = None,
) -> StackPlan:
    """Plan everything that the settings ask for; `root` is the directory of Pulumi.yaml.

    `routing` is what the target's router takes, which decides what aliases can do. `access` is how far object
    stores may be asked for model files; with CONTENT those that are not there yet are fetched. `grant` limits
    the plan on a managed cluster.

    Reads the sources and model files, copies them below `root`/.endpoints, and removes old copies there;
    nothing else is touched. The same input gives the same plan. Raises ProjectError with every problem found.
    """
    if grant is not None:
        settings = with_granted_defaults(settings, grant)
    planner = _Planner(settings, root, access)
    deployments = tuple(planner.deployment(index) for index in range(len(settings.deployments)))
    problems = [
        *unsupported_in_settings(settings),
        *check_secrets(settings),
        *(planner.problems or check_shared_aliases(settings, deployments, routing)),
        *find_collisions(settings, deployments),
        *find_stripped_prefixes(settings, deployments, routing),
        *(check_limits(settings, deployments, grant) if grant else ()),
        *(check_monitoring(settings, deployments, grant) if grant else ()),
    ]
    if problems:
        # Versions of one source can share a problem.
        raise ProjectError(*dict.fromkeys(problems))
    prune(root)
    advice = (
        *advise_on_secrets(settings),
        *advise_on_aliases(
            settings, deployments, routing, lambda address: accepts_any_path(planner.subjects[address])
        ),
        *advise_on_idle_overrides(deployments, routing),
        *dict.fromkeys(planner.tolerated),
        *advise(settings, list(planner.subjects.values())),
        *(advise_on_limits(settings, deployments, grant) if grant else ()),
        *(advise_on_monitoring(settings, deployments, grant) if grant else ()),
        *(advise_on_pull_secret(settings) if grant else ()),
    )
    return StackPlan(deployments, advice)


class _Planner:
    """Plans one deployment after another and gathers the problems of all of them."""

    def __init__(self, settings: Settings, root: Path, access: StoreAccess) -> None:
        self.settings = settings
        self.root = root
        self.access = access
        self.serving = materialize_package(SERVING_PACKAGE, root)
        self.problems: list[Problem] = []
        self.tolerated: list[Problem] = []
        """What is wrong with endpoints that are not deployed."""
        self.subjects: dict[Address, Subject] = {}
        self.endpoints: dict[int, set[str]] = defaultdict(set)
        """Names of endpoints in any version's manifest, by the deployment's index."""
        # Versions of one source and commit share them, and what they have in common is read once.
        self._load = cache(partial(load_project, root))
        self._code = cache(Code)

    def deployment(self, index: int) -> DeploymentPlan:
        """Plan the deployment at `index`; what has a problem is left out, and the problem noted."""
        organization, chosen = self.settings.organization, self.settings.deployments[index]
        known = len(self.problems)
        versions = tuple(
            plan
            for number, version in enumerate(chosen.versions)
            if version.enabled and (plan := self._version(index, number))
        )
        if len(self.problems) == known:  # else endpoints may be missing for another reason
            self.problems += [
                *self._unknown_endpoints(index),
                *check_idle_aliases(self.settings, index, versions),
            ]
        return DeploymentPlan(
            organization=organization,
            project=chosen.project,
            name=chosen.name,
            listed=self.settings.problem(("deployments", index), ""),
            versions=versions,
            aliases=plan_aliases(chosen, versions),
        )

    def _version(self, index: int, number: int) -> VersionPlan | None:
        deployment = self.settings.deployments[index]
        version = deployment.versions[number]
        path: KeyPath = ("deployments", index, "versions", number)
        place = (*path[:2], "source") if version.commit is None else (*path, "commit")
        loaded = self._attempt(place, partial(self._load, deployment.source, version.commit, deployment.yaml))
        if loaded is None:
            return None
        source, manifest = loaded
        self.endpoints[index].update(_names(manifest))
        chosen = list(self._chosen(path, version, manifest))
        missing = self._missing(path, chosen, manifest)

        def is_deployed(name: str) -> bool:
            # One that is missing may be one of those that cannot be read, misspelt.
            wanted = name in chosen and EndpointLayers(self.settings, index, number, name).merged().enabled
            return wanted or bool(missing)

        problems, advice = judge_malformed(manifest, is_deployed)
        self.problems += [*missing, *problems]
        self.tolerated += advice
        plans = []
        for name in chosen:
            endpoint = manifest.endpoint(name)
            if endpoint is None:
                continue
            layers = EndpointLayers(self.settings, index, number, name)
            chosen_settings = layers.merged()
            inputs = EndpointInputs(
                root=self.root,
                settings=self.settings,
                layers=layers,
                address=Address(
                    self.settings.organization, deployment.project, deployment.name, version.name, name
                ),
                manifest=manifest,
                endpoint=placed(endpoint, layers, chosen_settings),
                endpoint_settings=chosen_settings,
                source=source,
                serving=self.serving,
                access=self.access,
            )
            if not inputs.endpoint_settings.enabled:
                continue
            subject = self.subjects[inputs.address] = self._subject(inputs, index)
            lacking, tolerable = judge_absent_submodules(
                subject, source.absent, partial(self.settings.problem, place)
            )
            self.problems += lacking
            self.tolerated += tolerable
            plan = self._attempt(place, partial(plan_endpoint, inputs))
            if plan is not None:
                plans.append(plan)
        return VersionPlan(version.name, source.commit, tuple(plans))

    def _subject(self, inputs: EndpointInputs, index: int) -> Subject:
        address, source = inputs.address, inputs.source
        return Subject(
            deployment=index,
            version=address.version,
            endpoint=inputs.endpoint,
            definition=inputs.manifest.definition(inputs.endpoint),
            settings=inputs.endpoint_settings,
            layers=inputs.layers,
            code=self._code(source.directory),
            commit=source.commit,
            uncommitted=source.uncommitted,
            is_built=inputs.endpoint_settings.image is None
            and not isinstance(inputs.settings.builder, NoBuilder),
            pointers=source.pointers,
            folder=PurePosixPath(inputs.settings.deployments[index].yaml).parent,
        )

    def _unknown_endpoints(self, index: int) -> Iterator[Problem]:
        """Find settings for all versions of an endpoint that none of them has.

        Those of a disabled version are not known, unless it lists them.
        """
        deployment, known = self.settings.deployments[index], self.endpoints[index]
        disabled = [version.endpoints for version in deployment.versions if not version.enabled]
        for name in deployment.endpoints:
            if name not in known and not any(listed is None or name in listed for listed in disabled):
                text = f"no version has an endpoint of this name; {suggestion(name, known)}"
                yield self.settings.problem(("deployments", index, "endpoints", name), text)

    def _chosen(self, path: KeyPath, version: VersionSettings, manifest: Manifest) -> Iterable[str]:
        """Return the names of the endpoints to deploy unless they are disabled: those listed, else all."""
        if version.endpoints is not None:
            return version.endpoints
        if not _names(manifest):
            text = f"{manifest.file} has no endpoint; add one, or remove the version"
            self.problems.append(self.settings.problem(path, text))
        return _names(manifest)

    def _missing(self, path: KeyPath, chosen: Iterable[str], manifest: Manifest) -> list[Problem]:
        """Find chosen endpoints that the manifest does not have."""
        known = _names(manifest)
        return [
            self.settings.problem(
                (*path, "endpoints", name),
                f"{manifest.file} has no endpoint of this name; {suggestion(name, known)}",
            )
            for name in chosen
            if name not in known
        ]

    def _attempt(self, place: KeyPath, work: Callable[[], _Result]) -> _Result | None:
        """Return the work's result, or None if it failed; problems without a place get this one."""
        try:
            return work()
        except ProjectError as error:
            self.problems.extend(
                problem if isinstance(problem, Problem) else self.settings.problem(place, problem)
                for problem in error.problems
            )
            return None


def _names(manifest: Manifest) -> list[str]:
    return [*(endpoint.name for endpoint in manifest.endpoints), *manifest.malformed]
