/**
 * Lua for Redis 7. All keys of the mailboxes have the same hash tag, so that one script may touch several of
 * them in a cluster too; KEYS[1] is what they begin with. Of one recipient:
 *
 * - `order:TO` sorted set of notices by the order in which they came
 * - `meta:TO` hash, notice = `sender rank expiry`, rank `n` for named senders and `s` for strangers
 * - `text:TO` hash, notice = `device at box`
 * - `lease:TO` hash, notice = `holder expiry`, on the clock of Redis, so that those of the nodes need not agree
 *
 * and of all, with members `TO notice sender`: `all` by expiry, `strangers` and `from:SENDER` in order. Times are
 * milliseconds since the epoch.
 */
const shared = `
local base = KEYS[1]
local function key(kind, id) return base .. ':' .. kind .. ':' .. id end
local function drop(to, mail, from)
  local member = to .. ' ' .. mail .. ' ' .. from
  redis.call('ZREM', key('order', to), mail)
  redis.call('HDEL', key('meta', to), mail)
  redis.call('HDEL', key('text', to), mail)
  redis.call('HDEL', key('lease', to), mail)
  redis.call('ZREM', base .. ':all', member)
  redis.call('ZREM', base .. ':strangers', member)
  redis.call('ZREM', key('from', from), member)
end
local function dropMember(member)
  drop(string.match(member, '^(%S+) (%S+) (%S+)$'))
end
local function expire(now)
  local over = redis.call('ZRANGEBYSCORE', base .. ':all', '-inf', now, 'LIMIT', 0, 1000)
  for _, member in ipairs(over) do dropMember(member) end
  return #over
end
local function hash(name)
  local flat = redis.call('HGETALL', name)
  local map = {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end
local function occupants(to, now)
  local meta = hash(key('meta', to))
  local box = {}
  for _, mail in ipairs(redis.call('ZRANGE', key('order', to), 0, -1)) do
    local from, rank, expires = string.match(meta[mail] or '', '^(%S+) (%S) (%d+)$')
    if from and tonumber(expires) > now then box[#box + 1] = { mail = mail, from = from, rank = rank } end
  end
  return box
end
local t = redis.call('TIME')
local clock = t[1] * 1000 + math.floor(t[2] / 1000)
local function holder(value)
  local who, expiry = string.match(value or '', '^(%S+) (%d+)$')
  if who and tonumber(expiry) > clock then return who end
  return nil
end
local function lease(to, mail, who, ms)
  redis.call('HSET', key('lease', to), mail, who .. ' ' .. string.format('%.0f', clock + ms))
end
`;

/**
 * ARGV: recipient, sender, device, box, at, now, named as 1 or 0, notice; then the bounds: per recipient, per
 * sender, per sender in all, in all, ms that a notice lives. Returns kept as 1 or 0, how many gave way, how many
 * ran out. Decides as mailboxRoom.ts does.
 */
export const putScript = `${shared}
local to, from, named, mail = ARGV[1], ARGV[2], ARGV[7] == '1', ARGV[8]
local now = tonumber(ARGV[6])
local perRecipient, perSender = tonumber(ARGV[9]), tonumber(ARGV[10])
local perSenderInAll, inAll, ms = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local expired = expire(now)

local box = occupants(to, now)
local own = 0
for _, one in ipairs(box) do
  if one.from == from then own = own + 1 end
end
local leaving, strangers, counts, staying = {}, {}, {}, 0
for _, one in ipairs(box) do
  if one.from == from and own >= perSender then
    own = own - 1
    leaving[#leaving + 1] = one
  else
    staying = staying + 1
    if one.rank == 's' then
      strangers[#strangers + 1] = one
      counts[one.from] = (counts[one.from] or 0) + 1
    end
  end
end
local full = staying >= perRecipient
if full and #strangers == 0 then return { 0, 0, expired } end
if full or (not named and #strangers >= perRecipient / 2) then
  local most
  for _, one in ipairs(strangers) do
    if not most or counts[one.from] > counts[most.from] then most = one end
  end
  leaving[#leaving + 1] = most
end
for _, one in ipairs(leaving) do drop(to, one.mail, one.from) end
local displaced = #leaving

if redis.call('ZCARD', key('from', from)) >= perSenderInAll then
  dropMember(redis.call('ZRANGE', key('from', from), 0, 0)[1])
  displaced = displaced + 1
end
local all = redis.call('ZCARD', base .. ':all')
local strangersInAll = redis.call('ZCARD', base .. ':strangers')
if all >= inAll and strangersInAll == 0 then return { 0, 0, expired } end
if all >= inAll or (not named and strangersInAll >= inAll / 2) then
  dropMember(redis.call('ZRANGE', base .. ':strangers', 0, 0)[1])
  displaced = displaced + 1
end

local seq = redis.call('INCR', base .. ':seq')
local expires = string.format('%.0f', now + ms)
local member = to .. ' ' .. mail .. ' ' .. from
redis.call('ZADD', key('order', to), seq, mail)
redis.call('HSET', key('meta', to), mail, from .. ' ' .. (named and 'n' or 's') .. ' ' .. expires)
redis.call('HSET', key('text', to), mail, ARGV[3] .. ' ' .. ARGV[5] .. ' ' .. ARGV[4])
redis.call('ZADD', base .. ':all', expires, member)
redis.call('ZADD', key('from', from), seq, member)
if not named then redis.call('ZADD', base .. ':strangers', seq, member) end
-- Only for what a broken clock would leave behind.
for _, name in ipairs({ key('order', to), key('meta', to), key('text', to), key('from', from) }) do
  redis.call('PEXPIRE', name, ms + 86400000)
end
return { 1, displaced, expired }
`;

