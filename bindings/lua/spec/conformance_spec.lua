-- SPDX-License-Identifier: Apache-2.0
local lfs = require("lfs")
local support = require("spec.support")

describe("the package", function()
    it("behaves as every other language's", function()
        local driver = assert(os.getenv("MMIO_ROOT")) .. "/api/conformance/drive.py"
        -- The driver gives each case a working directory of its own.
        local testee = lfs.currentdir() .. "/testee.lua"
        assert.is_true(support.succeeds(
            ("python3 %s --gaps conformance.gaps -- %s %s"):format(
                support.quote(driver), support.lua, support.quote(testee))))
    end)
end)
