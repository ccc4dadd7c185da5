-- SPDX-License-Identifier: Apache-2.0
-- A disk in a directory that can be made to refuse what is written; the script says more.
local lfs = require("lfs")
local support = require("spec.support")

local SCRIPT = support.quote(assert(os.getenv("MMIO_ROOT")) .. "/tests/support/failing_disk.sh")

local failing_disk = {}

local function command(directory, arguments)
    return ("cd %s && %s %s"):format(support.quote(directory), SCRIPT, arguments)
end

-- What a command is run by, here, so that it finds such a disk in the directory.
function failing_disk.around(directory, kind)
    local here = support.quote(lfs.currentdir())
    return command(directory, ("around %s env --chdir=%s"):format(kind, here))
end

-- To "fail" or to "heal".
function failing_disk.set(directory, state)
    support.run(command(directory, state))
end

-- Bytes of the file as they are on the device.
function failing_disk.show(directory, offset, size)
    return support.output(command(directory, ("show %d %d"):format(offset, size)))
end

return failing_disk
