-- What must go from Redis though nobody writes: old messages, deleted text in the short logs of rooms (`log:R`), and
-- what processes of an earlier version left behind. Each call does a portion.

-- Whether this process does the upkeep of this period. One process does it in each period.
whenFull('claimUpkeep', function(periodMs) return call('SET', P .. 'upkeep', 1, 'NX', 'PX', periodMs) and 1 or 0 end)

-- Counts processes of an earlier version, which compare their settings with no other process.
reads('countEarlier', function()
  local count = 0
  for _, node in ipairs(call('ZRANGEBYSCORE', P .. 'nodes', clock() - LEASE_MS, '+inf')) do
    if string.sub(node, 1, #SETTLED) ~= SETTLED then count = count + 1 end
  end
  return count
end)

-- Deletes what is too old in one sorted set of a chat. Answers how much that was.
local function sweepSet(chat, set, aged, delete)
  local count = 0
  for _, id in ipairs(call('ZRANGE', chat .. set, 0, PORTION - 1)) do
    if id > aged then break end
    delete(chat, id)
    count = count + 1
  end
  return count
end

-- Deletes what is too old in some rooms from `cursor` on. Answers the next cursor, and whether these rooms have more.
whenFull('sweep', function(cursor, retentionMs)
  local found = call('ZSCAN', P .. 'chats', cursor, 'COUNT', PORTION)
  local aged = idBefore(deletesBy(clock()) - math.max(tonumber(retentionMs), RETRY_MS))
  local more = 0
  for i = 1, #found[2], 2 do
    local room = found[2][i]
    local chat = P .. 'chat:' .. room .. ':'
    for _, count in ipairs({ sweepSet(chat, 'all', aged, drop), sweepSet(chat, 'graves', aged, dropGrave) }) do
      if count > 0 then noteDeletion(room) end
      if count == PORTION then more = 1 end
    end
  end
  return { found[1], more }
end)

-- Removes deleted text from the short logs of some rooms. Answers whether there are more such rooms.
whenFull('clean', function()
  for _, room in ipairs(call('SPOP', P .. 'unclean', PORTION)) do cleanLog(room) end
  return call('EXISTS', P .. 'unclean')
end)

-- Forgets authors of messages that a process of an earlier version deleted, and bans that lasted long enough.
-- Answers the next cursor.
whenFull('tidy', function(cursor)
  local found = call('SSCAN', P .. 'authored', cursor, 'COUNT', PORTION)
  for _, room in ipairs(found[2]) do
    local chat = P .. 'chat:' .. room .. ':'
    if not call('ZSCORE', P .. 'chats', room) then
      call('UNLINK', chat .. 'authors')
      call('SREM', P .. 'authored', room)
    elseif call('HLEN', chat .. 'authors') > call('ZCARD', chat .. 'all') then
      for _, id in ipairs(call('HKEYS', chat .. 'authors')) do
        if call('HEXISTS', chat .. 'messages', id) == 0 then call('HDEL', chat .. 'authors', id) end
      end
    end
  end
  for _, room in ipairs(call('ZRANGEBYSCORE', P .. 'lasting', '-inf', deletesBy(clock()), 'LIMIT', 0, PORTION)) do
    call('ZREM', P .. 'lasting', room)
    if call('EXISTS', P .. 'room:' .. room) == 0 then forgetBans(room) end
  end
  return found[1]
end)

-- Whether Redis should write its append-only file again, because the file may hold deleted text. Without `isNow` it
-- is not sooner than `periodMs` after the last time.
whenFull('rewriteDue', function(periodMs, isNow)
  if call('EXISTS', P .. 'stale') == 0 then return 0 end
  if isNow == '1' then
    call('SET', P .. 'rewritten', 1, 'PX', periodMs)
  elseif not call('SET', P .. 'rewritten', 1, 'NX', 'PX', periodMs) then
    return 0
  end
  call('UNLINK', P .. 'stale')
  return 1
end)

-- The rewriting failed, so that the next process tries again; with `mayRetry` it need not wait for the period.
whenFull('rewriteFailed', function(mayRetry)
  call('SET', P .. 'stale', 1)
  if mayRetry == '1' then call('UNLINK', P .. 'rewritten') end
  return 1
end)
