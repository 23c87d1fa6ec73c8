-- Asks the guard about a request: `http-request lua.jobpass /guards/deploy`. Sets the variable
-- txn.jobpass to "admitted" and the headers of the identity, or answers with the refusal of the
-- guard. Where it does neither, the configuration refuses.

local guard = 'http://127.0.0.1:4921'

-- The headers of a refusal that the client gets.
local answered = { 'content-type', 'cache-control', 'www-authenticate', 'retry-after' }

local function values(list)
  local copy = {}
  for _, value in pairs(list or {}) do
    table.insert(copy, value)
  end
  return copy
end

core.register_action('jobpass', { 'http-req' }, function(txn, path)
  local sent = txn.http:req_get_headers()
  local answer = core.httpclient():get {
    url = guard .. path,
    -- All values of the credential, so that two are refused. Method and target are for the log.
    headers = {
      ['authorization'] = values(sent['authorization']),
      ['x-forwarded-method'] = { txn.sf:method() },
      ['x-forwarded-uri'] = { txn.sf:pathq() },
    },
    -- Milliseconds. The guard waits up to 5 s for the keys of an issuer.
    timeout = 10000,
  }

  if answer.status == 200 then
    for name, list in pairs(answer.headers) do
      if string.sub(name, 1, 8) == 'jobpass-' then
        txn.http:req_set_header(name, list[0])
      end
    end
    txn:set_var('txn.jobpass', 'admitted')
    return
  end

  -- An error of the way to the guard is no refusal of the guard.
  local types = answer.headers and answer.headers['content-type']
  if types == nil or types[0] ~= 'application/problem+json' then
    return
  end
  local reply = txn:reply { status = answer.status }
  for _, name in ipairs(answered) do
    for _, value in pairs(answer.headers[name] or {}) do
      reply:add_header(name, value)
    end
  end
  reply:set_body(answer.body)
  txn:done(reply)
end, 1)
