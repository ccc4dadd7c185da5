-- SPDX-License-Identifier: Apache-2.0
-- What the specs share: files in a directory of their own, and shell commands.
local support = {}

-- The interpreter that runs the specs, for those that start another one.
support.lua = assert(os.getenv("LUA"), "LUA must name the interpreter")

function support.quote(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- What a shell command prints.
function support.output(command)
    local pipe = assert(io.popen(command))
    local output = pipe:read("*a")
    pipe:close()
    return output
end

-- Whether a shell command succeeds; os.execute answers this in two ways.
function support.succeeds(command)
    local result = os.execute(command)
    return result == true or result == 0
end

function support.run(command)
    assert(support.succeeds(command), command)
end

function support.new_directory()
    return (support.output("mktemp -d"):gsub("\n", ""))
end

function support.remove_directory(directory)
    support.run("rm -r " .. support.quote(directory))
end

function support.write_file(path, contents)
    local file = assert(io.open(path, "wb"))
    file:write(contents)
    file:close()
    return path
end

function support.read_file(path)
    local file = assert(io.open(path, "rb"))
    local contents = file:read("*a")
    file:close()
    return contents
end

-- By another process.
function support.cut(path, size)
    support.run(("truncate -s %d %s"):format(size, support.quote(path)))
end

-- Runs a function in a Lua of its own, which gets the directory. It is carried there as a chunk, so
-- that it knows nothing of what is around it. Before the command there may be its environment, or
-- another command that runs it. Returns what the shell makes of its end, and what it printed.
function support.child(body, directory, before)
    local program = support.write_file(directory .. "/program", string.dump(body))
    local command = ("{ ulimit -c 0; %s timeout 60 %s %s %s; } 2>&1; echo $?"):format(
        before or "", support.lua, support.quote(program), support.quote(directory))
    local output, code = support.output(command):match("^(.-)(%d+)\n$")
    return tonumber(code), output
end

-- The status of a failure as it is returned, after checking the form of the rest.
function support.status(result, message, code, status)
    assert(result == nil, "the call succeeded")
    assert(type(message) == "string" and type(code) == "number")
    return status
end

return support
