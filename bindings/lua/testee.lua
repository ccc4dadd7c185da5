-- SPDX-License-Identifier: Apache-2.0
-- The conformance testee: one step per line, carried out through the package's public API.
local mmio = require("mmio")

local unpack = table.unpack or unpack

local maps, views = {}, {}

-- What the package raises instead of returning: wrong calls, and what they mean to the driver.
local RAISED = {
    {"attempt to use a closed map", "MMIO_ERR_CLOSED"},
    {"attempt to use a released view", "MMIO_ERR_CLOSED"},
    {"attempt to write through a read%-only view", "MMIO_ERR_MODE"},
    {"bad argument", "MMIO_ERR_INVALID"},
}

local FEATURES = {"grow_in_place", "cheap_pins", "durable_flush", "open_beneath"}

-- Passes results on and raises a returned failure.
local function check(...)
    local result, message, _, status, offset, _, _, done, cause = ...
    if result == nil then
        error({status = status, message = message, offset = offset, done = done, cause = cause})
    end
    return ...
end

local function status_of(raised)
    if type(raised) == "table" then
        return raised.status, raised.message
    end
    for _, known in ipairs(RAISED) do
        if raised:find(known[1]) then
            return known[2], raised
        end
    end
    return "EXCEPTION", raised
end

-- A number as unsigned decimal digits. Since Lua 5.3 those from 2^63 on are negative integers.
local function decimal(value)
    if type(value) == "string" then
        return value
    elseif value >= 0 then
        return ("%d"):format(value)
    end
    local e18 = 1000000000000000000
    local rest = value - math.mininteger
    local low = rest % e18 + 223372036854775808
    local high = (rest - rest % e18) / e18 + 9
    if low >= e18 then
        low, high = low - e18, high + 1
    end
    return ("%.0f%018d"):format(high, low)
end

-- What a failure answers with.
local function failure_line(raised)
    local line = ("err\t%s\t%s"):format(status_of(raised)):gsub("\n", " ")
    if type(raised) == "table" and raised.cause then
        line = ("%s\toffset=%s\tdone=%s\tcause=%s"):format(line, decimal(raised.offset),
            decimal(raised.done), raised.cause)
    end
    return line
end

local function unhex(hex)
    return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function hex(bytes)
    return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

-- Continues an Adler-32, which begins with 1 and 0, over a string or view.
local function adler(bytes, a, b)
    for i = 1, #bytes do
        a = (a + bytes:byte(i)) % 65521
        b = (b + a) % 65521
    end
    return a, b
end

local function adler_field(a, b)
    return "adler=" .. decimal(b * 65536 + a)
end

local function pattern(size, seed)
    local bytes = {}
    for i = 1, size do
        seed = seed * 16807 % 2147483647
        bytes[i] = string.char(seed % 256)
    end
    return table.concat(bytes)
end

-- The table that open, anonymous and from_file take, out of a step's key=value fields.
local function open_options(given)
    local options = {}
    for key, value in pairs(given) do
        options[key] = value
    end
    for flag in (given.flags or ""):gmatch("[^+]+") do
        options[flag] = true
    end
    options.flags = nil
    return options
end

