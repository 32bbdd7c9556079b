"""The server as each of the editors would use it: by what their clients declare."""

import asyncio
import json
import pathlib

import pytest
import pytest_lsp
from lsprotocol import converters, types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features
from pygls.protocol import default_converter

from conftest import HERE, PATIENCE, STACKLINT, checked, cut, edited, units

FIXED = 'ports: ["${BIND:-127.0.0.1}:5432:5432"]'
SHIPPED = ["visual-studio-code", "neovim@v0.6.1", "neovim@v0.7.0", "neovim@v0.9.1", "neovim@v0.11.0", "emacs"]
OWN = sorted(path.stem for path in (HERE / "clients").glob("*.json"))


def make_client():
    """pytest-lsp's client, which also keeps whole notifications and takes registrations."""
    client = LanguageClient(converter_factory=default_converter)
    features = dict(DEFAULT_CLIENT_FEATURES)
    client.published, client.registrations, client.edits = {}, [], []

    def publish(params: types.PublishDiagnosticsParams):
        client.published[params.uri] = params
        client.diagnostics[params.uri] = params.diagnostics

    def register(params: types.RegistrationParams):
        client.registrations.extend(params.registrations)

    def apply(params: types.ApplyWorkspaceEditParams):
        client.edits.append(params.edit)
        return types.ApplyWorkspaceEditResult(applied=True)

    features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = publish
    features[types.CLIENT_REGISTER_CAPABILITY] = register
    features[types.WORKSPACE_APPLY_EDIT] = apply
    for method in (types.WORKSPACE_INLAY_HINT_REFRESH, types.WORKSPACE_CODE_LENS_REFRESH):
        features.setdefault(method, lambda _: None)
    register_lsp_features(client, features)
    return client


def capabilities_of(name):
    path = HERE / "clients" / f"{name}.json"
    if not path.exists():
        return client_capabilities(name)
    declared = json.loads(path.read_text())["capabilities"]
    return converters.get_converter().structure(declared, types.ClientCapabilities)


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[STACKLINT, "lsp"], client_factory=make_client), params=SHIPPED + OWN
)
async def client(lsp_client: LanguageClient, request, stack: pathlib.Path):
    folder = types.WorkspaceFolder(uri=stack.as_uri(), name=stack.name)
    parameters = types.InitializeParams(
        capabilities=capabilities_of(request.param), root_uri=stack.as_uri(), workspace_folders=[folder]
    )
    lsp_client.result = await lsp_client.initialize_session(parameters)
    lsp_client.encoding = lsp_client.result.capabilities.position_encoding or "utf-16"
    lsp_client.encoding = getattr(lsp_client.encoding, "value", lsp_client.encoding)
    lsp_client.texts = {}
    yield
    await lsp_client.shutdown_session()
    assert lsp_client._server.returncode == 0


def pulls(client):
    return client.result.capabilities.diagnostic_provider is not None


def open_file(client, path):
    text = path.read_text()
    client.texts[path.as_uri()] = [text, 1]
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(path.as_uri(), "yaml", 1, text))
    )
    return path.as_uri()


def replace(client, uri, old, new):
    """Types `new` in place of `old`, in the smallest change, as editors do."""
    text, version = client.texts[uri]
    start = text.index(old)
    before = text[:start].split("\n")
    begin = types.Position(len(before) - 1, units(before[-1], client.encoding))
    behind = (text[: start + len(old)]).split("\n")
    end = types.Position(len(behind) - 1, units(behind[-1], client.encoding))
    client.texts[uri] = [text[:start] + new + text[start + len(old) :], version + 1]
    change = types.TextDocumentContentChangePartial(text=new, range=types.Range(begin, end))
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version + 1, uri), [change])
    )


async def problems(client, uri):
    """The diagnostics of a file, pushed or pulled: whichever the server chose for this client."""
    if not pulls(client):
        return list(client.diagnostics.get(uri, []))
    # As VS Code does: the file itself, and then what the server knows of the others.
    report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri)))
    assert report.kind == "full"
    return list(report.items)


def places(client, uri, diagnostics, text=None):
    """As `checked` says it: rule, line, marked text."""
    text = client.texts[uri][0] if text is None else text
    found = []
    for each in diagnostics:
        start, end = each.range.start, each.range.end
        marked = cut(text, (start.line, start.character), (end.line, end.character), client.encoding)
        found.append((each.code, start.line + 1, marked))
    return sorted(found)


