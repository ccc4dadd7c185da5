-- SPDX-License-Identifier: Apache-2.0
-- The demo's worker in Lua, for LuaJIT. demo.py says what it is asked and what it answers.
local ffi = require("ffi")
local mmio = require("mmio")

local BLOCK = 256 * 1024

ffi.cdef([[
    typedef struct EVP_MD_CTX EVP_MD_CTX;
    EVP_MD_CTX *EVP_MD_CTX_new(void);
    void EVP_MD_CTX_free(EVP_MD_CTX *);
    const void *EVP_sha256(void);
    int EVP_DigestInit_ex(EVP_MD_CTX *, const void *type, void *engine);
    int EVP_DigestUpdate(EVP_MD_CTX *, const void *bytes, size_t size);
    int EVP_DigestFinal_ex(EVP_MD_CTX *, unsigned char *digest, unsigned int *size);
]])
local crypto = ffi.load("crypto")

local held, held_view

local function new_tally()
    local sha256 = ffi.gc(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free)
    crypto.EVP_DigestInit_ex(sha256, crypto.EVP_sha256(), nil)
    return {sha256 = sha256, newlines = 0}
end

local function count(tally, pointer, size)
    local bytes = ffi.cast("const uint8_t *", pointer)
    crypto.EVP_DigestUpdate(tally.sha256, bytes, size)
    local newlines = 0
    for i = 0, size - 1 do
        if bytes[i] == 10 then
            newlines = newlines + 1
        end
    end
    tally.newlines = tally.newlines + newlines
end

local function answer(tally)
    local digest = ffi.new("unsigned char[32]")
    crypto.EVP_DigestFinal_ex(tally.sha256, digest, nil)
    local hex = ffi.string(digest, 32):gsub(".", function(byte)
        return ("%02x"):format(byte:byte())
    end)
    return ("newlines=%d sha256=%s"):format(tally.newlines, hex)
end

local commands = {}

function commands.scan_map(path)
    local map = assert(mmio.open(path))
    local tally = new_tally()
    for chunk in assert(map:chunks(BLOCK)) do
        count(tally, chunk:pointer(), #chunk)
    end
    map:close()
    return answer(tally)
end

function commands.scan_read(path)
    local file = assert(io.open(path, "rb"))
    local tally = new_tally()
    for block in function() return file:read(BLOCK) end do
        count(tally, block, #block)
    end
    file:close()
    return answer(tally)
end

function commands.add(path, gate, workers, cell, times)
    local map = assert(mmio.open(path, "rw"))
    assert(map:atomic_add(gate, 1))
    while assert(map:atomic_load(gate)) < tonumber(workers) do end
    local first = assert(map:atomic_add(cell, 1))
    local last = first
    for _ = 2, times do
        last = assert(map:atomic_add(cell, 1))
    end
    map:close()
    return ("first=%d last=%d"):format(first, last)
end

function commands.hold(path, offset, size)
    held = assert(mmio.open(path, "rw"))
    held_view = assert(held:view(offset, size))
    return ""
end

function commands.look(cell)
    local pointer = held_view:pointer()
    local tally = new_tally()
    count(tally, pointer, #held_view)
    local address = tonumber(ffi.cast("uintptr_t", pointer))
    local value = assert(held:atomic_load(cell))
    return ("address=0x%x cell=%d %s"):format(address, value, answer(tally))
end

for line in io.lines() do
    local words = {}
    for word in line:gmatch("%S+") do
        words[#words + 1] = word
    end
    print(commands[words[1]](unpack(words, 2)))
    io.flush()
end
