-- SPDX-License-Identifier: Apache-2.0
-- Each fault happens in a process of its own.
local mmio = require("mmio")
local support = require("spec.support")

-- What the shell makes of SIGBUS.
local BUS_ERROR = 128 + 7

describe("bytes that are gone", function()
    local directory

    before_each(function()
        directory = support.new_directory()
    end)

    after_each(function()
        support.remove_directory(directory)
    end)

    -- Each body finds a file of four pages.
    local function child(body, environment)
        support.write_file(directory .. "/file", ("x"):rep(4 * mmio.page_size()))
        return support.child(body, directory, environment)
    end

    local function survives(body, environment)
        local code, output = child(body, environment)
        assert.equal("0: ", code .. ": " .. output)
    end

    local function dies(body, environment)
        local code, output = child(body, environment)
        assert.equal(BUS_ERROR, code, output)
    end

    -- Bodies of children.

    local function read_by_call(place)
        local library, page = require("mmio"), require("mmio").page_size()
        local map = assert(library.open(place .. "/file"))
        require("spec.support").cut(place .. "/file", page)
        local _, _, _, status = map:read(page, 1)
        assert(status == "MMIO_ERR_FAULT")
    end

    local function read_by_view(place)
        local library, page = require("mmio"), require("mmio").page_size()
        local map = assert(library.open(place .. "/file"))
        local view = assert(map:view(0, #map))
        require("spec.support").cut(place .. "/file", page)
        assert(view[page] == 120)
        assert(view[page + 1] == 0)
    end

    local function send_signal(place)
        require("mmio").open(place .. "/file")
        os.execute("kill -BUS $PPID")
        os.execute("sleep 60")
    end

    describe("in calls", function()
        it("are an answer, with how much was done and why, and the rest is there", function()
            survives(function(place)
                local library, page = require("mmio"), require("mmio").page_size()
                local map = assert(library.open(place .. "/file", "rw"))
                require("spec.support").cut(place .. "/file", page)

                local function check(result, message, code, status, ...)
                    local offset, size, limit, done, cause = ...
                    assert(result == nil and message:find("the file was cut") and code == 0)
                    assert(status == "MMIO_ERR_FAULT" and offset == page and size == 100)
                    assert(limit == page and done == 50 and cause == "truncated")
                end
                for _ = 1, 1000 do
                    check(map:read(page - 50, 100))
                    check(map:write(page - 50, ("y"):rep(100)))
                end
                assert(map:read(page - 51, 51) == "x" .. ("y"):rep(50))
                assert(map:write(0, "z"))
                assert(select(4, map:atomic_add(page, 1)) == "MMIO_ERR_FAULT")
                assert(map:info().faults == 0)
            end)
        end)

        it("have no place when the disk behind a sparse file is full", function()
            local disk = support.quote(directory .. "/disk")
            support.run(("mkdir %s && mount -t tmpfs -o size=32k none %s"):format(disk, disk))
            finally(function() support.run("umount -l " .. disk) end)
            survives(function(place)
                local library, page = require("mmio"), require("mmio").page_size()
                local path = place .. "/disk/file"
                require("spec.support").cut(path, 64 * page)
                local map = assert(library.open(path, "rw"))

                local function failure(_, _, _, status, offset, size, _, done, cause)
                    assert(status == "MMIO_ERR_FAULT" and cause == "no_space")
                    assert(offset == done and size == 64 * page)
                    assert(done > 0 and done < size and done % page == 0)
                    return done
                end
                local done = failure(map:write(0, ("x"):rep(64 * page)))
                assert(failure(map:read(0, 64 * page)) == done)
                assert(map:read(0, done) == ("x"):rep(done))
                assert(map:write(0, "y") and map:flush())
            end)
        end)

        it("are found missing without a fault where the file is shorter than the map", function()
            survives(function(place)
                local library, support_ = require("mmio"), require("spec.support")
                local map = assert(library.open(place .. "/file"))
                local size = #map
                assert(map:check_faults() == true)
                support_.cut(place .. "/file", size - 1)
                assert(map:read(size - 1, 1) == "\0")
                local _, _, _, status, _, _, limit, _, cause = map:check_faults()
                assert(status == "MMIO_ERR_FAULT" and limit == size - 1 and cause == "truncated")
                support_.cut(place .. "/file", size)
                assert(map:check_faults())
            end)
        end)
    end)

    describe("in views", function()
        it("are zeros on maps for reading, which say so from then on", function()
            for _, mode in ipairs({"ro", "cow"}) do
                support.write_file(directory .. "/mode", mode)
                survives(function(place)
                    local library, support_ = require("mmio"), require("spec.support")
                    local page = library.page_size()
                    local map = assert(library.open(place .. "/file",
                        support_.read_file(place .. "/mode")))
                    local view = assert(map:view(0, #map))
                    local next_chunk, chunk = map:chunks(2 * page)
                    support_.cut(place .. "/file", 100)
                    assert(map:info().faults == 0)

                    local sum = 0
                    for i = 1, #view do
                        sum = sum + view[i]
                        if i % 1000 == 0 then
                            collectgarbage()
                        end
                    end
                    assert(sum == 100 * 120)
                    assert(view:sub() == ("x"):rep(100) .. ("\0"):rep(#view - 100))
                    assert(view:byte(-1) == 0)
                    assert(next_chunk(chunk) and next_chunk(chunk) and #chunk == 2 * page)
                    assert(chunk:sub() == ("\0"):rep(2 * page) and not next_chunk(chunk))

                    local _, message, _, status, offset = map:read(0, 1)
                    assert(status == "MMIO_ERR_FAULT" and offset == page)
                    assert(message:find("made zeros of them"))
                    assert(select(4, map:view(0, 1)) == "MMIO_ERR_FAULT")
                    assert(select(4, map:check_faults()) == "MMIO_ERR_FAULT")
                    assert(map:info().faults > 0 and #map == 4 * page)
                    assert(view:release() and map:close() and map:close())
                end)
            end
        end)

        it("take stores where the map allows it, and closing tells of the loss", function()
            survives(function(place)
                local library, page = require("mmio"), require("mmio").page_size()
                local options = {mode = "rw", on_fault = "absorb"}
                local map = assert(library.open(place .. "/file", options))
                local view = assert(map:view(0, #map, "w"))
                require("spec.support").cut(place .. "/file", page)
                for i = 1, #view do
                    view[i] = 121
                end
                assert(view:sub() == ("y"):rep(#view))
                assert(select(4, map:write(0, "z")) == "MMIO_ERR_FAULT")
                assert(select(4, map:flush()) == "MMIO_ERR_FAULT")
                view:release()
                assert(select(4, map:close()) == "MMIO_ERR_FAULT")
                assert(tostring(map) == "mmio.map (closed)" and map:close())
                assert(require("spec.support").read_file(place .. "/file") == ("y"):rep(page))
            end)
        end)

        it("end the process on maps for writing, and where the map says never", function()
            dies(function(place)
                local map = assert(require("mmio").open(place .. "/file", "rw"))
                local view = assert(map:view(0, #map))
                require("spec.support").cut(place .. "/file", 0)
                return view[1]
            end)
            dies(function(place)
                local map = assert(require("mmio").open(place .. "/file", {on_fault = "never"}))
                local view = assert(map:view(0, #map))
                require("spec.support").cut(place .. "/file", 0)
                return view[1]
            end)
        end)

        if rawget(_G, "jit") then
            it("are zeros to a compiled loop over a pointer", function()
                survives(function(place)
                    local ffi, page = require("ffi"), require("mmio").page_size()
                    local map = assert(require("mmio").open(place .. "/file"))
                    local view = assert(map:view(0, #map))
                    local bytes = ffi.cast("const uint8_t *", view:pointer())
                    local function sum()
                        local total = 0
                        for i = 0, 4 * page - 1 do
                            total = total + bytes[i]
                        end
                        return total
                    end
                    assert(sum() == 4 * page * 120)
                    assert(require("jit.util").traceinfo(1), "the loop is not compiled")
                    require("spec.support").cut(place .. "/file", 100)
                    assert(sum() == 100 * 120)
                    assert(ffi.string(bytes, 101) == ("x"):rep(100) .. "\0")
                    assert(map:info().faults > 0)
                end)
            end)

            it("of mappings that are not the library's end the process", function()
                dies(function(place)
                    local ffi = require("ffi")
                    ffi.cdef("void *mmap(void *, size_t, int, int, int, long);")
                    local map = assert(require("mmio").open(place .. "/file"))
                    local bytes = ffi.C.mmap(nil, 100, 1, 1, map:info().handle, 0)
                    require("spec.support").cut(place .. "/file", 0)
                    return ffi.string(bytes, 1)
                end)
            end)
        end
    end)

    describe("under the guard of the process", function()
        it("are guarded against once the module is loaded", function()
            assert.equal("signal", mmio.fault_guard())
            survives(read_by_call)
            survives(read_by_view)
        end)

        it("end the process if the environment says off", function()
            dies(read_by_call, "MMIO_FAULT_GUARD=off")
            dies(read_by_view, "MMIO_FAULT_GUARD=off")
        end)

        it("are an answer to calls only if the environment says syscall", function()
            survives(read_by_call, "MMIO_FAULT_GUARD=syscall")
            dies(read_by_view, "MMIO_FAULT_GUARD=syscall")
            survives(read_by_view, "MMIO_FAULT_GUARD=signal")
        end)

        it("keep the module from loading if the environment says anything else", function()
            for _, value in ipairs({"on", "''", "Off"}) do
                survives(function()
                    local loaded, message = pcall(require, "mmio")
                    assert(not loaded and message:find("MMIO_FAULT_GUARD", 1, true))
                    assert(message:find("may be 'signal', 'syscall' or 'off', but is '"))
                end, "MMIO_FAULT_GUARD=" .. value)
            end
        end)

        it("are treated as the program chooses, also when the module is loaded again", function()
            survives(function()
                for _, guard in ipairs({"syscall", "signal", "off"}) do
                    assert(require("mmio").fault_guard(guard) == guard)
                    package.loaded.mmio = nil
                    assert(require("mmio").fault_guard() == guard)
                end
            end)
            dies(function(place)
                local library = require("mmio")
                library.fault_guard("off")
                local map = assert(library.open(place .. "/file"))
                require("spec.support").cut(place .. "/file", 0)
                map:read(0, 1)
            end)
        end)

        if rawget(_G, "jit") then
            it("are treated as the host has chosen before", function()
                survives(function()
                    local ffi = require("ffi")
                    ffi.cdef("int mmio_fault_guard(uint32_t, void *);")
                    assert(ffi.load("mmio").mmio_fault_guard(2, nil) == 0)
                    assert(require("mmio").fault_guard() == "syscall")
                end)
            end)
        end

        it("are not mistaken for a signal that is sent", function()
            dies(send_signal)
        end)

        it("can be treated in three ways", function()
            for _, wrong in ipairs({"on", "", 1, {}, true}) do
                assert.error_matches(function() mmio.fault_guard(wrong) end, "bad argument #1")
            end
            assert.equal("signal", mmio.fault_guard())
        end)
    end)
end)
