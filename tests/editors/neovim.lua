-- Neovim's own client against `stacklint lsp`: what an editor shows is compared with what `stacklint check` says.
--
--   STACKLINT=... nvim --headless --clean -u NONE -i NONE -n -S neovim.lua     in a copy of ./stack
--
-- 0.7 has `start_client`, 0.8 and later `start`: both are taken as they come.

local stacklint = assert(os.getenv('STACKLINT'), 'STACKLINT is not set')
local root = vim.loop.fs_realpath(vim.fn.getcwd())
local failed = 0

local function say(good, what, detail)
  io.stdout:write((good and 'ok   ' or 'FAIL ') .. what .. ((good or not detail) and '' or ('\n     ' .. detail)) .. '\n')
  io.stdout:flush()
  if not good then failed = failed + 1 end
  return good
end

local function same(got, wanted, what)
  return say(vim.deep_equal(got, wanted), what, 'got    ' .. vim.inspect(got) .. '\n     wanted ' .. vim.inspect(wanted))
end

local client
local function open(name)
  vim.cmd('edit ' .. name)
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo.filetype = name:match('%.yaml$') and 'yaml' or 'sh'
  if not client then
    local start = vim.lsp.start or vim.lsp.start_client
    client = start({ cmd = { stacklint, 'lsp' }, name = 'stacklint', root_dir = root }, { bufnr = buffer })
    assert(client, 'the server did not start')
  end
  vim.lsp.buf_attach_client(buffer, client)
  return buffer
end

-- The characters that a diagnostic marks, cut out of the buffer by the columns that Neovim works with (bytes).
local function marked(buffer, diagnostic)
  local line = vim.api.nvim_buf_get_lines(buffer, diagnostic.lnum, diagnostic.lnum + 1, true)[1]
  return line:sub(diagnostic.col + 1, diagnostic.end_col)
end

local function shown(buffer)
  local lines = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    local code = diagnostic.code or diagnostic.user_data.lsp.code
    table.insert(lines, ('%s %d %s'):format(code, diagnostic.lnum + 1, marked(buffer, diagnostic)))
  end
  table.sort(lines)
  return lines
end

-- The same out of the command line's report, of the files on disk.
local function checked(name)
  local report = vim.json.decode(vim.fn.system({ stacklint, 'check', '--format', 'json', '.' }))
  local text = table.concat(vim.fn.readfile(name, 'b'), '\n')
  local lines = {}
  for _, finding in ipairs(report.findings) do
    local place = finding.location
    if place.path == name then
      local part = text:sub(place.start.offset + 1, place['end'].offset)
      table.insert(lines, ('%s %d %s'):format(finding.rule, place.start.line, part))
    end
  end
  table.sort(lines)
  return lines
end

local function wait(what, condition)
  return say(vim.wait(20000, condition, 20), what)
end

local function find(buffer, code)
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    if (diagnostic.code or diagnostic.user_data.lsp.code) == code then return diagnostic end
  end
end

local function ask(buffer, method, parameters)
  local answers = assert(vim.lsp.buf_request_sync(buffer, method, parameters, 10000), method .. ': no answer')
  local answer = answers[client] or select(2, next(answers)) or {}
  if answer.error then say(false, method, vim.inspect(answer.error)) end
  return answer.result
end

local function place(buffer, line, byte)
  local text = vim.api.nvim_buf_get_lines(buffer, line, line + 1, true)[1]
  local encoding = vim.lsp.get_client_by_id(client).offset_encoding
  local character = encoding == 'utf-8' and byte or vim.fn.strchars(text:sub(1, byte))
  if encoding == 'utf-16' then character = select(2, vim.str_utfindex(text, byte)) end
  return { textDocument = vim.lsp.util.make_text_document_params(buffer), position = { line = line, character = character } }
end

