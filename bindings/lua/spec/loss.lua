-- SPDX-License-Identifier: Apache-2.0
-- What the bodies of loss_spec.lua do to maps on a disk that fails.
local failing_disk = require("spec.failing_disk")
local mmio = require("mmio")

local loss = {}

-- Where they write.
loss.PLACE = 2 ^ 20

function loss.open(directory)
    return assert(mmio.open(directory .. "/disk/f", "rw"))
end

-- What a device that fails makes of a call: the system's code.
function loss.refused(result, message, code, status)
    assert(result == nil and (status == "MMIO_ERR_IO" or status == "MMIO_ERR_NO_SPACE"), message)
    assert(code ~= 0)
    return code
end

-- Writes a byte that the device does not take. The first flush tells it as it is.
function loss.lose(map, directory)
    assert(map:write(loss.PLACE, "y"))
    failing_disk.set(directory, "fail")
    return loss.refused(map:flush())
end

function loss.is_told(wanted_code, result, message, code, status)
    assert(result == nil and status == "MMIO_ERR_LOST", message)
    assert(code == wanted_code)
end

function loss.every_call_tells(map, code)
    for _, level in ipairs({"data", "start", "full"}) do
        loss.is_told(code, map:flush(level))
        loss.is_told(code, map:flush_range(10, 10, level))
    end
    assert(map:set_policy("always"))
    loss.is_told(code, map:write(0, "a"))
    assert(map:set_policy("manual"))
    loss.is_told(code, map:into_file())
    assert(map:info().lost_code == code)
end

return loss
