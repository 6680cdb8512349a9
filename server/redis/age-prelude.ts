/**
 * `AgeClock` as the scripts have it: how far the clock of Redis is believed where something is to be deleted by it.
 *
 * No clock of Redis runs evenly for sure. But the processes give signs of life all the time, so a step between two of
 * them that is longer than a pause is a jump, or a time in which nobody was there.
 */
import { BELIEF_MS, STEP_MS } from '../rooms/age-clock.ts';

/** Milliseconds between two signs of life of any process that are no pause. */
export const PAUSE_MS = 1_500;

export const AGES = `
-- The time that is believed where the clock says \`now\`, and how far that clock is ahead of it.
local function believed(now)
  local last = tonumber(call('GET', P .. 'beat') or now)
  local ahead = tonumber(call('HGET', P .. 'doubt', 'ahead') or 0)
  local step = now - last
  if step > ${PAUSE_MS} then ahead = ahead + step - ${PAUSE_MS} elseif step < 0 then ahead = ahead + step end
  if math.abs(ahead) <= ${STEP_MS} then ahead = 0 end
  return now - ahead, ahead
end

-- By which things are deleted: of the believed and the clock's time the earlier one.
local function deletesBy(now) return math.min(now, (believed(now))) end

-- With each sign of life, before it is noted.
local function doubt(now)
  local time, ahead = believed(now)
  local known = call('HMGET', P .. 'doubt', 'ahead', 'since')
  if ahead == 0 then
    call('UNLINK', P .. 'doubt')
  elseif not known[1] or math.abs(ahead - tonumber(known[1])) > ${STEP_MS} then
    call('HSET', P .. 'doubt', 'ahead', integer(ahead), 'since', integer(time))
  elseif time - tonumber(known[2]) >= ${BELIEF_MS} then
    call('UNLINK', P .. 'doubt')
  else
    call('HSET', P .. 'doubt', 'ahead', integer(ahead))
  end
end
`;