async def until(client, uri, condition):
    """The diagnostics of a file once `condition` holds of their places."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        diagnostics = await problems(client, uri)
        found = places(client, uri, diagnostics)
        if condition(found):
            return diagnostics
        if asyncio.get_running_loop().time() > end:
            pytest.fail(f"what was waited for did not come; the last was {found}")
        await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_problems_are_those_of_the_command_line(client, stack):
    uri = open_file(client, stack / "compose.yaml")
    wanted = checked(stack)["compose.yaml"]
    diagnostics = await until(client, uri, lambda found: found == wanted)
    offered = client.capabilities.general and client.capabilities.general.position_encodings or ["utf-16"]
    assert client.encoding in [getattr(each, "value", each) for each in offered]
    published = client.published.get(uri)
    if pulls(client):
        assert not client.published, "a client that pulls gets nothing pushed"
    elif client.capabilities.text_document.publish_diagnostics.version_support:
        assert published.version in (None, 1)  # the first scan may have come before the file was opened
    for each in diagnostics:
        assert each.source == "stacklint"
        assert each.severity in (1, 2, 3, 4)
        assert "\x1b" not in each.message and each.message.strip() == each.message
        if each.code_description:
            assert each.code_description.href.startswith("https://")


@pytest.mark.asyncio
async def test_an_unsaved_edit_of_env_moves_problems_in_compose(client, stack):
    compose, env = open_file(client, stack / "compose.yaml"), open_file(client, stack / ".env")
    replace(client, env, "BIND=127.0.0.1\n", "")
    await until(client, compose, lambda found: ("bind-address-fails-open", 3, "${BIND}") in found)
    replace(client, env, "everyone.\n", "everyone.\nBIND=0.0.0.0\n")
    diagnostics = await until(client, env, lambda found: ("published-datastore-port", 2, "0.0.0.0") in found)
    await until(client, compose, lambda found: "bind-address-fails-open" not in [rule for rule, _, _ in found])
    open_port = next(each for each in diagnostics if each.code == "published-datastore-port")
    settings = client.capabilities.text_document.publish_diagnostics
    if settings and settings.related_information:
        uses = [each for each in open_port.related_information if each.location.uri == compose]
        start, end = uses[0].location.range.start, uses[0].location.range.end
        text = client.texts[compose][0]
        assert cut(text, (start.line, start.character), (end.line, end.character), client.encoding) == "${BIND}"
        assert uses[0].message
    else:
        assert not open_port.related_information, "the client did not ask for it"
    if settings and settings.version_support and not pulls(client):
        assert client.published[env].version == client.texts[env][1]
    # Closed without saving: the disk counts again.
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(env)))
    client.texts[env][0] = (stack / ".env").read_text()
    await until(client, env, lambda found: not found)


@pytest.mark.asyncio
async def test_a_quick_fix_gives_the_fixed_text(client, stack):
    compose, env = open_file(client, stack / "compose.yaml"), open_file(client, stack / ".env")
    replace(client, compose, "services:\n", "services:\n  # 😀\n")
    replace(client, env, "BIND=127.0.0.1\n", "")
    diagnostics = await until(client, compose, lambda found: ("bind-address-fails-open", 4, "${BIND}") in found)
    problem = next(each for each in diagnostics if each.code == "bind-address-fails-open")
    if client.capabilities.text_document.publish_diagnostics.data_support is not True:
        problem.data = None  # such a client does not send it back
    problem.related_information = None  # nor do some send this
    context = types.CodeActionContext(diagnostics=[problem], only=["quickfix"])
    request = types.CodeActionParams(types.TextDocumentIdentifier(compose), problem.range, context)
    actions = await client.text_document_code_action_async(request)
    assert all(action.kind.startswith("quickfix") for action in actions)
    assert len({action.title for action in actions}) == len(actions), "two entries of the menu read the same"
    preferred = [action for action in actions if action.is_preferred]
    if client.capabilities.text_document.code_action.is_preferred_support:
        assert preferred == list(actions[:1])
    else:
        assert not preferred
    edit = actions[0].edit
    workspace_edit = client.capabilities.workspace.workspace_edit
    if workspace_edit and workspace_edit.document_changes:
        assert edit.changes is None
        (change,) = edit.document_changes
        assert change.text_document.uri == compose and change.text_document.version == 2
        edits = change.edits
    else:
        assert edit.document_changes is None
        ((uri, edits),) = edit.changes.items()
        assert uri == compose
    spans = [((e.range.start.line, e.range.start.character), (e.range.end.line, e.range.end.character), e.new_text) for e in edits]
    text = client.texts[compose][0]
    assert edited(text, spans, client.encoding) == text.replace('ports: ["${BIND}:5432:5432"]', FIXED)


@pytest.mark.asyncio
async def test_fix_all_is_offered_only_where_it_is_asked_for(client, stack):
    compose, env = open_file(client, stack / "compose.yaml"), open_file(client, stack / ".env")
    replace(client, env, "BIND=127.0.0.1\n", "")
    await until(client, compose, lambda found: ("bind-address-fails-open", 3, "${BIND}") in found)
    everything = types.Range(types.Position(0, 0), types.Position(3, 0))

    async def kinds(only):
        context = types.CodeActionContext(diagnostics=[], only=only)
        request = types.CodeActionParams(types.TextDocumentIdentifier(compose), everything, context)
        return [action for action in await client.text_document_code_action_async(request) or []]

    for only in (["source"], ["source.fixAll"], ["source.fixAll.stacklint"]):
        (action,) = await kinds(only)
        assert action.kind == "source.fixAll.stacklint"
    assert await kinds(["source.organizeImports"]) == []
    assert await kinds(["refactor"]) == []
    assert all(action.kind.startswith("quickfix") for action in await kinds(["quickfix"]))


@pytest.mark.asyncio
async def test_what_is_under_the_cursor(client, stack):
    compose, _ = open_file(client, stack / "compose.yaml"), open_file(client, stack / ".env")
    await until(client, compose, bool)
    line = client.texts[compose][0].split("\n")[2]
    place = types.Position(2, units(line[: line.index("BIND")], client.encoding))
    document = types.TextDocumentIdentifier(compose)
    hover = await client.text_document_hover_async(types.HoverParams(document, place))
    formats = client.capabilities.text_document.hover.content_format or ["plaintext"]
    assert hover.contents.kind in [getattr(each, "value", each) for each in formats]
    assert "127.0.0.1" in hover.contents.value and ".env" in hover.contents.value
    if hover.range:
        start, end = hover.range.start, hover.range.end
        assert "BIND" in cut(client.texts[compose][0], (start.line, start.character), (end.line, end.character), client.encoding)
    found = await client.text_document_definition_async(types.DefinitionParams(document, place))
    first = found[0] if isinstance(found, list | tuple) else found
    uri = first.uri if isinstance(first, types.Location) else first.target_uri
    assert uri == (stack / ".env").as_uri()


@pytest.mark.asyncio
async def test_a_file_changed_by_another_program(client, stack):
    compose = open_file(client, stack / "compose.yaml")
    wanted = checked(stack)["compose.yaml"]
    await until(client, compose, lambda found: found == wanted)
    (stack / ".env").write_text("# nothing\n")
    watched = client.capabilities.workspace.did_change_watched_files
    if watched and watched.dynamic_registration:
        async with asyncio.timeout(PATIENCE):
            while "workspace/didChangeWatchedFiles" not in [each.method for each in client.registrations]:
                await asyncio.sleep(0.02)
        event = types.FileEvent((stack / ".env").as_uri(), types.FileChangeType.Changed)
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    else:
        assert "workspace/didChangeWatchedFiles" not in [each.method for each in client.registrations]
        replace(client, compose, "services:", "services: ")
    await until(client, compose, lambda found: ("bind-address-fails-open", 3, "${BIND}") in found)


@pytest.mark.asyncio
async def test_a_file_deleted_while_it_is_open(client, stack):
    compose, env = open_file(client, stack / "compose.yaml"), open_file(client, stack / ".env")
    await until(client, compose, bool)
    replace(client, env, "BIND=127.0.0.1", "BIND=0.0.0.0")
    await until(client, env, bool)
    for name in ("compose.yaml", ".env"):
        (stack / name).unlink()
        event = types.FileEvent((stack / name).as_uri(), types.FileChangeType.Deleted)
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    # What is in the buffer still counts: the editor would write it back.
    replace(client, env, "BIND=0.0.0.0", "BIND=127.0.0.1")
    await until(client, env, lambda found: not found)
    for uri in (compose, env):
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await until(client, compose, lambda found: not found)
    await until(client, env, lambda found: not found)


@pytest.mark.asyncio
async def test_one_way_of_telling_problems_per_client(client, stack):
    """A client that can be told to ask again pulls, and pulls all files; every other one is pushed to."""
    (stack / ".env").write_text("BIND=0.0.0.0\n")
    compose = open_file(client, stack / "compose.yaml")
    wanted = checked(stack)
    await until(client, compose, lambda found: found == wanted["compose.yaml"])
    env = (stack / ".env").as_uri()
    client.texts[env] = ["BIND=0.0.0.0\n", None]
    workspace = client.capabilities.workspace.diagnostics
    assert pulls(client) == bool(workspace and workspace.refresh_support)
    if not pulls(client):
        await until(client, env, lambda found: found == wanted[".env"])
        assert client.diagnostic_refresh_count == 0
        return
    options = client.result.capabilities.diagnostic_provider
    assert options.inter_file_dependencies and options.workspace_diagnostics
    ask = types.WorkspaceDiagnosticParams(previous_result_ids=[])
    reports = {report.uri: report for report in (await client.workspace_diagnostic_async(ask)).items}
    assert places(client, env, reports[env].items) == wanted[".env"]
    # Asked again with what is known, an unchanged file costs nothing.
    known = [types.PreviousResultId(uri, report.result_id) for uri, report in reports.items() if report.result_id]
    assert known
    before = client.diagnostic_refresh_count
    open_file(client, stack / ".env")
    replace(client, env, "0.0.0.0", "127.0.0.1")
    async with asyncio.timeout(PATIENCE):
        while client.diagnostic_refresh_count == before:
            await asyncio.sleep(0.02)
    await until(client, env, lambda found: not found)
    ask = types.WorkspaceDiagnosticParams(previous_result_ids=known)
    reports = {report.uri: report for report in (await client.workspace_diagnostic_async(ask)).items}
    assert env not in reports or not reports[env].items
