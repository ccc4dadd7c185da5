-- SPDX-License-Identifier: Apache-2.0
local mmio = require("mmio")
local support = require("spec.support")

local status = support.status

describe("a view", function()
    local map

    before_each(function()
        map = assert(mmio.anonymous(11))
        map:write(0, "hello world")
    end)

    it("is the map's own memory", function()
        local view = assert(map:view(6, 5, "w"))
        map:write(6, "W")
        assert.equal("World", view:sub())
        view[5] = ("D"):byte()
        assert.equal("WorlD", map:read(6, 5))
        assert.equal(tostring(view:pointer()), tostring(map:view(6, 1):pointer()))
    end)

    it("looks like a string of its bytes", function()
        local view = assert(map:view(0, 11))
        assert.equal(11, #view)
        assert.equal("mmio.view (11 bytes)", tostring(view))
        for first = -13, 13 do
            assert.equal(("hello world"):sub(first), view:sub(first))
            assert.same({("hello world"):byte(first)}, {view:byte(first)})
            for last = -13, 13 do
                assert.equal(("hello world"):sub(first, last), view:sub(first, last))
                assert.same({("hello world"):byte(first, last)}, {view:byte(first, last)})
            end
        end
    end)

    it("has its bytes at 1 to #view and nil elsewhere", function()
        local view = assert(map:view(0, 5))
        assert.equal(104, view[1])
        assert.equal(111, view[5])
        for _, position in ipairs({0, 6, -1, 1.5, 2 ^ 60, 0 / 0, "1", "no method"}) do
            assert.is_nil(view[position])
        end
    end)

    it("stores only whole bytes, and only inside", function()
        local view = assert(map:view(0, 5, "w"))
        for _, position in ipairs({0, 6, -1, 1.5, 2 ^ 60, 0 / 0, "first"}) do
            assert.error_matches(function() view[position] = 65 end, "outside the view")
        end
        for _, value in ipairs({-1, 256, 1.5, "A", {}}) do
            assert.error_matches(function() view[1] = value end, "byte from 0 to 255 expected")
        end
        assert.equal("hello world", map:read(0, 11))
    end)

    it("for reading cannot be stored into", function()
        local view = assert(map:view(0, 5))
        assert.error_matches(function() view[1] = 65 end, "read%-only view")
        assert.equal("hello", view:sub())
    end)

    it("for writing needs a writable map", function()
        local readable = assert(mmio.anonymous(11, "ro"))
        assert.equal("MMIO_ERR_MODE", status(readable:view(0, 5, "w")))
        assert.equal("MMIO_ERR_MODE", status(readable:chunks(4, "w")))
        assert.equal("MMIO_ERR_MODE", status(readable:pointer("w")))
        assert.error_matches(function() map:view(0, 5, "rw") end, "invalid option 'rw'")
    end)

    it("must lie within the map", function()
        assert.equal("MMIO_ERR_RANGE", status(map:view(6, 6)))
        assert.equal("MMIO_ERR_RANGE", status(map:view("18446744073709551615", 2)))
        local empty = assert(map:view(2 ^ 53, 0))
        assert.equal(0, #empty)
        assert.equal("", empty:sub())
        assert.is_nil(empty[1])
    end)

    it("is released once, however often it is asked to be", function()
        local kept = assert(map:view(0, 1))
        local view = assert(map:view(0, 5))
        assert.equal(2, map:info().views)
        assert.is_true(view:release())
        assert.is_true(view:release())
        assert.equal(1, map:info().views)
        assert.equal(104, kept[1])
    end)

    it("raises once it is released", function()
        local view = assert(map:view(0, 5, "w"))
        view:release()
        local uses = {
            function() return #view end,
            function() return view[1] end,
            function() view[1] = 1 end,
            function() view:sub(1) end,
            function() view:byte(1) end,
            function() view:pointer() end,
        }
        for _, use in ipairs(uses) do
            assert.error_matches(use, "attempt to use a released view")
        end
        assert.equal("mmio.view (released)", tostring(view))
    end)

    it("keeps its bytes when the map is collected", function()
        local view = assert(map:view(0, 5))
        map = nil
        collectgarbage()
        collectgarbage()
        assert.equal("hello", view:sub())
    end)

    it("is released by the garbage collector", function()
        assert(map:view(0, 5))
        collectgarbage()
        collectgarbage()
        assert.equal(0, map:info().views)
    end)

    it("raises when it is no view", function()
        local view = assert(map:view(0, 5))
        for _, method in ipairs({"sub", "byte", "pointer", "release"}) do
            assert.error_matches(function() view[method](map) end, "mmio.view expected")
            assert.error_matches(function() view[method](nil) end, "mmio.view expected, got nil")
        end
    end)

    it("for writing counts as pending when it is released", function()
        local directory = support.new_directory()
        local options = {disposition = "create", size = 100}
        local file_map = assert(mmio.open(directory .. "/file", options))
        local view = assert(file_map:view(0, 10, "w"))
        assert.equal(0, file_map:pending())
        view:release()
        view:release()
        assert.equal(10, file_map:pending())
        assert(file_map:pointer("w"))
        assert.equal(110, file_map:pending())
        support.remove_directory(directory)
    end)

    if _VERSION == "Lua 5.4" then
        it("is released at the end of a <close> variable", function()
            local used = load("local view <close> = ... return view")(map:view(0, 5))
            assert.equal("mmio.view (released)", tostring(used))
        end)
    end

    if rawget(_G, "jit") then
        it("gives LuaJIT a pointer to its bytes", function()
            local ffi = require("ffi")
            local view = assert(map:view(0, 5, "w"))
            local bytes = ffi.cast("uint8_t *", view:pointer())
            bytes[0] = 74
            assert.equal("Jello", ffi.string(bytes, 5))
            assert.equal("Jello", map:read(0, 5))
            assert.equal(bytes, ffi.cast("uint8_t *", map:pointer()))
        end)
    end
end)

describe("a walk", function()
    local map

    before_each(function()
        map = assert(mmio.anonymous(10))
        map:write(0, "0123456789")
    end)

    local function contents(chunk_size)
        local chunks = {}
        for chunk in assert(map:chunks(chunk_size)) do
            chunks[#chunks + 1] = chunk:sub()
        end
        return chunks
    end

    it("shows the map chunk after chunk, the last one short", function()
        assert.same({"0123", "4567", "89"}, contents(4))
        assert.same({"01234", "56789"}, contents(5))
        assert.same({"0123456789"}, contents(2 ^ 53))
    end)

    it("has no chunks of size 0", function()
        assert.same({}, contents(0))
    end)

    it("may write, in the map's own memory", function()
        for chunk in assert(map:chunks(4, "w")) do
            chunk[#chunk] = 120
        end
        assert.equal("012x456x8x", map:read(0, 10))
    end)

    it("for reading cannot be written through", function()
        for chunk in assert(map:chunks(4)) do
            assert.error_matches(function() chunk[1] = 120 end, "read%-only view")
        end
    end)

    it("releases its view at the end", function()
        local kept
        for chunk in assert(map:chunks(4)) do
            kept = chunk
            assert.equal(1, map:info().views)
        end
        assert.equal(0, map:info().views)
        assert.error_matches(function() return kept[1] end, "released view")
    end)

    it("ends when its view is released", function()
        local count = 0
        for chunk in assert(map:chunks(4)) do
            count = count + 1
            chunk:release()
        end
        assert.equal(1, count)
        assert.equal(0, map:info().views)
    end)

    it("goes on when the map is closed", function()
        local bytes = ""
        for chunk in assert(map:chunks(4)) do
            map:close()
            bytes = bytes .. chunk:sub()
        end
        assert.equal("0123456789", bytes)
    end)

    if _VERSION == "Lua 5.4" then
        it("releases its view when the loop is left early", function()
            pcall(function()
                for chunk in assert(map:chunks(4)) do
                    error(chunk)
                end
            end)
            assert.equal(0, map:info().views)
        end)
    end
end)