local function run()
  -- 1. What is shown is what `check` says, in an open file and in one that nobody opened.
  local compose = open('compose.yaml')
  wait('problems arrive', function() return #vim.diagnostic.get(compose) > 0 end)
  same(shown(compose), checked('compose.yaml'), 'they are those of `stacklint check`, at the same characters')
  io.stdout:write('     encoding: ' .. vim.lsp.get_client_by_id(client).offset_encoding .. '\n')

  -- 2. An edit in `.env` that nobody saved moves problems in compose.yaml; the emoji before them counts right.
  local env = open('.env')
  local before = vim.api.nvim_buf_get_lines(env, 0, -1, true)
  vim.api.nvim_buf_set_lines(env, 1, 2, true, {})
  wait('an unsaved edit of .env is a problem in compose.yaml', function() return find(compose, 'bind-address-fails-open') end)
  local problem = find(compose, 'bind-address-fails-open')
  if problem then same(marked(compose, problem), '${BIND}', 'it marks the variable, behind an emoji') end
  local lsp = problem and problem.user_data and problem.user_data.lsp or {}

  -- 3. Its fix, applied, gives the text that `check --fix` would write, for this finding alone.
  if problem then
    local range = { start = place(compose, problem.lnum, problem.col).position }
    range['end'] = place(compose, problem.lnum, problem.end_col).position
    local context = { diagnostics = { vim.tbl_extend('keep', { range = range, message = problem.message }, lsp) } }
    context.diagnostics[1].code = 'bind-address-fails-open'
    context.diagnostics[1].source = 'stacklint'
    local parameters = { textDocument = vim.lsp.util.make_text_document_params(compose), range = range, context = context }
    local actions = ask(compose, 'textDocument/codeAction', parameters) or {}
    local preferred
    for _, action in ipairs(actions) do
      io.stdout:write(('     action: %s [%s]%s\n'):format(action.title, action.kind or '-', action.isPreferred and ' preferred' or ''))
      if action.isPreferred and not preferred then preferred = action end
    end
    preferred = preferred or actions[1] -- Neovim before 0.10 does not say that it knows which is preferred
    if say(preferred ~= nil and preferred.edit ~= nil, 'there is an action, and it brings its edit') then
      vim.lsp.util.apply_workspace_edit(preferred.edit, vim.lsp.get_client_by_id(client).offset_encoding)
      local line = vim.api.nvim_buf_get_lines(compose, 2, 3, true)[1]
      local wanted = '  db: {image: "postgres:17", labels: {team: "é😀"}, ports: ["${BIND:-127.0.0.1}:5432:5432"]}'
      same(line, wanted, 'the fixed line')
      wait('the problem is gone', function() return not find(compose, 'bind-address-fails-open') end)
    end
  end

  -- 4. Back in .env: the value is read again out of the buffer.
  vim.api.nvim_buf_set_lines(env, 0, -1, true, vim.list_extend({ before[1] }, { 'BIND=0.0.0.0' }))
  wait('another unsaved value is a problem in .env itself', function() return find(env, 'published-datastore-port') end)
  local there = find(env, 'published-datastore-port')
  if there then
    same(marked(env, there), '0.0.0.0', 'it marks the value')
    local related = (there.user_data.lsp or {}).relatedInformation or {}
    local uses = vim.tbl_filter(function(entry) return entry.location.uri:match('compose%.yaml$') end, related)
    say(#uses > 0, 'and leads to its use in compose.yaml')
  end

  -- 5. What the editor asks about a place.
  local line = vim.api.nvim_buf_get_lines(compose, 2, 3, true)[1]
  local byte = line:find('BIND', 1, true)
  local client_now = vim.lsp.get_client_by_id(client)
  local can = client_now.server_capabilities
  if can.hoverProvider then
    local hover = ask(compose, 'textDocument/hover', place(compose, 2, byte))
    local text = hover and vim.inspect(hover.contents) or ''
    say(text:find('0.0.0.0', 1, true) ~= nil, 'hover tells the effective value', text)
    say(text:find('.env', 1, true) ~= nil, 'and where it came from', text)
  else
    say(false, 'the server answers hover')
  end
  if can.definitionProvider then
    local found = ask(compose, 'textDocument/definition', place(compose, 2, byte)) or {}
    local first = found[1] or found
    local uri, range = first.uri or first.targetUri, first.range or first.targetSelectionRange
    say(uri and uri:match('%.env$') and range.start.line == 1, 'the variable is defined in .env', vim.inspect(found))
  else
    say(false, 'the server answers definition')
  end

  -- 6. The buffers thrown away, the disk counts again.
  vim.cmd('bwipeout! ' .. env)
  vim.api.nvim_buf_call(compose, function() vim.cmd('edit!') end)
  wait('without the edits the files on disk count', function()
    return vim.deep_equal(shown(compose), checked('compose.yaml'))
  end)
  local process = vim.lsp.get_client_by_id(client)
  vim.lsp.stop_client(client)
  wait('the server ends when it is asked to', function() return process.is_stopped(process) end)
end

local ok, problem = xpcall(run, debug.traceback)
if not ok then say(false, 'the script', problem) end
if failed > 0 then vim.cmd('cquit 1') end
vim.cmd('qall!')
