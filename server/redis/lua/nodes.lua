-- Which process a participant is at, and what happens when the participant or the process goes.

-- The most participants, rooms or messages that one step of a call handles, so that no call blocks Redis for long.
local PORTION = 50

-- Forgets a participant who is connected nowhere and in no room.
local function forget(id)
  local node = call('HGET', P .. 'who:' .. id, 'node')
  if (not node or node == '') and call('EXISTS', P .. 'in:' .. id) == 0 then call('UNLINK', P .. 'who:' .. id) end
end

-- The participant's socket is at this process.
local function settle(node, id)
  call('HSET', P .. 'who:' .. id, 'node', node)
  if call('HEXISTS', P .. 'who:' .. id, 'since') == 0 then
    call('HSET', P .. 'who:' .. id, 'since', call('INCR', P .. 'arrivals'))
  end
  call('SADD', P .. 'here:' .. node, id)
end

-- Why the participant's arrival number `gen` may not act any more; false when it is the last one, or '' was given.
local function overtaken(id, gen)
  if gen == '' then return false end
  local last = call('HGET', P .. 'who:' .. id, 'gen')
  if last == gen then return false end
  -- When Redis knows no arrival or only an earlier one, it was not told of this one yet.
  return last and tonumber(last) > tonumber(gen) and 'replaced' or 'timeout'
end

-- Whether this process speaks for the participant. It does when no other process has the participant's socket.
local function owns(node, id)
  local owner = call('HGET', P .. 'who:' .. id, 'node')
  if owner and owner ~= '' then return owner == node end
  settle(node, id)
  return true
end

-- Expects the participant back in all its rooms until `deadline`.
local function waitFor(id, deadline, reason)
  for _, room in ipairs(call('ZRANGE', P .. 'in:' .. id, 0, -1)) do
    local member = find(room, id)
    if not call('ZSCORE', P .. 'waits', waitOf(id, room)) then
      call('ZADD', P .. 'waits', deadline, waitOf(id, room))
      member.wait = reason
      keep(room, id, member)
    end
    if reason == 'lost' then change(room, id, member, { connected = '0' }) end
  end
end

-- The participant's socket at this process is gone.
local function lose(node, id, deadline)
  call('SREM', P .. 'here:' .. node, id)
  if call('HGET', P .. 'who:' .. id, 'node') ~= node then return end
  call('HSET', P .. 'who:' .. id, 'node', '', 'last', node)
  withdraw(id)
  waitFor(id, deadline, 'lost')
  forget(id)
end

-- Removes a portion of the participants of a process that is gone. Answers whether it was the last portion.
local function bury(node, deadline)
  local ids = call('SRANDMEMBER', P .. 'here:' .. node, PORTION)
  for _, id in ipairs(ids) do lose(node, id, deadline) end
  if #ids < PORTION then
    call('UNLINK', P .. 'here:' .. node)
    call('ZREM', P .. 'nodes', node)
    return true
  end
  return false
end