local function name_map(name, map)
    maps[name] = map
    return ("size=%s\tmode=%s"):format(decimal(#map), map:mode())
end

local function name_view(name, view)
    views[name] = view
    return "size=" .. decimal(#view)
end

local verbs = {}

function verbs.open(given, name, path)
    return name_map(name, check(mmio.open(unhex(path), open_options(given))))
end

function verbs.anonymous(given, name, size)
    return name_map(name, check(mmio.anonymous(size, open_options(given))))
end

function verbs.from_handle(given, name, path)
    local file = assert(io.open(unhex(path), given.access == "rw" and "r+b" or "rb"))
    given.access = nil
    local map, message, code, status = mmio.from_file(file, open_options(given), unhex(path))
    file:close()
    return name_map(name, check(map, message, code, status))
end

function verbs.into_handle(_, name)
    local file = check(maps[name]:into_file())
    local size = file:seek("end")
    file:close()
    return "size=" .. decimal(size)
end

for _, verb in ipairs({"size", "pending"}) do
    verbs[verb] = function(_, name)
        return verb .. "=" .. decimal(maps[name][verb](maps[name]))
    end
end

function verbs.mode(_, name) return "mode=" .. maps[name]:mode() end

function verbs.path(_, name) return "path=" .. hex(maps[name]:path()) end

function verbs.info(_, name)
    local info = check(maps[name]:info())
    local fields = {"kind=" .. info.kind, "mode=" .. info.mode}
    for _, key in ipairs({"size", "views", "pending", "holders", "faults"}) do
        fields[#fields + 1] = key .. "=" .. decimal(info[key])
    end
    return table.concat(fields, "\t")
end

function verbs.resize(_, name, size, timeout_ms)
    check(maps[name]:resize(size, timeout_ms))
    return "size=" .. decimal(maps[name]:size())
end

function verbs.close(_, name) check(maps[name]:close()) end

function verbs.view(given, name, map, offset, size)
    return name_view(name, check(maps[map]:view(offset, size, given.write and "w" or "r")))
end

function verbs.run(_, name, map, offset, count, bits)
    return name_view(name, check(maps[map]:run(offset, count, bits)))
end

function verbs.get(_, name, offset, size)
    return "hex=" .. hex(views[name]:sub(offset + 1, offset + size))
end

function verbs.put(_, name, offset, bytes)
    local stored = unhex(bytes)
    for i = 1, #stored do
        views[name][offset + i] = stored:byte(i)
    end
end

function verbs.adler(_, name) return adler_field(adler(views[name], 1, 0)) end

function verbs.address(_, name)
    return "address=" .. decimal(tonumber(tostring(views[name]:pointer()):match("0x%x+")))
end

function verbs.release(_, name) views[name]:release() end

function verbs.walk(given, name, size)
    local count, last, a, b = 0, 0, 1, 0
    for chunk in check(maps[name]:chunks(size, given.fill and "w" or "r")) do
        for i = 1, given.fill and #chunk or 0 do
            chunk[i] = tonumber(given.fill)
        end
        count, last = count + 1, #chunk
        a, b = adler(chunk, a, b)
    end
    return ("count=%s\tlast=%s\t%s"):format(decimal(count), decimal(last), adler_field(a, b))
end

function verbs.read(_, name, offset, size, timeout_ms)
    return "hex=" .. hex(check(maps[name]:read(offset, size, timeout_ms)))
end

function verbs.write(_, name, offset, bytes, timeout_ms)
    check(maps[name]:write(offset, unhex(bytes), timeout_ms))
end

verbs.read_within, verbs.write_within = verbs.read, verbs.write

function verbs.read_adler(_, name, offset, size)
    return adler_field(adler(check(maps[name]:read(offset, size)), 1, 0))
end

function verbs.write_pattern(_, name, offset, size, seed)
    check(maps[name]:write(offset, pattern(tonumber(size), tonumber(seed))))
end

function verbs.flush(_, name, level) check(maps[name]:flush(level)) end

function verbs.flush_range(_, name, offset, size, level)
    check(maps[name]:flush_range(offset, size, level))
end

function verbs.policy(_, name, policy, amount) check(maps[name]:set_policy(policy, amount)) end

function verbs.await_flushed(_, name)
    repeat until maps[name]:pending() == 0
end

function verbs.rewrite_lost(_, name, level) check(maps[name]:rewrite_lost(level)) end

function verbs.acknowledge_loss(_, name) check(maps[name]:acknowledge_loss()) end

function verbs.atomic(_, name, bits, operation, offset, ...)
    local map = maps[name]
    local arguments = {...}
    arguments[#arguments + 1] = bits
    local result = check(map["atomic_" .. operation](map, offset, unpack(arguments)))
    if operation == "load" then
        return "value=" .. decimal(result)
    elseif operation ~= "store" then
        return "before=" .. decimal(result)
    end
end

function verbs.guard(_, guard) check(mmio.fault_guard(guard)) end

function verbs.guard_now() return "guard=" .. mmio.fault_guard() end

function verbs.check_faults(_, name) check(maps[name]:check_faults()) end

for _, verb in ipairs({"page_size", "map_granularity", "max_size"}) do
    verbs[verb] = function() return "value=" .. decimal(mmio[verb]()) end
end

function verbs.version() return "version=" .. mmio.version() end

function verbs.status_name(_, number)
    return "name=" .. (mmio.status_name(tonumber(number)) or "")
end

function verbs.has(_, feature)
    return "value=" .. (mmio.has(FEATURES[tonumber(feature)] or feature) and "1" or "0")
end

function verbs.null_map()
    local map = check(mmio.anonymous(1))
    if not pcall(map.size, nil) then
        map.read(nil, 0, 1)
    end
end

function verbs.null_path() check(mmio.open(nil)) end

local function carry_out(line)
    local positional, given = {}, {}
    for field in (line .. "\t"):gmatch("(.-)\t") do
        local key, value = field:match("^(%l[%l_]*)=(.*)$")
        if key then
            given[key] = value
        else
            positional[#positional + 1] = field
        end
    end
    local verb = verbs[table.remove(positional, 1)]
    if not verb then
        return "unsupported"
    end
    local done, answer = pcall(verb, given, unpack(positional))
    if done then
        return answer and "ok\t" .. answer or "ok"
    end
    return failure_line(answer)
end

for line in io.lines() do
    io.write((carry_out(line)), "\n")
    io.flush()
end
