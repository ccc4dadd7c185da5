-- SPDX-License-Identifier: Apache-2.0
local lfs = require("lfs")
local mmio = require("mmio")
local support = require("spec.support")

local status = support.status

local METHODS = {
    "size", "mode", "path", "pending", "info", "read", "write", "resize",
    "flush", "flush_range", "rewrite_lost", "acknowledge_loss", "set_policy", "check_faults",
    "view", "run", "chunks", "pointer", "into_file",
    "atomic_load", "atomic_store", "atomic_exchange", "atomic_compare_exchange", "atomic_add",
    "atomic_sub", "atomic_and", "atomic_or", "atomic_xor",
}

describe("a map", function()
    local directory, path, map

    before_each(function()
        directory = support.new_directory()
        path = support.write_file(directory .. "/file", "hello world")
        map = assert(mmio.open(path, "rw"))
    end)

    after_each(function()
        map:close()
        support.remove_directory(directory)
    end)

    it("tells what is known about it", function()
        assert.equal(11, map:size())
        assert.equal(11, #map)
        assert.equal("rw", map:mode())
        assert.equal(path, map:path())
        assert.equal("mmio.map (rw, '" .. path .. "')", tostring(map))
        local view = map:view(0, 1)
        local info = map:info()
        assert.same({"file", "rw", 11, 1, 0, 1},
            {info.kind, info.mode, info.size, info.views, info.pending, info.holders})
        assert.is_true(info.reserve >= 11)
        assert.equal(path, lfs.symlinkattributes("/proc/self/fd/" .. info.handle, "target"))
        view:release()
    end)

    describe("copying", function()
        it("reads and writes any bytes, at once visible in the file", function()
            assert.is_true(map:write(1, "\0\255\r\n"))
            assert.equal("h\0\255\r\n world", map:read(0, 11))
            assert.equal("h\0\255\r\n world", support.read_file(path))
        end)

        it("does the same whatever the time-out, with nobody in the way", function()
            for _, timeout in ipairs({0, 60000, -1}) do
                assert.is_true(map:write(0, "J" .. timeout % 10, timeout))
                assert.equal("J" .. timeout % 10, map:read(0, 2, timeout))
            end
        end)

        it("accepts nothing at any offset, in every mode", function()
            assert.equal("", map:read(2 ^ 53, 0))
            assert.is_true(map:write(2 ^ 53, ""))
            assert.is_true(assert(mmio.open(path)):write(2 ^ 53, ""))
        end)

        it("returns the numbers of a range that does not fit", function()
            local result, message, code, name, offset, size, limit = map:read(10, 2)
            assert.is_nil(result)
            assert.truthy(message:find(path, 1, true))
            assert.same({0, "MMIO_ERR_RANGE", 10, 2, 11}, {code, name, offset, size, limit})
            assert.equal("MMIO_ERR_RANGE", status(map:write(10, "ab")))
            assert.equal("hello world", map:read(0, 11))
        end)

        it("refuses ranges beyond all numbers without taking memory for them", function()
            assert.equal("MMIO_ERR_RANGE", status(map:read(0, 2 ^ 53)))
            assert.equal("MMIO_ERR_RANGE", status(map:read("18446744073709551615", 2)))
            assert.equal("MMIO_ERR_RANGE", status(map:read(2, "18446744073709551615")))
            assert.equal("MMIO_ERR_RANGE", status(map:write("18446744073709551615", "ab")))
        end)

        it("does not write to maps for reading", function()
            for _, mode in ipairs({"ro", "cow"}) do
                local readable = assert(mmio.open(path, mode))
                assert.equal("MMIO_ERR_MODE", status(readable:write(0, "J")))
                assert.equal("MMIO_ERR_MODE", status(readable:write(0, "J", 0)))
            end
            assert.equal("hello world", support.read_file(path))
        end)

        it("keeps what a private map writes from the file", function()
            local private = assert(mmio.open(path, "cow_rw"))
            assert.is_true(private:write(0, "J"))
            assert.equal("Jello", private:read(0, 5))
            assert.equal("hello world", support.read_file(path))
        end)
    end)

    describe("resizing", function()
        it("grows with zeros, and views stay what they are", function()
            local view = assert(map:view(0, 5))
            assert.is_true(map:resize(100000))
            assert.equal(100000, #map)
            assert.equal(("\0"):rep(3), map:read(11, 3))
            assert.equal("hello", view:sub())
            view:release()
        end)

        it("shrinks below a view only when it is released", function()
            local view = assert(map:view(6, 5))
            assert.equal("MMIO_ERR_BUSY", status(map:resize(5)))
            assert.equal("MMIO_ERR_TIMEOUT", status(map:resize(5, 1)))
            assert.equal("MMIO_ERR_DEADLOCK", status(map:resize(5, -1)))
            assert.equal("world", view:sub())
            view:release()
            assert.is_true(map:resize(5))
            assert.equal("hello", support.read_file(path))
        end)

        it("refuses sizes that cannot be", function()
            assert.equal("MMIO_ERR_INVALID", status(map:resize(0)))
            assert.equal("MMIO_ERR_TOO_LARGE", status(map:resize(mmio.max_size() + 1)))
            assert.equal(11, #map)
        end)

        it("is for writable maps of files", function()
            assert.equal("MMIO_ERR_MODE", status(assert(mmio.open(path)):resize(5)))
            assert.equal("MMIO_ERR_MODE", status(assert(mmio.open(path, "cow_rw")):resize(5)))
        end)

        it("raises for a time-out that is none", function()
            for _, timeout in ipairs({0.5, 0 / 0, 1 / 0, "soon", {}}) do
                assert.error_matches(function() map:resize(5, timeout) end, "bad argument #2")
                assert.error_matches(function() map:read(0, 5, timeout) end, "bad argument #3")
                assert.error_matches(function() map:write(0, "J", timeout) end, "bad argument #3")
            end
        end)
    end)

    describe("flushing", function()
        it("makes nothing pending, at the levels that wait", function()
            for _, level in ipairs({"data", "full"}) do
                map:write(0, "hello")
                assert.equal(5, map:pending())
                assert.is_true(map:flush(level))
                assert.equal(0, map:pending())
            end
        end)

        it("leaves pending alone at level start and for a part", function()
            map:write(0, "hello")
            assert.is_true(map:flush("start"))
            assert.is_true(map:flush_range(0, 5))
            assert.equal(5, map:pending())
            assert.is_true(map:flush_range(0, 11))
            assert.equal(0, map:pending())
        end)

        it("checks the range in every mode", function()
            assert.equal("MMIO_ERR_RANGE", status(map:flush_range(6, 6)))
            assert.equal("MMIO_ERR_RANGE", status(assert(mmio.open(path)):flush_range(6, 6)))
        end)

        it("raises for an unknown level", function()
            assert.error_matches(function() map:flush("all") end, "invalid option 'all'")
            assert.error_matches(function() map:rewrite_lost("all") end, "invalid option 'all'")
        end)
    end)

    describe("flushing by itself", function()
        it("is a policy, with an amount where it takes one", function()
            assert.is_true(map:set_policy("every_writes", 2))
            map:write(0, "h")
            assert.equal(1, map:pending())
            map:write(0, "h")
            assert.equal(0, map:pending())
            assert.is_true(map:set_policy("always"))
            map:write(0, "h")
            assert.equal(0, map:pending())
            assert.equal("MMIO_ERR_INVALID", status(map:set_policy("always", 1)))
        end)

        it("raises for a policy or an amount that is none", function()
            assert.error_matches(function() map:set_policy("often") end, "invalid option 'often'")
            assert.error_matches(function() map:set_policy() end, "bad argument")
            assert.error_matches(function() map:set_policy("always", -1) end, "whole number")
        end)
    end)

    describe("closing", function()
        it("may be repeated", function()
            assert.is_true(map:close())
            assert.is_true(map:close())
            assert.equal("mmio.map (closed)", tostring(map))
        end)

        it("makes every use raise", function()
            map:close()
            for _, method in ipairs(METHODS) do
                assert.error_matches(function() map[method](map, 0, 0, 0, 0) end,
                    "attempt to use a closed map")
            end
            assert.error_matches(function() return #map end, "attempt to use a closed map")
        end)

        it("leaves views alone", function()
            local view = assert(map:view(0, 5))
            map:close()
            assert.equal("hello", view:sub())
            view:release()
        end)

        it("is done by the garbage collector", function()
            local descriptor = "/proc/self/fd/" .. map:info().handle
            assert.equal(path, lfs.symlinkattributes(descriptor, "target"))
            map = {close = function() end}
            collectgarbage()
            collectgarbage()
            assert.is_nil(lfs.symlinkattributes(descriptor))
        end)

        if _VERSION == "Lua 5.4" then
            it("is done at the end of a <close> variable", function()
                local used = load("local map <close> = ... return map")(map)
                assert.equal("mmio.map (closed)", tostring(used))
            end)
        end
    end)

    it("raises when it is no map", function()
        for _, method in ipairs(METHODS) do
            for _, wrong in ipairs({0, "map", {}, io.stdout}) do
                assert.error_matches(function() map[method](wrong) end, "mmio.map expected")
            end
            assert.error_matches(function() map[method](nil) end, "mmio.map expected, got nil")
        end
        assert.error_matches(function() map.close(io.stdout) end, "mmio.map expected")
    end)
end)
