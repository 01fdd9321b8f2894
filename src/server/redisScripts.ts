/**
 * Lua for Redis 7. All keys of one id share a hash tag, so that each script also runs in a cluster, and the
 * scripts use Redis' own clock, so that the clocks of the nodes need not agree.
 *
 * A place is a hash field `device` = `node expiry state` (milliseconds since the epoch; the state is a letter, or
 * nothing for offline): fields cannot expire by themselves before Redis 7.4, so a field whose time is over counts
 * as absent and is removed by the next registration; the key as a whole has a TTL. The nodes that watch an id are
 * kept the same way, as `node` = `expiry`. A book is a hash of `id` = `s`, `c` or `n` (see, call, nothing), with
 * `*` for all others; without a book it is `c` for all.
 */
const clock = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function whole(number) return string.format('%.0f', number) end
local function read(value)
  local node, expiry, state = string.match(value, '^(%S+) (%d+) ?(%a*)$')
  if node and tonumber(expiry) > now then return node, state end
  return nil
end
local function put(key, device, node, ttl, state)
  redis.call('HSET', key, device, node .. ' ' .. whole(now + ttl) .. ' ' .. state)
  redis.call('PEXPIRE', key, ttl)
end
local function watching(key)
  local nodes = {}
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    if tonumber(all[i + 1]) > now then
      nodes[#nodes + 1] = all[i]
    else
      redis.call('HDEL', key, all[i])
    end
  end
  return nodes
end
`;

/**
 * KEYS: places. ARGV: device, node, TTL in ms, most devices. Returns the node before, '' for none, and what
 * the device shows, or false when full.
 */
export const registerScript = `${clock}
local before, state = '', ''
local live = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local node, shown = read(all[i + 1])
  if not node then
    redis.call('HDEL', KEYS[1], all[i])
  else
    live = live + 1
    if all[i] == ARGV[1] then before, state = node, shown end
  end
end
if before == '' and live >= tonumber(ARGV[4]) then return false end
put(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), state)
return { before, state }
`;

/**
 * KEYS: places, book of the device, devices with books. ARGV: device, node, TTL in ms, state, TTL of the book in ms
 * or '' for none.
 * Returns 1, 0 when another node has the device, or 2 when its book is lost.
 */
export const refreshScript = `${clock}
local value = redis.call('HGET', KEYS[1], ARGV[1])
local node = value and read(value)
if node and node ~= ARGV[2] then return 0 end
put(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4])
if ARGV[5] == '' then return 1 end
redis.call('PEXPIRE', KEYS[3], ARGV[5])
if redis.call('PEXPIRE', KEYS[2], ARGV[5]) == 0 then return 2 end
return 1
`;

/** KEYS: places, watching nodes. ARGV: device, node. Returns the watching nodes if it showed something. */
export const unregisterScript = `${clock}
local value = redis.call('HGET', KEYS[1], ARGV[1])
local node, state = string.match(value or '', '^(%S+) %d+ ?(%a*)$')
if node ~= ARGV[2] then return {} end
redis.call('HDEL', KEYS[1], ARGV[1])
if state == '' then return {} end
return watching(KEYS[2])
`;

/**
 * KEYS: places. ARGV: the asking node, a device or '', a sender or '', what the keys of books begin with. Returns
 * the nodes, each once, of the devices that admit the sender. For who has no device it looks into no book just the
 * same, so that an absence takes as long as a refusal.
 */
export const otherNodesScript = `${clock}
local nodes = {}
local seen = { [ARGV[1]] = true }
local looked = false
local function admits(device)
  looked = true
  if ARGV[3] == '' then return true end
  local rights = redis.call('HMGET', ARGV[4] .. device, ARGV[3], '*')
  return (rights[1] or rights[2]) ~= 'n'
end
local function add(device, value)
  local node = value and read(value)
  if node and not seen[node] and admits(device) then
    seen[node] = true
    nodes[#nodes + 1] = node
  end
end
if ARGV[2] ~= '' then
  add(ARGV[2], redis.call('HGET', KEYS[1], ARGV[2]))
else
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do add(all[i], all[i + 1]) end
end
if not looked then admits('') end
return nodes
`;

/** Arguments from `first` on, so many at a time: Lua has room for 8,000 values on its stack. */
const inBatches = `
local function batches(first, task)
  for i = first, #ARGV, 1000 do task(i, math.min(i + 999, #ARGV)) end
end
`;

/**
 * KEYS: book, devices with books. ARGV: device, TTL in ms, then fields and rights in turn; without any the book is
 * forgotten.
 */
export const putBookScript = `${inBatches}
redis.call('DEL', KEYS[1])
if #ARGV == 2 then
  redis.call('SREM', KEYS[2], ARGV[1])
  return 1
end
batches(3, function (from, to) redis.call('HSET', KEYS[1], unpack(ARGV, from, to)) end)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`;

/**
 * KEYS: devices with books. ARGV: an id, what the keys of books begin with. Returns 1 when a book names the id and
 * lets it call. Of more devices than an id can have connected, some are looked at.
 */
export const namesScript = `
local devices = redis.call('SRANDMEMBER', KEYS[1], 64)
local named = 0
for i = 1, #devices do
  local right = redis.call('HGET', ARGV[2] .. devices[i], ARGV[1])
  if right == 's' or right == 'c' then named = 1 end
  if not right and redis.call('EXISTS', ARGV[2] .. devices[i]) == 0 then
    redis.call('SREM', KEYS[1], devices[i])
  end
end
return named
`;

/** KEYS: book. ARGV: ids and rights in turn, '' for none. Returns 0 when there is no book to change. */
export const changeBookScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return 1
`;

/** KEYS: places, watching nodes. ARGV: device, node, state. Returns the watching nodes. */
export const showScript = `${clock}
local value = redis.call('HGET', KEYS[1], ARGV[1])
local node, expiry = string.match(value or '', '^(%S+) (%d+)')
if node == ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], node .. ' ' .. expiry .. ' ' .. ARGV[3]) end
return watching(KEYS[2])
`;

/**
 * KEYS: places, watching nodes. ARGV: node, TTL of its watching in ms, the watched id, what the keys of books begin
 * with, then the watchers. Returns for each the letter of the highest state that a device shows to it.
 */
export const watchScript = `${clock}${inBatches}
local ttl = tonumber(ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], whole(now + ttl))
redis.call('PEXPIRE', KEYS[2], ttl)
local rank = { o = 1, i = 2, d = 3 }
local best = {}
for i = 5, #ARGV do best[i - 4] = '' end
local all = redis.call('HGETALL', KEYS[1])
for d = 1, #all, 2 do
  local node, state = read(all[d + 1])
  if node and rank[state] then
    batches(5, function (from, to)
      local rights = redis.call('HMGET', ARGV[4] .. all[d], unpack(ARGV, from, to))
      for i = from, to do
        local sees = rights[i - from + 1] == 's' or ARGV[i] == ARGV[3]
        if sees and rank[state] > (rank[best[i - 4]] or 0) then best[i - 4] = state end
      end
    end)
  end
end
return best
`;