/** ARGV: recipient, now. Returns notice, sender and holder ('' for none) of each, the oldest first. */
export const listScript = `${shared}
local leases = hash(key('lease', ARGV[1]))
local list = {}
for _, one in ipairs(occupants(ARGV[1], tonumber(ARGV[2]))) do
  list[#list + 1] = one.mail
  list[#list + 1] = one.from
  list[#list + 1] = holder(leases[one.mail]) or ''
end
return list
`;

/**
 * ARGV: recipient, holder, ms, notices in order. Returns 1 when another holder was faster with one of them, else
 * 0; then notice, sender and text of each before that one.
 */
export const claimScript = `${shared}
local to = ARGV[1]
local result = { '0' }
for i = 4, #ARGV do
  local mail = ARGV[i]
  local who = holder(redis.call('HGET', key('lease', to), mail))
  if who and who ~= ARGV[2] then
    result[1] = '1'
    break
  end
  local text = redis.call('HGET', key('text', to), mail)
  local meta = redis.call('HGET', key('meta', to), mail)
  if text and meta then
    lease(to, mail, ARGV[2], tonumber(ARGV[3]))
    result[#result + 1] = mail
    result[#result + 1] = string.match(meta, '^(%S+)')
    result[#result + 1] = text
  end
end
redis.call('PEXPIRE', key('lease', to), tonumber(ARGV[3]))
return result
`;

/** ARGV: recipient, holder, ms. */
export const renewScript = `${shared}
local name = key('lease', ARGV[1])
for mail, value in pairs(hash(name)) do
  if string.match(value, '^(%S+)') == ARGV[2] then lease(ARGV[1], mail, ARGV[2], tonumber(ARGV[3])) end
end
redis.call('PEXPIRE', name, tonumber(ARGV[3]))
return 0
`;

/** ARGV: recipient, holder, notices; without notices all that the holder has. Returns how many there were. */
export const releaseScript = `${shared}
local name = key('lease', ARGV[1])
local wanted = {}
for i = 3, #ARGV do wanted[ARGV[i]] = true end
local count = 0
for mail, value in pairs(hash(name)) do
  if string.match(value, '^(%S+)') == ARGV[2] and (#ARGV == 2 or wanted[mail]) then
    redis.call('HDEL', name, mail)
    count = count + 1
  end
end
return count
`;

/** ARGV: recipient, holder, now, notices. Returns how many were removed, and how many are left. */
export const acknowledgeScript = `${shared}
local to = ARGV[1]
local removed = 0
for i = 4, #ARGV do
  local mail = ARGV[i]
  local meta = redis.call('HGET', key('meta', to), mail)
  local who = holder(redis.call('HGET', key('lease', to), mail))
  if meta and (not who or who == ARGV[2]) then
    drop(to, mail, string.match(meta, '^(%S+)'))
    removed = removed + 1
  end
end
return { removed, #occupants(to, tonumber(ARGV[3])) }
`;

/** ARGV: now. Returns how many notices ran out; at most 1,000 at once, so that nobody waits long. */
export const expireScript = `${shared}
return expire(tonumber(ARGV[1]))
`;

/** KEYS[1]: the devices of one id that were signed out, by time. ARGV: device, most, ms. */
export const signOutScript = `
local t = redis.call('TIME')
redis.call('ZADD', KEYS[1], t[1] * 1000000 + t[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
`;
