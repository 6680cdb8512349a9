-- Sends a letter (JSON, see `published.ts`) to the process that has a participant's socket. Answers how many processes
-- got it.
--
-- A script of its own, because Redis refuses functions that publish while its disk fails; calls must go on then.
local prefix, participantId, letter = ARGV[1], ARGV[2], ARGV[3]
local node = redis.call('HGET', prefix .. 'who:' .. participantId, 'node')
if not node or node == '' then return 0 end
return redis.call('PUBLISH', prefix .. 'node:' .. node, letter)
