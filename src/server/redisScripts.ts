/**
 * Lua for Redis 7. Each script touches one key, so that it also runs in a cluster, and uses Redis' own clock,
 * so that the clocks of the nodes need not agree.
 *
 * A place is a hash field `device` = `node expiry` (milliseconds since the epoch): fields cannot expire by
 * themselves before Redis 7.4, so a field whose time is over counts as absent and is removed by the next
 * registration; the key as a whole has a TTL.
 */
const clock = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function holder(value)
  local node, expiry = string.match(value, '^(%S+) (%d+)$')
  if node and tonumber(expiry) > now then return node end
  return nil
end
local function put(key, device, node, ttl)
  redis.call('HSET', key, device, node .. ' ' .. string.format('%.0f', now + ttl))
  redis.call('PEXPIRE', key, ttl)
end
`;

/** ARGV: device, node, TTL in ms, most devices. Returns the node before, '' for none, or false when full. */
export const registerScript = `${clock}
local before = ''
local live = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local node = holder(all[i + 1])
  if not node then
    redis.call('HDEL', KEYS[1], all[i])
  else
    live = live + 1
    if all[i] == ARGV[1] then before = node end
  end
end
if before == '' and live >= tonumber(ARGV[4]) then return false end
put(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
return before
`;

/** ARGV: device, node, TTL in ms. Returns 1, or 0 when another node has the device. */
export const refreshScript = `${clock}
local value = redis.call('HGET', KEYS[1], ARGV[1])
local node = value and holder(value)
if node and node ~= ARGV[2] then return 0 end
put(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
return 1
`;

/** ARGV: device, node. */
export const unregisterScript = `
local value = redis.call('HGET', KEYS[1], ARGV[1])
if value and string.match(value, '^(%S+)') == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1
`;

/** ARGV: the asking node, a device or ''. Returns the nodes, each once. */
export const otherNodesScript = `${clock}
local nodes = {}
local seen = { [ARGV[1]] = true }
local function add(value)
  local node = value and holder(value)
  if node and not seen[node] then
    seen[node] = true
    nodes[#nodes + 1] = node
  end
end
if ARGV[2] ~= '' then
  add(redis.call('HGET', KEYS[1], ARGV[2]))
else
  local all = redis.call('HVALS', KEYS[1])
  for i = 1, #all do add(all[i]) end
end
return nodes
`;
