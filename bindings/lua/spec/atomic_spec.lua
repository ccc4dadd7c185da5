-- SPDX-License-Identifier: Apache-2.0
local mmio = require("mmio")
local support = require("spec.support")

local status = support.status

-- The largest value of 64 bits as this Lua returns it.
local LARGEST = math.mininteger and -1 or "18446744073709551615"

describe("an atomic cell", function()
    local map

    before_each(function()
        map = assert(mmio.anonymous(64))
    end)

    for _, bits in ipairs({32, 64}) do
        describe("of " .. bits .. " bits", function()
            it("is loaded and stored", function()
                assert.is_true(map:atomic_store(8, 5, bits))
                assert.equal(5, map:atomic_load(8, bits))
            end)

            it("is changed, and what it held is returned", function()
                local steps = {
                    {"exchange", 12, 10, 12},
                    {"add", 3, 10, 13},
                    {"sub", 3, 10, 7},
                    {"and", 6, 10, 2},
                    {"or", 6, 10, 14},
                    {"xor", 6, 10, 12},
                }
                for _, step in ipairs(steps) do
                    local operation, value, before, after = step[1], step[2], step[3], step[4]
                    map:atomic_store(8, before, bits)
                    assert.equal(before, map["atomic_" .. operation](map, 8, value, bits))
                    assert.equal(after, map:atomic_load(8, bits))
                end
            end)

            it("is set by compare_exchange only if it holds what is expected", function()
                map:atomic_store(8, 5, bits)
                assert.equal(5, map:atomic_compare_exchange(8, 4, 6, bits))
                assert.equal(5, map:atomic_load(8, bits))
                assert.equal(5, map:atomic_compare_exchange(8, 5, 6, bits))
                assert.equal(6, map:atomic_load(8, bits))
            end)

            it("wraps around", function()
                map:atomic_sub(8, 1, bits)
                assert.equal(bits == 32 and 4294967295 or LARGEST, map:atomic_load(8, bits))
                map:atomic_add(8, 1, bits)
                assert.equal(0, map:atomic_load(8, bits))
            end)

            it("must be aligned", function()
                local _, _, _, name, offset, _, limit = map:atomic_load(2, bits)
                assert.same({"MMIO_ERR_ALIGN", 2, bits / 8}, {name, offset, limit})
                assert.equal("MMIO_ERR_ALIGN", status(map:atomic_store(2, 0, bits)))
                assert.equal("MMIO_ERR_ALIGN", status(map:atomic_add(2, 0, bits)))
                assert.equal("MMIO_ERR_ALIGN", status(map:run(2, 1, bits)))
            end)

            it("must lie within the map", function()
                assert.equal("MMIO_ERR_RANGE", status(map:atomic_load(64, bits)))
                assert.equal("MMIO_ERR_RANGE", status(map:atomic_compare_exchange(64, 0, 0, bits)))
                assert.equal("MMIO_ERR_RANGE", status(map:run(0, 64, bits)))
            end)

            it("needs a writable map", function()
                local readable = assert(mmio.anonymous(64, "ro"))
                assert.equal("MMIO_ERR_MODE", status(readable:atomic_load(0, bits)))
                assert.equal("MMIO_ERR_MODE", status(readable:run(0, 1, bits)))
            end)

            it("can be borrowed in a run", function()
                local run = assert(map:run(8, 2, bits))
                map:atomic_store(8, 1, bits)
                assert.equal(2 * bits / 8, #run)
                assert.equal(1, run[1] + run[bits / 8])
                assert.equal(0, #assert(map:run(64, 0, bits)))
            end)
        end)
    end

    it("has 64 bits unless told otherwise", function()
        map:atomic_sub(0, 1)
        assert.equal(LARGEST, map:atomic_load(0))
        assert.equal(64, #assert(map:run(0, 8)))
    end)

    it("holds every value of 64 bits exactly", function()
        local values = {"9007199254740993", "9223372036854775808", "18446744073709551615"}
        for _, digits in ipairs(values) do
            map:atomic_store(0, digits)
            local value = map:atomic_load(0)
            assert.equal(value, map:atomic_compare_exchange(0, value, 0))
            assert.equal(0, map:atomic_load(0))
        end
        map:atomic_store(0, "9007199254740993")
        assert.equal("9007199254740993", tostring(map:atomic_load(0)))
    end)

    it("raises for values and widths that do not fit", function()
        local wrong = {
            function() map:atomic_store(0, 2 ^ 32, 32) end,
            function() map:atomic_add(0, -1, 32) end,
            function() map:atomic_add(0, 1.5) end,
            function() map:atomic_add(0, "18446744073709551616") end,
            function() map:atomic_add(0) end,
            function() map:atomic_load(0, 16) end,
            function() map:run(0, 1, 8) end,
        }
        for _, call in ipairs(wrong) do
            assert.error_matches(call, "bad argument")
        end
        assert.equal(0, map:atomic_load(0))
    end)

    if rawget(_G, "jit") then
        it("is in reach of LuaJIT through a run", function()
            local ffi = require("ffi")
            local run = assert(map:run(0, 8))
            ffi.cast("uint64_t *", run:pointer())[1] = 7
            assert.equal(7, map:atomic_load(8))
        end)
    end
end)
