-- SPDX-License-Identifier: Apache-2.0
local mmio = require("mmio")

describe("the library", function()
    it("tells its version", function()
        local text, number = mmio.version()
        local major, minor, patch = text:match("^(%d+)%.(%d+)%.(%d+)$")
        assert.equal(major * 65536 + minor * 256 + patch, number)
    end)

    it("tells what the system works in", function()
        assert.equal(0, mmio.map_granularity() % mmio.page_size())
        assert.equal(2 ^ 47, mmio.max_size())
    end)

    it("tells what it can do, and says no to what it does not know", function()
        assert.is_true(mmio.has("durable_flush"))
        assert.is_true(mmio.has("seals"))
        assert.is_false(mmio.has("magic"))
    end)

    it("names statuses", function()
        assert.equal("MMIO_ERR_RANGE", mmio.status_name(-3))
        assert.is_nil(mmio.status_name(-1000))
        assert.equal(mmio.status_text(-3), mmio.status_text("MMIO_ERR_RANGE"))
    end)

    it("tells which failures may pass", function()
        assert.is_true(mmio.status_is_retryable("MMIO_ERR_BUSY"))
        assert.is_true(mmio.status_is_retryable(-15))
        assert.is_false(mmio.status_is_retryable("MMIO_ERR_RANGE"))
        assert.is_false(mmio.status_is_retryable("MMIO_ERR_UNSUPPORTED"))
    end)

    it("raises for a status that is none", function()
        for _, wrong in ipairs({"MMIO_ERR_NOTHING", 2 ^ 40, {}}) do
            assert.error_matches(function() mmio.status_text(wrong) end, "bad argument")
        end
    end)
end)

describe("an offset or size", function()
    local map = assert(mmio.anonymous(20))

    it("may be any whole number, also as decimal digits", function()
        map:write(10, "x")
        for _, ten in ipairs({10, 10.0, "10", "0010"}) do
            assert.equal("x", map:read(ten, 1))
        end
    end)

    it("raises unless it is a whole number that is exact", function()
        local wrong = {
            1.5, -1, 0 / 0, 1 / 0, -1 / 0, 2 ^ 53 + 2, 2 ^ 64, "", "ten", "1.0", "-1", " 1", "1\0",
            "0x10", "18446744073709551616", {}, true,
        }
        for _, number in ipairs(wrong) do
            assert.error_matches(function() map:read(number, 0) end, "whole number")
            assert.error_matches(function() map:read(0, number) end, "whole number")
        end
        assert.error_matches(function() map:read(nil, 0) end, "whole number .* got nil")
    end)
end)
