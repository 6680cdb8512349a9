-- Writes a key and removes it, which fails where Redis takes no writes.
--
-- A script of its own, because it must work on a Redis that does not hold the functions yet.
redis.call('SET', 'sarangbang:trial', 1)
return redis.call('UNLINK', 'sarangbang:trial')
