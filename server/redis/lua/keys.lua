-- The first file of the library of functions. `library.ts` joins these files in its order and adds the constants.
--
-- Owns the names of all keys, the registration of functions, and the scope of a call: whose keys it works on.
-- Functions compute the names of keys, so they run on one Redis with replicas, and not on a Redis Cluster.
-- Values that go out on the wire are joined as text, because `cjson` cannot tell an empty list from an empty object.
--
-- Keys, each after the prefix. Pub/sub knows no databases, so the prefix names the database too.
--   room:R      hash  epoch, n (number of the last fact), seq (counts entries and knocks), calls (participants in the
--                     call), bans (counts bans), locked, unlisted, run (the Redis run in which the epoch began),
--                     since (the greatest number of a restored presence or hand, or of one that came after that),
--                     restricted (counts changes of the permissions, then the names of what is left to moderators)
--   members:R   hash  participant -> JSON of texts: name role connected subject address, seq (place in the order of
--                     entering), join (`joinId` in the call, or ''), tracks and video of that presence in the call,
--                     wait (the reason of leaving if the participant does not come back), placed ('1' when the
--                     participant was moved there), since and offers ('1' for `newcomerOffers`) of the presence whose
--                     `joinId` is sinceOf, hand (JSON, or '') of the presence whose `joinId` is handOf
--   hands:R     hash  participant who said goodbye a moment ago -> until when its hand is kept, and the hand
--   log:R       list  the short log: the last facts, oldest first
--   waiting:R   hash  participant who waits before the room -> JSON: name seq address
--   knocks:I    set   rooms that participant I waits before
--   letin:R     zset  admitted participant who has not entered yet -> end of the admission
--   admitted:R  set   the same, as an earlier version keeps it
--   bans:R      zset  `s:` subject, `i:` participant or `a:` address -> number of the ban
--   spared:R    hash  `a:` address -> JSON: participants who may enter from that address despite the ban
--   expected:R  hash  key of a member who may come back (`keyOf`) -> role
--   expecting   zset  room that expects members back -> end of the wait
--   ended:R     set   `joinId`s of participants who were disconnected when a moderator ended the call
--   list        hash  room -> its line of the room list, unlisted rooms too
--   list:n            counts the published changes of the room list
--   empty       zset  room without participants -> when it ends
--   in:I        zset  rooms of participant I, in the order of entering
--   who:I       hash  node (the process with the socket; empty while disconnected), last (that process before), gen
--                     (counts arrivals), name, since (place in the order of arriving), seq (counts entries into
--                     rooms)
--   arrivals          counts first arrivals of participants
--   here:N      set   participants whose sockets are at process N
--   nodes       zset  process -> its last sign of life
--   beat              the last sign of life of any process
--   grace             until when no process is taken for dead
--   doubt       hash  ahead (milliseconds the clock is ahead of the believed time), since (the believed time then);
--                     exists only while the two differ
--   chats       zset  room with messages -> time of the newest message
--   authored    set   rooms with messages whose author is known
--   unclean     set   rooms whose short log (log:R) may hold deleted text
--   stale             exists while the append-only file may hold deleted text
--   lasting     zset  room that an administrator ended -> until when its bans last
--   waits       zset  participant and room -> until when the participant is expected back there
--   revoked     zset  `j:` token or `s:` subject -> when it was revoked; it expires, as the next two, `admitted:R` and
--                     `hands:R`
--   lifted      zset  the same -> when the revocation was lifted
--   shown       zset  short name of a token or subject that was used -> when
--   key, epoch        shared by all processes
--   chat:R:…          messages, see chat.lua
--   fact:R  list:changes  node:N  nodes:all      channels

-- `redis.call`, which Redis offers to running functions alone.
local call
-- The scope of the running call.
-- The prefix of all keys:
local P
-- Whether another participant becomes moderator after the last one has left:
local SUCCESSION
-- Milliseconds a disconnected participant is expected back:
local RETURN_MS

-- The first three arguments of each call are its scope; the others are those of the function.
local function register(name, flags, body)
  redis.register_function({
    function_name = LIBRARY .. '_' .. name,
    flags = flags,
    callback = function(_, args)
      call = redis.call
      P = args[1]
      SUCCESSION = args[2] == '1'
      RETURN_MS = tonumber(args[3])
      return body(unpack(args, 4))
    end,
  })
end

-- A function that never writes. It also runs while Redis refuses writes.
local function reads(name, body) register(name, { 'no-writes' }, body) end

-- A function that Redis refuses while its memory is full.
local function writes(name, body) register(name, {}, body) end

-- A function that must run while the memory is full. It frees memory, keeps processes alive, changes a right, or writes
-- a few bytes that a start or the upkeep needs.
local function whenFull(name, body) register(name, { 'allow-oom' }, body) end
