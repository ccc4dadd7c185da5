-- SPDX-License-Identifier: Apache-2.0
local mmio = require("mmio")
local support = require("spec.support")

local status, quote = support.status, support.quote

describe("opening", function()
    local directory, path

    before_each(function()
        directory = support.new_directory()
        path = support.write_file(directory .. "/file", "hello world")
    end)

    after_each(function()
        support.remove_directory(directory)
    end)

    describe("a path", function()
        it("maps the whole file for reading by default", function()
            local map = assert(mmio.open(path))
            assert.equal("ro", map:mode())
            assert.equal("hello world", map:read(0, map:size()))
        end)

        it("takes the name of a mode, also in a table", function()
            for _, mode in ipairs({"ro", "rw", "cow", "cow_rw"}) do
                assert.equal(mode, assert(mmio.open(path, mode)):mode())
                assert.equal(mode, assert(mmio.open(path, {mode = mode})):mode())
            end
        end)

        it("creates a zeroed file of the size asked for, cutting an old one", function()
            local map = assert(mmio.open(path, {disposition = "create", size = 4}))
            assert.equal("rw", map:mode())
            assert.equal("\0\0\0\0", map:read(0, 4))
            assert.equal(4, #support.read_file(path))
        end)

        it("does not touch an existing file with create_new", function()
            local options = {disposition = "create_new", size = 4}
            assert.equal("MMIO_ERR_EXISTS", status(mmio.open(path, options)))
            assert.equal("hello world", support.read_file(path))
        end)

        it("keeps the contents with open_or_create", function()
            local map = assert(mmio.open(path, {disposition = "open_or_create", size = 4}))
            assert.equal("hello world", map:read(0, #map))
        end)

        it("creates private files unless permissions are given", function()
            local options = {disposition = "create_new", size = 1}
            assert(mmio.open(directory .. "/private", options))
            options.permissions = tonumber("640", 8)
            assert(mmio.open(directory .. "/shared", options))
            assert.equal("600\n", support.output("stat -c %a " .. quote(directory .. "/private")))
            assert.equal("640\n", support.output("stat -c %a " .. quote(directory .. "/shared")))
        end)

        it("takes the other options", function()
            local options = {mode = "rw", touch = "eager", allocate = false, reserve = 2 ^ 20}
            local map = assert(mmio.open(path, options))
            assert.is_true(map:info().reserve >= 2 ^ 20)
        end)

        it("takes every flag", function()
            local flags = {nofollow = true, huge_pages = true, ["local"] = true, defer = true}
            local map = assert(mmio.open(path, flags))
            assert.equal("hello world", map:read(0, map:size()))
            flags.mode = "rw"
            assert.equal("MMIO_ERR_INVALID", status(mmio.open(path, flags)))
        end)

        it("takes paths with spaces, unicode and bytes that are not UTF-8", function()
            for _, name in ipairs({"a b", "gr\195\188n \230\152\160", "raw \255\254 bytes"}) do
                local odd = support.write_file(directory .. "/" .. name, name)
                local map = assert(mmio.open(odd))
                assert.equal(name, map:read(0, #map))
                assert.equal(odd, map:path())
            end
        end)

        it("opens an empty file for reading, with nothing in it", function()
            local map = assert(mmio.open(support.write_file(directory .. "/empty", "")))
            assert.equal(0, #map)
            assert.equal("", map:read(0, 0))
            assert.equal("MMIO_ERR_RANGE", status(map:read(0, 1)))
        end)

        it("refuses an empty file for writing", function()
            local empty = support.write_file(directory .. "/empty", "")
            assert.equal("MMIO_ERR_INVALID", status(mmio.open(empty, "rw")))
        end)

        it("returns nil, the message, errno and the status for a missing file", function()
            local missing = directory .. "/missing"
            local map, message, code, name = mmio.open(missing)
            assert.is_nil(map)
            assert.truthy(message:find(missing, 1, true))
            assert.equal(select(3, io.open(missing)), code)
            assert.equal("MMIO_ERR_NOT_FOUND", name)
        end)

        it("refuses a directory", function()
            assert.equal("MMIO_ERR_NOT_FILE", status(mmio.open(directory)))
        end)

        it("refuses a FIFO at once", function()
            support.run("mkfifo " .. quote(directory .. "/fifo"))
            assert.equal("MMIO_ERR_NOT_FILE", status(mmio.open(directory .. "/fifo", "rw")))
        end)

        it("refuses a file that may not be read", function()
            support.run("chmod 000 " .. quote(path))
            local capabilities = "-dac_override,-dac_read_search"
            local script = ("print((select(4, require('mmio').open(%q))))"):format(path)
            assert.equal("MMIO_ERR_ACCESS\n", support.output(
                ("setpriv --bounding-set=%s --inh-caps=%s %s -e %s"):format(
                    capabilities, capabilities, support.lua, quote(script))))
        end)

        it("refuses symbolic links and ways out of the directory when asked to", function()
            support.run(("ln -s %s %s"):format(quote(path), quote(directory .. "/link")))
            assert.equal("MMIO_ERR_ACCESS",
                status(mmio.open(directory .. "/link", {nofollow = true})))
            assert.equal("MMIO_ERR_ACCESS", status(mmio.open(path, {beneath = true})))
        end)

        it("refuses a bad size before it touches the file system", function()
            local new = directory .. "/new"
            local options = {disposition = "create", size = 0}
            assert.equal("MMIO_ERR_INVALID", status(mmio.open(new, options)))
            options.size = mmio.max_size() + 1
            local _, _, _, name, _, size, limit = mmio.open(new, options)
            assert.equal("MMIO_ERR_TOO_LARGE", name)
            assert.equal(mmio.max_size() + 1, size)
            assert.equal(mmio.max_size(), limit)
            assert.is_nil(io.open(new))
        end)

        it("raises for a path that is none", function()
            assert.error_matches(function() mmio.open(nil) end, "string expected, got nil")
            assert.error_matches(function() mmio.open({}) end, "string expected, got table")
            assert.error_matches(function() mmio.open(path .. "\0.txt") end, "NUL byte")
        end)

        it("raises for options it does not know", function()
            local wrong = {
                ["invalid option 'r'"] = "r",
                ["table expected, got boolean"] = true,
                ["option 'mod': no such option"] = {mod = "rw"},
                ["options have names"] = {"rw"},
                ["option 'mode': no such name"] = {mode = "write"},
                ["option 'touch': no such name"] = {touch = 1},
                ["option 'on_fault': no such name"] = {on_fault = "zeros"},
                ["option 'size': whole number expected"] = {size = 1.5},
                ["option 'permissions': whole number expected"] = {permissions = 2 ^ 32},
                ["option 'nofollow': boolean expected"] = {nofollow = "yes"},
            }
            for message, options in pairs(wrong) do
                assert.error_matches(function() mmio.open(path, options) end, message)
            end
        end)
    end)

    describe("anonymous memory", function()
        it("gives a zeroed, writable map without a path", function()
            local map = assert(mmio.anonymous(3))
            assert.equal("\0\0\0", map:read(0, 3))
            assert.is_true(map:write(1, "x"))
            assert.equal("", map:path())
            assert.equal("anonymous", map:info().kind)
        end)

        it("takes a mode", function()
            assert.equal("ro", assert(mmio.anonymous(3, "ro")):mode())
        end)

        it("refuses sizes that cannot be", function()
            assert.equal("MMIO_ERR_INVALID", status(mmio.anonymous(0)))
            assert.equal("MMIO_ERR_TOO_LARGE", status(mmio.anonymous(mmio.max_size() + 1)))
        end)
    end)

    describe("a Lua file", function()
        it("maps it, with what the file still had in its buffer", function()
            local file = assert(io.open(path, "r+b"))
            file:write("HELLO")
            local map = assert(mmio.from_file(file, "rw", "my label"))
            assert.equal("HELLO world", map:read(0, #map))
            assert.equal("my label", map:path())
        end)

        it("stays mapped when the file is closed", function()
            local file = assert(io.open(path, "r+b"))
            local map = assert(mmio.from_file(file, "rw"))
            file:close()
            assert.is_true(map:write(0, "J"))
            assert.equal("Jello world", support.read_file(path))
        end)

        it("leaves the file alone when it fails", function()
            local file = assert(io.open(path, "rb"))
            assert.equal("MMIO_ERR_MODE", status(mmio.from_file(file, "rw")))
            assert.equal("hello world", file:read("*a"))
            file:close()
        end)

        it("raises for a closed file and for what is no file", function()
            local file = assert(io.open(path, "rb"))
            file:close()
            assert.error_matches(function() mmio.from_file(file) end, "closed file")
            assert.error_matches(function() mmio.from_file(path) end, "FILE%*")
        end)
    end)

    describe("the way back to a Lua file", function()
        it("closes the map and gives its file", function()
            local map = assert(mmio.open(path, "rw"))
            local file = assert(map:into_file())
            assert.equal("hello world", file:read("*a"))
            assert(file:seek("set", 0))
            assert(file:write("J"))
            file:close()
            assert.equal("Jello world", support.read_file(path))
            assert.equal("mmio.map (closed)", tostring(map))
        end)

        it("gives a file for reading from a map for reading", function()
            local file = assert(assert(mmio.open(path)):into_file())
            assert.equal("hello world", file:read("*a"))
            assert.is_nil(file:write("x") and file:flush())
            file:close()
        end)

        it("changes nothing while a view lives", function()
            local map = assert(mmio.open(path, "rw"))
            local view = assert(map:view(0, 5))
            assert.equal("MMIO_ERR_BUSY", status(map:into_file()))
            assert.equal("hello", map:read(0, 5))
            view:release()
            assert(map:into_file()):close()
        end)

        it("has none to give for anonymous memory", function()
            assert.equal("MMIO_ERR_MODE", status(assert(mmio.anonymous(1)):into_file()))
        end)
    end)
end)
