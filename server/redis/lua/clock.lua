-- The clock of Redis, and how far that clock is believed before something is deleted by it.
--
-- The rules are those of `AgeClock`. The clock of Redis can jump. Processes give signs of life all the time, so a
-- longer step between two signs is a jump of the clock, or a time in which no process ran.

-- Milliseconds since 1970.
local function clock()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function integer(number) return string.format('%d', number) end

-- Answers the believed time when the clock says `now`, and how far the clock is ahead of that time.
local function believed(now)
  local last = tonumber(call('GET', P .. 'beat') or now)
  local ahead = tonumber(call('HGET', P .. 'doubt', 'ahead') or 0)
  local step = now - last
  if step > PAUSE_MS then
    ahead = ahead + step - PAUSE_MS
  elseif step < 0 then
    ahead = ahead + step
  end
  if math.abs(ahead) <= STEP_MS then ahead = 0 end
  return now - ahead, ahead
end

-- The time by which things are deleted: the earlier one of the believed time and the clock's.
local function deletesBy(now)
  local time = believed(now)
  return math.min(now, time)
end

-- Runs with each sign of life, before the sign is noted.
local function doubt(now)
  local time, ahead = believed(now)
  local known = call('HMGET', P .. 'doubt', 'ahead', 'since')
  if ahead == 0 then
    call('UNLINK', P .. 'doubt')
  elseif not known[1] or math.abs(ahead - tonumber(known[1])) > STEP_MS then
    call('HSET', P .. 'doubt', 'ahead', integer(ahead), 'since', integer(time))
  elseif time - tonumber(known[2]) >= BELIEF_MS then
    call('UNLINK', P .. 'doubt')
  else
    call('HSET', P .. 'doubt', 'ahead', integer(ahead))
  end
end

-- `number` in base 36, padded with zeros to `width`, so that message ids sort by their time.
local function base36(number, width)
  local digits, text = '0123456789abcdefghijklmnopqrstuvwxyz', ''
  repeat
    local digit = number % 36
    text = string.sub(digits, digit + 1, digit + 1) .. text
    number = (number - digit) / 36
  until number == 0
  return string.rep('0', width - #text) .. text
end
