-- SPDX-License-Identifier: Apache-2.0
-- A device that fails to take what was written, below real file systems. Each body runs in a
-- process of its own beside a disk of each kind.
local failing_disk = require("spec.failing_disk")
local mmio = require("mmio")
local support = require("spec.support")

describe("a loss", function()
    local directory

    before_each(function()
        directory = support.new_directory()
    end)

    after_each(function()
        support.remove_directory(directory)
    end)

    local function survives(kinds, body)
        for _, kind in ipairs(kinds) do
            local around = failing_disk.around(directory, kind)
            local code, output = support.child(body, directory, around)
            assert.equal("0: ", code .. ": " .. output, kind)
        end
    end

    it("is told until the bytes are written anew", function()
        survives({"ext4", "xfs"}, function(place)
            local disk, loss = require("spec.failing_disk"), require("spec.loss")
            local map = loss.open(place)
            local code = loss.lose(map, place)
            loss.every_call_tells(map, code)
            loss.refused(map:rewrite_lost())
            disk.set(place, "heal")
            loss.every_call_tells(map, code)
            assert(disk.show(place, loss.PLACE, 1) == "\0")
            assert(map:rewrite_lost("full") == true)
            assert(disk.show(place, loss.PLACE, 1) == "y")
            assert(map:flush() and map:flush_range(10, 10) and map:info().lost_code == 0)
            assert(map:close() == true)
        end)
    end)

    it("is told by each map until it is acknowledged there", function()
        survives({"ext4", "xfs", "btrfs"}, function(place)
            local disk, loss = require("spec.failing_disk"), require("spec.loss")
            local map, other = loss.open(place), loss.open(place)
            local code = loss.lose(map, place)
            disk.set(place, "heal")
            for _, each in ipairs({map, other, loss.open(place)}) do
                loss.every_call_tells(each, code)
                assert(each:acknowledge_loss() == true)
                assert(each:info().lost_code == 0 and each:close() == true)
            end
        end)
    end)

    it("is told by closing, once", function()
        survives({"ext4", "xfs", "btrfs"}, function(place)
            local loss = require("spec.loss")
            local map = loss.open(place)
            loss.is_told(loss.lose(map, place), map:close())
            assert(tostring(map) == "mmio.map (closed)" and map:close() == true)
        end)
    end)

    if _VERSION == "Lua 5.4" then
        it("is raised at the end of a <close> variable", function()
            survives({"ext4"}, function(place)
                local loss = require("spec.loss")
                local map = loss.open(place)
                loss.lose(map, place)
                local leave = load("local map <close>, last_words = ... if last_words then "
                    .. "error(last_words, 0) end")
                local done, message = pcall(leave, map)
                assert(not done and message:find("written bytes were lost", 1, true), message)
                map = loss.open(place)
                loss.lose(map, place)
                assert(select(2, pcall(leave, map, "farewell")) == "farewell")
                assert(tostring(map) == "mmio.map (closed)")
            end)
        end)
    end

    it("is not made good by beginning to write", function()
        local map = assert(mmio.anonymous(1))
        assert.equal("MMIO_ERR_INVALID", support.status(map:rewrite_lost("start")))
        assert.is_true(map:rewrite_lost())
        assert.is_true(map:acknowledge_loss())
    end)
end)
