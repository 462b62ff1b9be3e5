-- Opens files in Neovim with `wirelint lsp` beside it, and writes what a person would be shown.
-- WIRELINT: the program; ROOT: the folder; FILES: paths below it, a line each; OUT: the file that gets the answers.
local env = vim.env
local root, patience = env.ROOT, 20000

local client = vim.lsp.start_client({ name = 'wirelint', cmd = { env.WIRELINT, 'lsp' }, root_dir = root })
assert(client, 'the server does not start')

local function all(buffer, method, params)
  local answers = vim.lsp.buf_request_sync(buffer, method, params, patience) or {}
  local _, answer = next(answers)
  assert(answer and not answer.error, method .. ': ' .. vim.inspect(answer))
  return answer.result
end

local shown = {}
for path in env.FILES:gmatch('[^\n]+') do
  vim.cmd('edit ' .. vim.fn.fnameescape(root .. '/' .. path))
  local buffer = vim.api.nvim_get_current_buf()
  assert(vim.lsp.buf_attach_client(buffer, client), 'the server does not get the file')
  vim.wait(patience, function()
    return #vim.diagnostic.get(buffer) > 0
  end, 20)
  local file = { path = path, diagnostics = {}, hovers = 0, definitions = 0 }
  local document = vim.lsp.util.make_text_document_params(buffer)
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    local lsp = one.user_data.lsp
    local start = { line = one.lnum, character = one.col }
    local range = { start = start, ['end'] = start }
    local actions = all(buffer, 'textDocument/codeAction', {
      textDocument = document,
      range = range,
      context = { diagnostics = {} },
    })
    table.insert(file.diagnostics, { line = one.lnum + 1, rule = lsp.code, actions = #actions })
  end
  for line = 0, vim.api.nvim_buf_line_count(buffer) - 1 do
    local text = vim.api.nvim_buf_get_lines(buffer, line, line + 1, false)[1]
    local at = { textDocument = document, position = { line = line, character = #text:match('^%s*') } }
    local hover = all(buffer, 'textDocument/hover', at)
    if type(hover) == 'table' and hover.contents then
      file.hovers = file.hovers + 1
    end
    local places = all(buffer, 'textDocument/definition', at)
    if type(places) == 'table' and #places > 0 then
      file.definitions = file.definitions + 1
    end
  end
  table.insert(shown, file)
end
vim.fn.writefile({ vim.fn.json_encode(shown) }, env.OUT)
